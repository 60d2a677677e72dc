// Queue mode from end to end: real deliveries, the real ledger and workerd's queues.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { overdue_ms } from '../../hosts/store/times.mjs';

import {
  admin_token, compile_policy, device_policy, pause, sha256, signed, until,
} from './edge.mjs';
import { start_live } from './live.mjs';
import { operation, state_of } from './operations.mjs';

/** Two attempts, a second apart. */
const twice = '{ schedule = "fixed", first = "1s", attempts = 2, jitter = "0%" }';
const often = '{ schedule = "fixed", first = "1s", attempts = 20, jitter = "0%" }';

const { worker, origin } = await start_live();
let shard_prefix;
let event = 0;

async function go_live(options, failures = {}) {
  const text = device_policy(origin.url, { queue: often, ...options });
  const policy = compile_policy('queued_test', text);
  const bindings = { POSTERN_ADMIN_TOKEN: admin_token };
  shard_prefix = await worker.go_live(policy, { bindings, failures });
}

const new_body = () => `{"id":"queued-${event += 1}"}`;
const ledger = (call, argument) => worker.ledger(shard_prefix, call, argument);
const key_of = ({ headers }) => headers['postern-key'];
const arrived = (count) => until(() => origin.requests.length >= count, 15_000);

/** Waits until nothing is owed under `key` any more. */
async function until_done(key) {
  const give_up_at = Date.now() + 15_000;
  while (await ledger('owed_key', key) !== null) {
    assert.ok(Date.now() < give_up_at, `${key} is still owed`);
    await pause(50);
  }
}

const answer_by = (status_of) => (request, response) => {
  response.statusCode = status_of(request);
  response.end();
};

test('a sender has its answer at once, and the origin the event a little later', async () => {
  await go_live({});
  let let_go;
  origin.answer = (_request, response) => {
    let_go = () => response.end('done');
  };
  const body = new_body();
  const answer = await worker.deliver(body);
  assert.deepEqual([answer.status, answer.text], [200, '']);
  await until(() => let_go !== undefined);
  assert.equal((await worker.deliver(body)).status, 200);
  let_go();
  const [first] = origin.requests;
  assert.equal(first.sha256, sha256(body));
  assert.equal(first.method, 'POST');
  await until_done(key_of(first));
  assert.equal((await worker.deliver(body)).status, 200);
  await pause(300);
  assert.equal(origin.requests.length, 1);
});

test('an origin that is down twice gets the event when it is up', async () => {
  await go_live({});
  origin.answer = answer_by(() => (origin.requests.length < 3 ? 503 : 200));
  assert.equal((await worker.deliver(new_body())).status, 200);
  await arrived(3);
  await until_done(key_of(origin.requests[0]));
  assert.equal(origin.requests.length, 3);
  const attempts = origin.requests.map(({ headers }) => BigInt(headers['postern-attempt']));
  assert.ok(attempts[0] < attempts[1] && attempts[1] < attempts[2]);
});

test('a 2xx with a thousand headers is one', async () => {
  await go_live({});
  const fields = Array.from({ length: 1000 }, (_, i) => `X-${i}: y\r\n`).join('');
  origin.answer = (request) =>
    request.socket.end(`HTTP/1.1 204 No Content\r\n${fields}\r\n`);
  assert.equal((await worker.deliver(new_body())).status, 200);
  await arrived(1);
  await until_done(key_of(origin.requests[0]));
  assert.equal(origin.requests.length, 1);
});

test('after its last attempt an event is a dead letter, until it is taken up again', async () => {
  await go_live({ queue: twice });
  origin.answer = answer_by(() => 500);
  assert.equal((await worker.deliver(new_body())).status, 200);
  await arrived(2);
  const key = key_of(origin.requests[0]);
  const list = () => worker.administer({ shard: 'device/0', list: 'dead' });
  const give_up_at = Date.now() + 5000;
  while ((await list()).answer.dead.length === 0) {
    assert.ok(Date.now() < give_up_at, 'it is not given up');
    await pause(50);
  }
  assert.equal((await list()).answer.dead[0].key, key);
  await pause(1500);
  assert.equal(origin.requests.length, 2);
  origin.answer = (_request, response) => response.end('done');
  const again = Buffer.from(operation('redrive'), 'hex').toString('base64');
  const { answer } = await worker.administer(
    { shard: 'device/0', key, redrive: true, operation: again });
  assert.equal(state_of(Buffer.from(answer.row, 'base64').toString('hex')), 'accepted');
  await arrived(3);
  await until_done(key);
  assert.deepEqual((await list()).answer.dead, []);
});

test('what was accepted without a message is found by the sweep, after a restart too', async () => {
  await go_live({}, { DELIVERIES: 1 });
  const body = new_body();
  assert.equal((await worker.deliver(body)).status, 200);
  await ledger('vanish');
  await pause(500);
  assert.equal(origin.requests.length, 0);
  await ledger('ring_ahead', overdue_ms + 5000);
  await arrived(1);
  assert.equal(origin.requests[0].sha256, sha256(body));
  await until_done(key_of(origin.requests[0]));
});

test('a body of 20 MiB gets to the origin as it came', async () => {
  await go_live({ max_body: '25MiB', timeout: '20s' });
  const body = `{"id":"queued-${event += 1}","filler":"${'x'.repeat(20 << 20)}"}`;
  assert.equal((await worker.deliver(body)).status, 200);
  await arrived(1);
  assert.equal(origin.requests[0].sha256, sha256(body));
  await until_done(key_of(origin.requests[0]));
});

test('one of several destinations that is down does not hold up the others', async () => {
  await go_live({ to: ['/a', '/down', '/b'] });
  let is_down = true;
  origin.answer = answer_by(({ url }) => (is_down && url === '/down' ? 503 : 200));
  const body = new_body();
  assert.equal((await worker.deliver(body)).status, 200);
  const by_url = () => Object.groupBy(origin.requests, ({ url }) => url);
  await until(() => by_url()['/down']?.length >= 2, 15_000);
  is_down = false;
  const down = by_url()['/down'].length;
  await until(() => by_url()['/down'].length > down, 15_000);
  for (const [request] of Object.values(by_url())) {
    assert.equal(request.sha256, sha256(body));
    await until_done(key_of(request));
  }
  assert.deepEqual([by_url()['/a'].length, by_url()['/b'].length], [1, 1]);
});

test('a slow destination does not hold up the events of others', async () => {
  await go_live({ to: ['/quick', '/slow'], timeout: '20s' });
  const slow = [];
  origin.answer = ({ url }, response) => (url === '/slow' ? slow.push(response) : response.end());
  const started = Date.now();
  for (let sent = 0; sent < 8; sent += 1) {
    assert.equal((await worker.deliver(new_body())).status, 200);
  }
  const quick = () => origin.requests.filter(({ url }) => url === '/quick').length;
  await until(() => quick() === 8, 15_000);
  // Sixteen messages are three batches, and each may wait a second for what is slow.
  assert.ok(Date.now() - started < 6000, `${Date.now() - started} ms`);
  await until(() => slow.length === 8, 15_000);
  slow.forEach((response) => response.end());
  for (const request of origin.requests.slice()) {
    await until_done(key_of(request));
  }
  assert.equal(origin.requests.length, 16);
});

test('a delivery waits in the queue while the ledger is down', async () => {
  await go_live({}, { LEDGER: 1 });
  const body = new_body();
  assert.equal((await worker.deliver(body)).status, 200);
  await arrived(1);
  assert.equal(origin.requests[0].sha256, sha256(body));
  await until_done(key_of(origin.requests[0]));
});

test('a sender is asked to come back when neither ledger nor queue are there', async () => {
  await go_live({}, { LEDGER: 1, DELIVERIES: 1 });
  const body = new_body();
  const answer = await worker.deliver(body);
  assert.equal(answer.status, 503);
  assert.match(answer.headers.get('retry-after'), /^[1-9][0-9]*$/);
  assert.equal((await worker.deliver(body)).status, 200);
  await arrived(1);
});

test('a forged delivery is refused, and nothing is owed', async () => {
  await go_live({});
  assert.equal((await worker.deliver(new_body(), signed('other'))).status, 401);
  await pause(300);
  assert.equal(origin.requests.length, 0);
});
