// A gate in one process of Node with its ledger in memory, for a machine of one's own: what was
// accepted is lost with it. Settings come from the environment.
//
//   node examples/node/host.mjs POLICY [PORT]

import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { Readable } from 'node:stream';

import * as kinds from '../../build/contract/kinds.mjs';
import { receive } from '../../hosts/fetch/arrival.mjs';
import { make_cryptography } from '../../hosts/fetch/cryptography.mjs';
import { encode_configure, read_policy_head } from '../../hosts/fetch/effects.mjs';
import { deliver } from '../../hosts/fetch/gate.mjs';
import { make_keys } from '../../hosts/fetch/keys.mjs';
import { Module } from '../../hosts/fetch/module.mjs';
import { make_forward } from '../../hosts/fetch/outbound.mjs';
import { make_report } from '../../hosts/fetch/report.mjs';
import { hex_of } from '../../hosts/fetch/wire.mjs';
import { make_ledger_calls } from '../../hosts/store/calls.mjs';
import { make_driver } from '../../hosts/store/driver.mjs';
import { LocalShards } from '../../hosts/store/local_shards.mjs';
import { MemoryStore } from '../../hosts/store/memory.mjs';

const [, , policy_file, port = '8080'] = process.argv;
const policy = new Uint8Array(readFileSync(policy_file));
const settings = read_policy_head(policy).setting_names.map((name) => process.env[name] ?? '');
const compiled = new WebAssembly.Module(
  readFileSync(new URL('../../build/postern.wasm', import.meta.url)));
const module = new Module(compiled, encode_configure(policy, settings));

const now = () => Date.now();
const token = () => crypto.getRandomValues(new Uint8Array(16));
const report = make_report({ module, log: console.log });
const shards = new LocalShards((_shard, set_alarm) => new MemoryStore({ now, set_alarm }),
  { module, log: console.log, send: async (owed) => owed.forEach(drive_soon) });
const perform = {
  ...make_cryptography(module, crypto.subtle),
  ...make_ledger_calls(shards, { is_driven: true }),
  ...make_keys(fetch, now),
  forward: make_forward(fetch),
  enqueue: async ({ shard, keys = [] }) => {
    keys.forEach((key) => drive_soon({ shard, key }));
    return keys.length > 0;  // Nothing takes a whole delivery: this ledger is never down.
  },
};
const drive_one = make_driver(
  { module, perform, now, token, report, ledger: shards, bury: async () => {} });

function drive_soon({ shard, key }, delay_ms = 0) {
  setTimeout(async () => {
    const end = await drive_one({ shard, key: hex_of(key) }, () => {});
    if (end.kind === kinds.retry_later) {
      drive_soon({ shard, key }, end.delay_ms);
    }
  }, delay_ms);
}

/** A request as it came: its path is not normalised, and plain HTTP is not called https. */
function request_of(incoming) {
  const headers = new Headers();
  Object.entries(incoming.headersDistinct).forEach(([name, values]) =>
    values.forEach((value) => headers.append(name, value)));
  const has_body = headers.has('content-length') || headers.has('transfer-encoding');
  const body = has_body ? Readable.toWeb(incoming) : null;
  return {
    url: `http://gate${incoming.url}`, method: incoming.method, headers, body,
    arrayBuffer: () => new Response(body).arrayBuffer(),
  };
}

const server = createServer(async (incoming, outgoing) => {
  try {
    const { body_bytes_max } = module.configuration;
    const delivery =
      await receive(request_of(incoming), incoming.socket.remoteAddress, body_bytes_max);
    const { answer, settled } = deliver({ module, perform, delivery, now, token: token() });
    settled.then(report);
    const { status, headers, body } = await answer;
    outgoing.writeHead(status, headers.flat()).end(body);
  } catch (failure) {
    report({ record: null, failure });
    outgoing.destroy();
  }
});
server.listen(Number(port), '127.0.0.1', () =>
  console.log(`http://127.0.0.1:${server.address().port}`));
