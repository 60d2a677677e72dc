// What no HTTP client would send: requests that two readers could cut in two ways, bodies that are
// shorter or longer than they say, senders that take their time. Against the real Worker, byte by
// byte; some of it is judged by the platform before the Worker sees it, and must stay so.

import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { beforeEach, test } from 'node:test';

import {
  compile_policy, device_policy, open_raw, pause, secret, sha256, signed, until,
} from './edge.mjs';
import { start_live } from './live.mjs';

const { worker, origin } = await start_live();
const policy = compile_policy('wire_test', device_policy(origin.url));
let event = 0;

/** A source whose signature covers the time, which may be one second old. */
const with_time = (text) => text
  .replace('busy_wait = "0s"', 'busy_wait = "0s"\nmax_age = "1s"\nmax_future = "1s"')
  .replace('content = "{body}"', 'content = "{timestamp}.{body}"')
  .replace('[sources.device.scheme.event]',
    '[sources.device.scheme.timestamp]\nfrom = { header = "X-Time" }\nunit = "seconds"\n' +
    '[sources.device.scheme.event]');

const timed_policy = compile_policy('wire_test_time', with_time(device_policy(origin.url)));

beforeEach(() => worker.go_live(policy));

function new_body() {
  event += 1;
  return `{"id":"wire-${event}"}`;
}

const host = () => `Host: ${worker.url.host}\r\n`;
const signature_of = (body) => `X-Signature: ${signed(body)['x-signature']}\r\n`;

/** How long one that may never be answered is waited for, and then for what comes behind it. */
const answer_ms = 3000;
const behind_ms = 300;

/** Sends `text` on a connection of its own and gives all that came back. */
async function answer_to(text) {
  const { socket, read } = await open_raw(worker.url, text);
  await until(() => read() !== '' || socket.destroyed, answer_ms).catch(() => {});
  await pause(behind_ms);
  socket.destroy();
  return read();
}

const statuses_of = (text) => [...text.matchAll(/^HTTP\/1\.1 (\d{3}) /gm)].map(([, code]) => code);

test('the clock is read after the last byte of a body, so that a slow one is stale', async () => {
  await worker.go_live(timed_policy);
  const send_slowly = async (ms) => {
    const body = new_body();
    const time = Math.floor(Date.now() / 1000);
    const mac = createHmac('sha256', secret).update(`${time}.${body}`).digest('hex');
    const { socket, read } = await open_raw(worker.url, `POST /hooks/device HTTP/1.1\r\n${host()}` +
      `X-Time: ${time}\r\nX-Signature: sha256=${mac}\r\nContent-Length: ${body.length}\r\n\r\n`);
    socket.write(body.slice(0, -1));
    await pause(ms);
    socket.write(body.slice(-1));
    await until(() => read() !== '');
    socket.destroy();
    return statuses_of(read());
  };
  assert.deepEqual(await send_slowly(0), ['200']);
  assert.deepEqual(await send_slowly(2600), ['401']);
  assert.equal(origin.requests.length, 1);
});

test('a forgery with the id of an event in flight changes nothing about it', async () => {
  origin.answer = (_request, response) => setTimeout(() => response.end('done'), 500);
  const body = new_body();
  const first = worker.deliver(body);
  await until(() => origin.requests.length === 1);
  const forged = await worker.deliver(body, signed(`${body} `));
  assert.equal(forged.status, 401);
  // Whoever is genuine still meets the first one's lease, and then its outcome.
  assert.equal((await worker.deliver(body)).status, 503);
  assert.equal((await first).status, 200);
  assert.deepEqual([(await worker.deliver(body)).status, origin.requests.length], [200, 1]);
});

test('a body that ends too early reaches nobody', async () => {
  const body = new_body();
  const { socket } = await open_raw(worker.url, `POST /hooks/device HTTP/1.1\r\n${host()}` +
    `${signature_of(body)}Content-Length: ${body.length + 10}\r\n\r\n${body}`);
  await pause(200);
  socket.end();
  await pause(400);
  assert.equal(origin.requests.length, 0);
  assert.equal((await worker.deliver(body)).status, 200, 'and it burns nothing');
  assert.equal(origin.requests.length, 1);
});

test('what stands behind a body is no part of it', async () => {
  const body = new_body();
  const answer = await answer_to(`POST /hooks/device HTTP/1.1\r\n${host()}` +
    `${signature_of(body)}Content-Length: ${body.length}\r\n\r\n${body}{"id":"smuggled"}\r\n\r\n`);
  assert.equal(statuses_of(answer)[0], '200');
  assert.ok(statuses_of(answer).slice(1).every((status) => status === '400'), answer);
  assert.equal(origin.requests.length, 1);
});

/** Each is sent with the signature of the bytes that it seems to hold. */
const ambiguous = [
  ['a length beside chunks', (body) => `Content-Length: ${body.length}\r\n` +
    `Transfer-Encoding: chunked\r\n\r\n${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`],
  ['two lengths', (body) => `Content-Length: ${body.length}\r\nContent-Length: 1\r\n\r\n${body}`],
  ['a list of lengths', (body) => `Content-Length: ${body.length}, 1\r\n\r\n${body}`],
  ['an unknown coding', (body) => `Transfer-Encoding: xchunked\r\n\r\n${body}`],
  ['a length with a sign', (body) => `Content-Length: +${body.length}\r\n\r\n${body}`],
  ['a length in hex', (body) => `Content-Length: 0x${body.length.toString(16)}\r\n\r\n${body}`],
  ['a space before the colon', (body) => `Content-Length : ${body.length}\r\n\r\n${body}`],
  ['a chunk size with a prefix', (body) => 'Transfer-Encoding: chunked\r\n\r\n' +
    `0x${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`],
  ['a chunk size with a sign', (body) => 'Transfer-Encoding: chunked\r\n\r\n' +
    `+${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`],
  ['a folded header', (body) => 'X-Other: a\r\n b\r\n' +
    `Content-Length: ${body.length}\r\n\r\n${body}`],
  ['a NUL in a value', (body) => `X-Other: a\0b\r\nContent-Length: ${body.length}\r\n\r\n${body}`],
  ['a bare CR in a value', (body) => `X-Other: a\rX-Else: b\r\nContent-Length: ${body.length}` +
    `\r\n\r\n${body}`],
];

for (const [what, rest] of ambiguous) {
  test(`${what}: refused, or forwarded as the bytes that were signed`, async () => {
    const body = new_body();
    const answer = await answer_to(
      `POST /hooks/device HTTP/1.1\r\n${host()}${signature_of(body)}${rest(body)}`);
    const passed = origin.requests.length;
    assert.ok(passed <= 1, `${passed} requests reached the origin`);
    if (passed === 1) {
      assert.equal(origin.requests[0].sha256, sha256(body));
      assert.deepEqual(statuses_of(answer), ['200']);
    } else {
      assert.ok(statuses_of(answer).every((status) => /^[45]/.test(status)), answer);
    }
    // And whatever it was, the connection's leftovers are no delivery of somebody else's.
    assert.equal((await worker.deliver(new_body())).status, 200);
    assert.equal(origin.requests.length, passed + 1);
  });
}

test('what speaks another protocol is answered by none of ours', async () => {
  const preface = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0';
  assert.ok(!statuses_of(await answer_to(preface)).includes('200'));
  assert.ok(!statuses_of(await answer_to(
    `POST /hooks/device HTTP/1.1\r\n${host()}:path: /other\r\nContent-Length: 0\r\n\r\n`))
    .includes('200'));
  assert.equal(origin.requests.length, 0);
});

test('a hundred senders that take their time hold nobody else up', async () => {
  const slow = await Promise.all(Array.from({ length: 100 }, async (_, number) => {
    const head = `POST /hooks/device HTTP/1.1\r\n${host()}`;
    return open_raw(worker.url, number % 2 === 0 ? head
      : `${head}X-Signature: sha256=00\r\nContent-Length: 1000\r\n\r\n{`);
  }));
  for (let round = 0; round < 3; round += 1) {
    slow.forEach(({ socket }) => socket.write('x'));
    const started = performance.now();
    assert.equal((await worker.deliver(new_body())).status, 200);
    assert.ok(performance.now() - started < 5000, 'within the time that a sender waits');
    await pause(100);
  }
  slow.forEach(({ socket }) => socket.destroy());
  assert.equal(origin.requests.length, 3);
});

test('no name in the environment lets anything past the signature', async () => {
  const switches = ['SKIP_VERIFICATION', 'DISABLE_SIGNATURE', 'NODE_ENV', 'ENVIRONMENT', 'DEBUG',
    'DEVELOPMENT', 'POSTERN_SKIP', 'POSTERN_INSECURE', 'POSTERN_DEV', 'POSTERN_MODE', 'CI'];
  for (const value of ['1', 'true', 'development', 'test']) {
    await worker.go_live(policy,
      { bindings: Object.fromEntries(switches.map((name) => [name, value])) });
    const answer = await worker.deliver(new_body(), signed('another body'));
    assert.equal(answer.status, 401, value);
  }
  assert.equal(origin.requests.length, 0);
});
