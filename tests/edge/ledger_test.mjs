// The ledger's objects: what they write, what survives them, what they forget.

import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';

import { bucket_ms } from '../../wasm/hosts/cloudflare/durable_rows.mjs';

import { compile_policy, device_policy, start_origin, start_worker, until } from './edge.mjs';

let worker;
let origin;
let policy;
let shard_prefix;
let event = 0;

before(async () => {
  origin = await start_origin();
  policy = compile_policy('ledger_test', device_policy(origin.url));
  worker = await start_worker();
});

after(async () => {
  origin?.close();
  await worker?.close();
});

beforeEach(async () => {
  origin.requests.length = 0;
  origin.answer = (_request, response) => response.end('done');
  shard_prefix = await worker.go_live(policy);
});

const new_body = () => `{"id":"ledger-${event += 1}"}`;

const ledger = (call, argument) => worker.ledger(shard_prefix, call, argument);
const rows_written = () => ledger('rows_written');

/** The write behind an answer is off the sender's path, and may still be on its way. */
async function until_rows(holds) {
  const give_up_at = Date.now() + 5000;
  for (;;) {
    const rows = await rows_written();
    if (holds(rows)) {
      return;
    }
    assert.ok(Date.now() < give_up_at, `${rows} rows were written`);
  }
}

test('an accepted delivery costs one row written, its duplicates and forgeries none', async () => {
  await worker.deliver(new_body());
  await until_rows((rows) => rows >= 1);
  // The first row of a day also makes the day's table and sets the alarm.
  const before_more = await rows_written();
  const bodies = Array.from({ length: 20 }, new_body);
  for (const body of bodies) {
    assert.equal((await worker.deliver(body)).status, 200);
  }
  await until_rows((rows) => rows >= before_more + 20);
  for (const body of bodies) {
    assert.equal((await worker.deliver(body)).status, 200);
    assert.equal((await worker.deliver(body, { 'x-signature': 'sha256=00' })).status, 401);
  }
  assert.equal(await rows_written(), before_more + 20);
  assert.equal(origin.requests.length, 21);
});

test('what was done is known after the object was lost', async () => {
  const body = new_body();
  assert.equal((await worker.deliver(body)).status, 200);
  await until_rows((rows) => rows >= 1);
  await ledger('vanish');
  assert.equal((await worker.deliver(body)).status, 200);
  assert.equal(origin.requests.length, 1);
});

test('a lease that was lost with its object marks the next forward', async () => {
  origin.answer = () => {};
  const body = new_body();
  const lost = worker.deliver(body);
  await until(() => origin.requests.length === 1);
  await ledger('vanish');
  origin.answer = (_request, response) => response.end('done');
  assert.equal((await worker.deliver(body)).status, 200);
  assert.equal(origin.requests.length, 2);
  const [first, second] = origin.requests.map(({ headers }) => headers);
  assert.equal(second['postern-maybe-duplicate'], 'true');
  assert.ok(BigInt(second['postern-attempt']) > BigInt(first['postern-attempt']));
  await lost;
});

test('rows of one day share a table, which is dropped when the day is over', async () => {
  await worker.deliver(new_body());
  await worker.deliver(new_body());
  await until_rows((rows) => rows >= 2);
  const [table, ...others] = await ledger('tables');
  assert.deepEqual(others, []);
  const bucket = Number(table.slice('seen_'.length));
  await ledger('ring_at', (bucket + 1) * bucket_ms - 1);
  assert.deepEqual(await ledger('tables'), [table]);
  await ledger('ring_at', (bucket + 1) * bucket_ms);
  assert.deepEqual(await ledger('tables'), []);
});
