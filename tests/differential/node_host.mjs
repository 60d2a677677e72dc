// A host of its own for the shipped module, in Node: the ledger's rows in a map, WebCrypto for what
// the module asks of it, and forwards that are only written down.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

import * as forwarded from '../../build/contract/forwarded.mjs';
import * as keeps from '../../build/contract/keeps.mjs';
import * as ledger_answers from '../../build/contract/ledger_answers.mjs';
import { list_headers } from '../../hosts/fetch/headers.mjs';
import { make_cryptography } from '../../hosts/fetch/cryptography.mjs';
import {
  decode_ledger, encode_configure, encode_ledger, read_policy_head,
} from '../../hosts/fetch/effects.mjs';
import { deliver } from '../../hosts/fetch/gate.mjs';
import { Module } from '../../hosts/fetch/module.mjs';

const root = fileURLToPath(new URL('../../', import.meta.url));
const build = resolve(root, process.env.POSTERN_BUILD ?? 'build');
const compiled = new WebAssembly.Module(readFileSync(join(build, 'postern.wasm')));

/** The policy file that `postern compile` makes of `text`. */
export function compile_policy(text) {
  const folder = mkdtempSync(join(tmpdir(), 'postern-differential-'));
  try {
    const written = join(folder, 'postern.toml');
    const policy = join(folder, 'policy.bin');
    writeFileSync(written, text);
    execFileSync(join(build, 'postern'), ['compile', written, '-o', policy],
      { stdio: ['ignore', 'ignore', 'pipe'], encoding: 'utf8' });
    return new Uint8Array(readFileSync(policy));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * A gate with the policy file `policy` and `settings` by name. `fetch_key` gives the bytes at a URL
 * or null; or `keys` are performers as of `make_keys`.
 */
export function make_gate(policy, settings, fetch_key = async () => null, keys = undefined) {
  const values = read_policy_head(policy).setting_names.map((name) => settings[name] ?? '');
  const module = new Module(compiled, encode_configure(policy, values));
  const rows = new Map();
  let seen;
  const ledger = async (effect) => {
    seen.ledger_calls += 1;
    return apply(effect);
  };
  const apply = ({ key, operation, copy = null }) => {
    const name = Buffer.from(key).toString('hex');
    const row = rows.get(name) ?? new Uint8Array(0);
    const transition = decode_ledger(module.ledger(encode_ledger(row, operation, seen.now_ms, 0)));
    if (transition.keep !== keeps.unchanged) {
      rows.set(name, transition.row);
    }
    if (transition.answer === ledger_answers.elsewhere && copy !== null) {
      return apply(copy);
    }
    return transition.reply;
  };
  const perform = {
    ...make_cryptography(module, crypto.subtle),
    claim: ledger,
    commit: ledger,
    release: ledger,
    ...(keys ?? { fetch_key: ({ url }) => fetch_key(url) }),
    async forward({ method, url, headers }, { body }) {
      seen.forwards.push({ url, method, headers: Object.fromEntries(headers), body });
      return {
        kind: forwarded.response, status: 200, content_type: '', retry_after: '',
        body: new Uint8Array(0),
      };
    },
  };

  return {
    configuration: module.configuration,
    /** Forgets all events, so that each delivery is judged by itself. */
    forget() {
      rows.clear();
    },
    /**
     * Gives `{ record, forwards, ledger_calls }` of `delivery` at `path`. A module that failed has
     * the verdict `trap`.
     */
    async deliver(path, { method, query, headers, body, now_ms }) {
      seen = { now_ms, forwards: [], ledger_calls: 0 };
      const limit = module.configuration.body_bytes_max.get(path);
      const is_over_limit = limit === undefined || body.byteLength > limit;
      const { settled } = deliver({
        module,
        perform,
        delivery: {
          https: true, method, path, query, client_address: '192.0.2.1',
          headers: list_headers(new Headers(headers)),
          body: is_over_limit ? null : body,
          body_bytes: body.byteLength,
          is_over_limit,
        },
        now: () => now_ms,
        token: new Uint8Array(16).fill(7),
      });
      const { record, failure } = await settled;
      const { forwards, ledger_calls } = seen;
      return failure === null
        ? { record: JSON.parse(record), forwards, ledger_calls }
        : { record: { verdict: 'trap', reason: failure.message }, forwards, ledger_calls };
    },
  };
}
