// What the tests of `postern ledger` share: a gate by script, its rows and tickets as bytes by
// hand, and the command in a process of its own.

import { execFile } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';

import { admin_token, device_policy, root, scratch } from './edge.mjs';

export const key = 'ab'.repeat(32);
export const hour_ms = 3_600_000;
/** 2023-11-14T22:13:20Z. */
export const at_ms = 1_700_000_000_000;

const states = { claimed: 1, retryable: 2, done: 3, accepted: 4, dead: 6 };

/** A row as bytes, by hand from wasm/postern/ledger/ledger.h. */
export function row_of(state, {
  epoch = 7n, expires_ms = 0, attempts = 0, is_marked = false, status = 0, due_ms = 0,
} = {}) {
  const row = Buffer.alloc(97);
  row.writeUInt8(3, 0);
  row.writeUInt8(states[state], 1);
  row.writeBigUInt64LE(epoch, 2);
  row.writeBigUInt64LE(BigInt(at_ms), 34);
  row.writeBigUInt64LE(BigInt(expires_ms), 42);
  row.writeUInt16LE(attempts, 50);
  row.writeUInt8(is_marked ? 1 : 0, 52);
  row.writeUInt16LE(status, 53);
  row.writeBigUInt64LE(BigInt(due_ms), 55);
  return row.toString('base64');
}

const text16 = (text) => Buffer.concat([Buffer.from([text.length, 0]), Buffer.from(text)]);

/** A stored ticket as bytes, by hand from postern/gate/ticket.h; what does not matter here is 0. */
export function ticket_of({ event_key, event_type, to }) {
  const id = Buffer.alloc(4);
  id.writeUInt32LE(crc32(to));
  return Buffer.concat([
    Buffer.from([4, 11, 13, 0]), Buffer.alloc(4 + 2 + 16 + 1 + 8 + 8), text16('POST'), text16(''),
    Buffer.alloc(1 + 1 + 2), Buffer.from([1]), Buffer.alloc(16), text16('device'),
    Buffer.alloc(1 + 2 + 1 + 4), Buffer.alloc(2 + 1 + 1 + 1), Buffer.from(event_key, 'hex'),
    Buffer.alloc(16), text16(event_type), text16(''), Buffer.alloc(2 + 2 + 1), id,
    Buffer.alloc(1 + 1 + 8 + 8 + 1 + 1 + 1),
  ]).toString('base64');
}

/** A reply that says 4, done, or 5, ignored. */
export function reply_of(answer) {
  const reply = Buffer.alloc(24);
  reply.writeUInt8(3, 0);
  reply.writeUInt8(answer, 1);
  return reply.toString('base64');
}

export const missing = { status: 404, answer: { error: 'there is no such row' } };

/**
 * A gate whose admin route answers what `respond` makes of a call, `{ status, answer }`. `calls`
 * are those that came since `forget`.
 */
export async function start_scripted_gate() {
  const gate = { calls: [], respond: () => missing };
  const server = createServer(async (request, response) => {
    const chunks = await Array.fromAsync(request);
    const call = JSON.parse(Buffer.concat(chunks).toString());
    gate.calls.push({ call, url: request.url, authorization: request.headers.authorization });
    const { status = 200, answer } = gate.respond(call);
    response.statusCode = status;
    response.end(answer === undefined ? '' : JSON.stringify(answer));
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  gate.url = `http://127.0.0.1:${server.address().port}`;
  gate.close = () => server.close();
  gate.forget = () => {
    gate.calls = [];
    gate.respond = () => missing;
  };
  return gate;
}

export function write_policy(name, options) {
  const file = join(scratch, `${name}.toml`);
  mkdirSync(scratch, { recursive: true });
  writeFileSync(file, options.text ?? device_policy('https://origin.test', options));
  return file;
}

/** `{ code, out, err }`. In the background, as the server answers from this process. */
export function run(args, {
  token = admin_token, policy = write_policy('ledger_command', {}), gate: address = '',
} = {}) {
  const env = { ...process.env, POSTERN_ADMIN_TOKEN: token, POSTERN_GATE: address };
  return new Promise((resolve) => {
    execFile(join(root, 'build/postern'), ['ledger', ...args, '--policy', policy],
      { cwd: root, encoding: 'utf8', env },
      (fault, out, err) => resolve({ code: fault?.code ?? 0, out, err }));
  });
}
