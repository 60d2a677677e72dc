// What a page does with the package: compiles policies, and takes deliveries through the core, by
// the modules that it is given. What comes out is judged outside of the browser.

import * as forwarded from './node_modules/postern/build/contract/forwarded.mjs';
import { receive } from './node_modules/postern/hosts/fetch/arrival.mjs';
import { make_cryptography } from './node_modules/postern/hosts/fetch/cryptography.mjs';
import {
  decode_ledger, encode_configure, encode_ledger,
} from './node_modules/postern/hosts/fetch/effects.mjs';
import { deliver } from './node_modules/postern/hosts/fetch/gate.mjs';
import { Module } from './node_modules/postern/hosts/fetch/module.mjs';
import { bytes_of_hex, hex_of } from './node_modules/postern/hosts/fetch/wire.mjs';
import { compile_policy } from './node_modules/postern/npm/lib/compiler.mjs';

const nothing = new Uint8Array(0);

/**
 * Does the work that the server has. `start_compiler()` and `start_core()` each give a promise of
 * what `compile_policy` and `Module` take: a compiled module.
 */
export async function work_through({ start_compiler, start_core, more = async () => ({}) }) {
  try {
    const work = await (await fetch('work.json')).json();
    const compiled = [];
    for (const { providers, ...policy } of work.policies) {
      const { policy: bytes, json } = compile_policy(await start_compiler(),
        { ...policy, providers: work.providers[providers], host: work.host });
      compiled.push({ policy: (bytes ?? nothing).toBase64(), json });
    }
    const traces = [];
    for (const delivery of work.deliveries) {
      traces.push(await trace_of(await start_core(), delivery));
    }
    await post({ compiled, traces, ...await more(work) });
  } catch (failure) {
    await post({ failure: failure.stack });
  }
}

const post = (result) => fetch('result.json', { method: 'POST', body: JSON.stringify(result) });

const bytes_of = (base64) => Uint8Array.fromBase64(base64);

/** The steps of a first delivery of its event to an origin that takes it, in hex. */
async function trace_of(core, { policy_b64, settings, now_ms, fetch: keys, request, token_hex }) {
  const module = new Module(core, encode_configure(bytes_of(policy_b64), settings));
  const delivery = await receive(
    request_of(request), request.client_address, module.configuration.body_bytes_max);
  const trace = [];
  const { settled } = deliver({
    module,
    perform: { ...make_cryptography(module, crypto.subtle), ...world(module, now_ms, keys) },
    delivery,
    now: () => now_ms,
    token: bytes_of_hex(token_hex),
    on_step: (frame) => trace.push(hex_of(frame)),
  });
  const { failure } = await settled;
  if (failure !== null) {
    trace.push(`${failure}`);
  }
  return trace;
}

/** An empty ledger, keys that can be fetched, and an origin that takes everything. */
function world(module, now_ms, keys) {
  let row = nothing;
  const ledger = async ({ operation }) => {
    const transition = decode_ledger(module.ledger(encode_ledger(row, operation, now_ms, 0)));
    row = transition.row.slice();
    return transition.reply.slice();
  };
  return {
    claim: ledger,
    commit: ledger,
    release: ledger,
    async fetch_key({ url, bytes_max }) {
      const bytes = keys[url] === undefined ? null : bytes_of(keys[url]);
      return bytes === null || bytes.byteLength > bytes_max ? null : bytes;
    },
    forward: async () => ({
      kind: forwarded.response, status: 200, content_type: '', retry_after: '', body: nothing,
    }),
  };
}

/** As of Fetch, whose `Headers` and `Request` would not take all that some cases send. */
function request_of({ https, method, path, query, headers, body_b64 }) {
  const body = bytes_of(body_b64);
  const pairs = headers.map(([name, value]) => [name.toLowerCase(), value])
    .sort(([a], [b]) => (a < b ? -1 : Number(a > b)));
  return {
    url: `${https ? 'https' : 'http'}://gate.example${path}${query === '' ? '' : `?${query}`}`,
    method,
    headers: { forEach: (visit) => pairs.forEach(([name, value]) => visit(value, name)) },
    body: body.byteLength === 0 ? null : new Blob([body]).stream(),
    arrayBuffer: async () => body.buffer,
  };
}
