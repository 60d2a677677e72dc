// What the tests of adapters share: a gate of the installed package with a handler that notes what
// it gets, deliveries that the vendor's library signs, and raw requests.

import { connect } from 'node:net';
import { basename } from 'node:path';

import Stripe from 'stripe';

import { import_packed, make_project } from './packed.mjs';

/** Files of tests run beside each other, each with a project of its own. */
const folder = make_project(basename(process.argv[1], '_test.mjs'));
const [{ gate }, { memory }, { sqlite }, ...adapters] = await import_packed(folder, [
  'postern', 'postern/ledger/memory', 'postern/ledger/sqlite', 'postern/node', 'postern/fastify',
  'postern/hono', 'postern/next', 'postern/sveltekit', 'postern/lambda',
]);

export const { node, fastify, hono, next, sveltekit, lambda } = Object.assign({}, ...adapters);
export { folder, gate, memory, sqlite };

const { webhooks } = new Stripe('sk_test_packages');
export const secret = 'whsec_f1c7e5ec2e70f1c7e5ec2e70f1c7e5e1';

export const body_bytes_max = 64 << 10;

/** A gate whose source is at /hooks/stripe, `events` that its handler got, `told` failures. */
export function make_hooks(changes = {}) {
  const events = [];
  const told = [];
  const records = [];
  const source = {
    path: '/hooks/stripe', provider: 'stripe', secrets: [secret],
    routes: [{ events: ['invoice.*'], to: (event) => { events.push(event); } }],
    ...changes,
  };
  const hooks =
    gate({ gate: { max_body: '64KiB' }, sources: { stripe: source }, ledger: memory() });
  hooks.on('failure', (text) => told.push(text));
  hooks.on('record', (record) => records.push(record));
  return { hooks, events, told, records };
}

let count = 0;

/** `{ headers, body }` of an event of its own, signed by the vendor's library. */
export function signed({ key = secret, bytes = 0 } = {}) {
  count += 1;
  const body = JSON.stringify({
    id: `evt_${count}`, object: 'event', type: 'invoice.paid', more: 'é'.repeat(bytes / 2),
  });
  const signature = webhooks.generateTestHeaderString({ payload: body, secret: key });
  return { body, headers: { 'content-type': 'application/json', 'stripe-signature': signature } };
}

/** Several headers as the lines of a request. */
export const lines_of = (headers) =>
  Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`).join('');

/** The text of a request of HTTP/1.1 as bytes, in Latin-1 as HTTP has it. */
export function request_bytes({ target = '/hooks/stripe', method = 'POST', headers, body }) {
  const bytes = Buffer.from(body);
  const length = 'content-length' in headers || 'transfer-encoding' in headers
    ? '' : `content-length: ${bytes.byteLength}\r\n`;
  const head = `${method} ${target} HTTP/1.1\r\nhost: app.example\r\nconnection: close\r\n` +
    `${lines_of(headers)}${length}\r\n`;
  return Buffer.concat([Buffer.from(head, 'latin1'), bytes]);
}

/**
 * Sends `bytes` as they are and gives the status of the answer; null when the connection ended
 * without one. With `ending` the sender is gone after the last byte: `end` says so, `abort` breaks.
 */
export function send_raw(port, bytes, ending) {
  return new Promise((resolve) => {
    let answer = '';
    const socket = connect(port, '127.0.0.1');
    const timer = setTimeout(() => socket.destroy(), 10_000);
    socket.on('data', (chunk) => {
      answer += chunk.toString('latin1');
    });
    socket.on('error', () => {});
    socket.on('close', () => {
      clearTimeout(timer);
      const [, status] = /^HTTP\/1\.1 (\d{3})/.exec(answer) ?? [];
      resolve(status === undefined ? null : Number(status));
    });
    socket.write(bytes, () => {
      if (ending === 'end') {
        socket.end();
      } else if (ending === 'abort') {
        setTimeout(() => socket.resetAndDestroy(), 30);
      }
    });
  });
}
