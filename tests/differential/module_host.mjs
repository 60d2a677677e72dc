// What takes a delivery of a fixture through a module as it is shipped: a ledger that is empty, and
// an origin that takes everything.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after } from 'node:test';
import { fileURLToPath } from 'node:url';

import * as forwarded from '../../build/contract/forwarded.mjs';
import * as limited from '../../build/contract/limited.mjs';
import { make_cryptography } from '../../hosts/fetch/cryptography.mjs';
import { decode_ledger, encode_ledger } from '../../hosts/fetch/effects.mjs';
import { deliver } from '../../hosts/fetch/gate.mjs';
import { list_headers } from '../../hosts/fetch/headers.mjs';

const root = fileURLToPath(new URL('../../', import.meta.url));
const build = resolve(root, process.env.POSTERN_BUILD ?? 'build');
/** A module of the build. */
export const compiled_as = (name) => new WebAssembly.Module(readFileSync(join(build, name)));

const nothing = new Uint8Array(0);
export const bytes_of = (base64) => new Uint8Array(Buffer.from(base64, 'base64'));

const scratch = mkdtempSync(join(tmpdir(), 'postern-modules-'));
after(() => rmSync(scratch, { recursive: true, force: true }));

/** All cases of the fixtures, as `postern replay --plan` gives them. */
export function read_plan() {
  const plan = join(scratch, 'plan.json');
  execFileSync(join(build, 'postern'), ['replay', '--plan', plan, join(root, 'fixtures')],
    { stdio: ['ignore', 'ignore', 'pipe'] });
  return JSON.parse(readFileSync(plan, 'utf8'));
}

const limit_outcomes = new Map([
  ['by_count', limited.allowed], ['denied', limited.denied], ['unavailable', limited.unavailable],
]);

/** What a module that only verifies may ask for, too. */
export function performers(module, step) {
  return {
    ...make_cryptography(module, crypto.subtle),
    async fetch_key({ url, bytes_max }) {
      const bytes = step.fetch[url] === undefined ? null : bytes_of(step.fetch[url]);
      return bytes === null || bytes.byteLength > bytes_max ? null : bytes;
    },
  };
}

/**
 * What only a gate's asks for: whether an address may come, a ledger that is empty, and an
 * origin that takes everything.
 */
export function consequences(module, step, forwards) {
  let row = nothing;
  const apply = (operation) => {
    const transition = decode_ledger(module.ledger(encode_ledger(row, operation, step.now_ms, 0)));
    row = transition.row.slice();
    return transition.reply.slice();
  };
  const ledger = async ({ operation }) => apply(operation);
  return {
    limit: async () => limit_outcomes.get(step.limit),
    claim: ledger,
    commit: ledger,
    release: ledger,
    accept: async ({ entries: [{ operation }] }) => apply(operation),
    enqueue: async () => true,
    async forward({ headers }) {
      forwards.push(Object.fromEntries(headers));
      return {
        kind: forwarded.response, status: 200, content_type: '', retry_after: '', body: nothing,
      };
    },
  };
}

/** As `Headers` gives them, which does not take every character that some cases send. */
function headers_of({ headers }) {
  const pairs = headers.map(([name, value]) => [name.toLowerCase(), value])
    .sort(([a], [b]) => (a < b ? -1 : Number(a > b)));
  return { forEach: (visit) => pairs.forEach(([name, value]) => visit(value, name)) };
}

/** What a host makes of `request` for `module`. */
export function delivery_of(module, request) {
  const { https, method, path, query, client_address } = request;
  const body = bytes_of(request.body_b64);
  const limit = module.configuration.body_bytes_max.get(path);
  const is_over_limit = limit === undefined || body.byteLength > limit;
  return {
    https, method, path, query, client_address,
    headers: list_headers(headers_of(request)),
    body: is_over_limit ? null : body,
    body_bytes: body.byteLength,
    is_over_limit,
  };
}

/** Takes an arrival through a module: `{ record, answer }`. */
export async function take({ module, perform }, step, { request, token_hex }) {
  const { answer, settled } = deliver({
    module,
    perform,
    delivery: delivery_of(module, request),
    now: () => step.now_ms,
    token: new Uint8Array(Buffer.from(token_hex, 'hex')),
  });
  const { record, failure } = await settled;
  assert.equal(failure, null);
  const { status, headers, body: text } = await answer;
  return {
    record: JSON.parse(record),
    answer: {
      status, headers: Object.fromEntries(headers), body: Buffer.from(text).toString('base64'),
    },
  };
}
