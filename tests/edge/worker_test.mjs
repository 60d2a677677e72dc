// The Worker in workerd, with real requests, a real origin and the real ledger.

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { beforeEach, test } from 'node:test';

import {
  compile_policy, device_policy, open_raw, pause, sha256, signed, until,
} from './edge.mjs';
import { start_live } from './live.mjs';

const body_bytes_max = 64 * 1024;

const { worker, origin } = await start_live();
const policy = compile_policy('worker_test', device_policy(origin.url));
let event = 0;

beforeEach(() => worker.go_live(policy));

/** A body of an event of its own, filled up to `bytes`. */
function new_body(bytes = 0) {
  event += 1;
  const head = `{"id":"event-${event}","filler":"`;
  return `${head}${'x'.repeat(Math.max(0, bytes - head.length - 2))}"}`;
}

const answer_after = (ms) => (_request, response) => setTimeout(() => response.end('done'), ms);
const host = () => `Host: ${worker.url.host}\r\n`;

test('forwards a genuine delivery once, and tells a second one that it was done', async () => {
  const body = new_body();
  const first = await worker.deliver(body);
  assert.deepEqual([first.status, first.text], [200, 'done']);
  const second = await worker.deliver(body);
  assert.equal(second.status, 200);
  assert.equal(origin.requests.length, 1);
  const [{ headers, method, url }] = origin.requests;
  assert.deepEqual([method, url], ['POST', '/device']);
  assert.equal(headers['postern-source'], 'device');
  assert.match(headers['postern-key'], /^[0-9a-f]{64}$/);
});

test('refuses a forged delivery without asking the origin', async () => {
  const answer = await worker.deliver(new_body(), signed('another body'));
  assert.equal(answer.status, 401);
  assert.equal(origin.requests.length, 0);
});

for (const bytes of [100, 4095, 4096, 4097, 60_000]) {
  test(`the origin gets the ${bytes} bytes that came`, async () => {
    const body = new_body(bytes);
    assert.equal(body.length, bytes);
    assert.equal((await worker.deliver(body)).status, 200);
    assert.deepEqual(origin.requests.map((request) => request.sha256), [sha256(body)]);
  });
}

test('the origin gets the bytes of a chunked body with every byte value in it', async () => {
  await worker.go_live(compile_policy('worker_test_bytes', device_policy(origin.url)
    .replace('sends = ["json"]', 'sends = "any"')
    .replace('identity = { body = "/id" }', 'identity = "body"')));
  const every_byte = Uint8Array.from({ length: 256 }, (_, byte) => byte);
  const body = Buffer.concat([every_byte, randomBytes(5000)]);
  const pieces = [body.subarray(0, 7), body.subarray(7, 2500), body.subarray(2500)];
  const head = `POST /hooks/device HTTP/1.1\r\n${host()}Transfer-Encoding: chunked\r\n` +
    `X-Signature: ${signed(body)['x-signature']}\r\nConnection: close\r\n\r\n`;
  const { socket, read } = await open_raw(worker.url, head);
  for (const piece of pieces) {
    socket.write(`${piece.length.toString(16)}\r\n`);
    socket.write(piece);
    socket.write('\r\n');
    await pause(20);
  }
  socket.write('0\r\n\r\n');
  await until(() => read().includes('done'));
  assert.match(read(), /^HTTP\/1.1 200 /);
  assert.deepEqual(origin.requests.map((request) => request.sha256), [sha256(body)]);
});

test('a body at the limit passes, and one byte more does not', async () => {
  assert.equal((await worker.deliver(new_body(body_bytes_max))).status, 200);
  assert.equal((await worker.deliver(new_body(body_bytes_max + 1))).status, 413);
  assert.equal(origin.requests.length, 1);
});

test('a body that declares too much is refused before it comes', async () => {
  const { socket, read } = await open_raw(worker.url, `POST /hooks/device HTTP/1.1\r\n${host()}` +
    `X-Signature: sha256=00\r\nContent-Length: ${body_bytes_max + 1}\r\n\r\n`);
  await until(() => read().startsWith('HTTP/1.1 413 '));
  socket.destroy();
});

test('a body that grows too long is refused before it ends', async () => {
  const { socket, read } = await open_raw(worker.url, `POST /hooks/device HTTP/1.1\r\n${host()}` +
    'X-Signature: sha256=00\r\nTransfer-Encoding: chunked\r\n\r\n');
  for (let sent = 0; sent <= body_bytes_max; sent += 4096) {
    socket.write(`1000\r\n${'x'.repeat(4096)}\r\n`);
  }
  await until(() => read().startsWith('HTTP/1.1 413 '));
  socket.destroy();
});

test('a path that nobody owns is answered without its body', async () => {
  const { socket, read } = await open_raw(worker.url,
    `POST /hooks/other HTTP/1.1\r\n${host()}Content-Length: 1000\r\n\r\n`);
  await until(() => read().startsWith('HTTP/1.1 404 '));
  socket.destroy();
});

test('a delivery is settled although its sender hangs up', async () => {
  origin.answer = answer_after(400);
  const body = new_body();
  const { socket } = await open_raw(worker.url, `POST /hooks/device HTTP/1.1\r\n${host()}` +
    `X-Signature: ${signed(body)['x-signature']}\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
  await until(() => origin.requests.length === 1);
  socket.destroy();
  await pause(800);
  const again = await worker.deliver(body);
  assert.equal(again.status, 200);
  assert.equal(origin.requests.length, 1);
});

test('of fifty copies that come together one reaches the origin', async () => {
  origin.answer = answer_after(300);
  const body = new_body();
  const answers = await Promise.all(Array.from({ length: 50 }, () => worker.deliver(body)));
  assert.equal(origin.requests.length, 1);
  const by_status = Object.groupBy(answers, ({ status }) => status);
  assert.deepEqual(Object.keys(by_status).filter((status) => !['200', '503'].includes(status)), []);
  assert.ok(by_status[200].length >= 1);
  for (const { headers } of by_status[503] ?? []) {
    assert.match(headers.get('retry-after'), /^[1-9][0-9]*$/);
  }
  assert.equal((await worker.deliver(body)).status, 200);
  assert.equal(origin.requests.length, 1);
});

test('a copy may wait for the outcome of the one under way', async () => {
  await worker.go_live(compile_policy('worker_test_wait',
    device_policy(origin.url, { busy_wait: '2s' })));
  origin.answer = answer_after(300);
  const body = new_body();
  const answers = await Promise.all(Array.from({ length: 10 }, () => worker.deliver(body)));
  assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([200]));
  assert.equal(origin.requests.length, 1);
});

test('a forward that failed does not burn the event', async () => {
  origin.answer = (_request, response) => {
    response.statusCode = 500;
    response.end();
  };
  const body = new_body();
  assert.notEqual((await worker.deliver(body)).status, 200);
  origin.answer = (_request, response) => response.end('done');
  assert.equal((await worker.deliver(body)).status, 200);
  assert.equal(origin.requests.length, 2);
});

test('a redirect of the origin is not followed', async () => {
  origin.answer = (_request, response) => {
    response.writeHead(307, { location: `${origin.url}/elsewhere` });
    response.end();
  };
  assert.notEqual((await worker.deliver(new_body())).status, 200);
  assert.deepEqual(origin.requests.map(({ url }) => url), ['/device']);
});

test('an origin that breaks off leaves the next forward marked', async () => {
  // In the middle of its answer: the tests' way to the network answers 500 to a break before that.
  origin.answer = (request, response) => {
    response.writeHead(200, { 'content-length': 100 });
    response.write('d', () => request.socket.destroy());
  };
  const body = new_body();
  assert.equal((await worker.deliver(body)).status, 504);
  origin.answer = (_request, response) => response.end('done');
  assert.equal((await worker.deliver(body)).status, 200);
  assert.equal(origin.requests.at(-1).headers['postern-maybe-duplicate'], 'true');
});

test('what is not read of an origin\'s answer changes nothing',
  async () => {
    // Not statuses that are none: the tests' way to the network answers 500 to them.
    const fields = (count) =>
      Array.from({ length: count }, (_, i) => `X-${i}: y\r\n`).join('');
    const answers = [
      ['200 OK', fields(1000), 'done', 200], ['201 Created', fields(129), '', 201],
      ['200 OK', 'Content-Type: a/b\r\nContent-Type: c/d\r\nContent-Type:\r\n', 'done', 200],
      ['200 OK', `Content-Type: ${'x'.repeat(5000)}\r\nRetry-After: -\r\n`, 'done', 200],
      ['200 OK', 'Content-Encoding: gzip\r\n', 'no gzip', 200],
      ['200 OK', '', 'z'.repeat(300_000), 200],
    ];
    for (const [line, headers, text, status] of answers) {
      origin.answer = (request) => request.socket.end(
        `HTTP/1.1 ${line}\r\n${headers}Content-Length: ${text.length}\r\n\r\n${text}`);
      const body = new_body();
      const sent = origin.requests.length;
      const answer = await worker.deliver(body);
      assert.equal(answer.status, status, `${line} ${headers.slice(0, 40)}`);
      assert.equal(answer.headers.get('x-0'), null);
      origin.answer = (_request, response) => response.end('done');
      assert.equal((await worker.deliver(body)).status, 200);
      assert.equal(origin.requests.length - sent, 1, line);
    }
  });

test('more headers or longer ones than the gate takes are refused, not a failure', async () => {
  const many = Array.from({ length: 1100 }, (_, i) => `x${i}: 1\r\n`).join('');
  for (const headers of [many, `x: ${'1'.repeat(40_000)}\r\n`]) {
    const { socket, read } = await open_raw(worker.url,
      `POST /hooks/device HTTP/1.1\r\n${host()}${headers}Content-Length: 2\r\n\r\n{}`);
    await until(() => read().startsWith('HTTP/1.1 '));
    assert.match(read(), /^HTTP\/1.1 431 /);
    socket.destroy();
  }
});

test('headers that are repeated, cookies too, are no failure', async () => {
  const body = new_body();
  const { socket, read } = await open_raw(worker.url, `POST /hooks/device HTTP/1.1\r\n${host()}` +
    'Set-Cookie: a=1\r\nX-Twice: 1\r\nSet-Cookie: b=2\r\nX-Twice: 2\r\n' +
    `X-Signature: ${signed(body)['x-signature']}\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
  await until(() => read().startsWith('HTTP/1.1 200 '));
  socket.destroy();
});

test('one line of JSON tells of each delivery, with what the host measured', async () => {
  origin.answer = answer_after(50);
  const body = new_body();
  await worker.deliver(body);
  const lines = () => worker.logs().map(({ message }) => parse(message))
    .filter((line) => line?.verdict === 'forwarded');
  await until(() => lines().length > 0);
  const { host: measured } = lines().at(-1);
  assert.ok(measured.origin_ms >= 40, JSON.stringify(measured));
  assert.ok(measured.total_ms >= measured.origin_ms);
});

function parse(message) {
  try {
    return JSON.parse(message);
  } catch {
    return null;
  }
}

test('a trap costs its own delivery a 503, and nobody else anything', async () => {
  await worker.go_live(policy, { is_trapping: true });
  origin.answer = answer_after(600);
  const slow = [new_body(), new_body()].map((body) => worker.deliver(body));
  await until(() => origin.requests.length === 2);
  for (const point of ['begin', 'resume']) {
    const body = new_body(5000);
    const answer = await worker.deliver(body, { ...signed(body), 'x-postern-trap': point });
    assert.equal(answer.status, 503);
    assert.equal(answer.headers.get('retry-after'), '1');
  }
  // Under way while instances went: they go on from their tickets.
  for (const answer of await Promise.all(slow)) {
    assert.deepEqual([answer.status, answer.text], [200, 'done']);
  }
  origin.answer = answer_after(0);
  assert.equal((await worker.deliver(new_body())).status, 200);
  assert.equal(origin.requests.length, 3);
});
