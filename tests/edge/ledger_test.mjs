// The ledger's objects: what they write, what survives them, what they forget.

import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';

import { bucket_ms } from '../../hosts/store/sqlite/durable_rows.mjs';
import { quiet_leases_max, quiet_ms } from '../../hosts/store/sqlite/starts.mjs';

import { compile_policy, device_policy, until } from './edge.mjs';
import { start_live } from './live.mjs';

const { worker, origin } = await start_live();
const policy = compile_policy('ledger_test', device_policy(origin.url));
let shard_prefix;
let event = 0;

beforeEach(async () => {
  shard_prefix = await worker.go_live(policy);
  settled_before = settled();
});

const new_body = () => `{"id":"ledger-${event += 1}"}`;

const ledger = (call, argument) => worker.ledger(shard_prefix, call, argument);
const rows_written = () => ledger('rows_written');

/** How many deliveries were forwarded and settled, as the log says. */
const settled = () => worker.logs()
  .filter(({ message }) => message.includes('"verdict":"forwarded"')).length;
let settled_before;
const until_done = (count) => until(() => settled() - settled_before >= count);

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

/** Delivers events of their own until leases are in the object's memory. */
async function begin_burst() {
  for (let sent = 0; sent <= quiet_leases_max; sent += 1) {
    assert.equal((await worker.deliver(new_body())).status, 200);
  }
}

/** What the origin saw of a delivery: `{ epoch, is_marked }`. */
const seen = ({ headers }) => ({
  epoch: BigInt(headers['postern-attempt']),
  is_marked: headers['postern-maybe-duplicate'] === 'true',
});

test('in a burst a delivery costs one row, its duplicates and forgeries none', async () => {
  await begin_burst();
  await until_done(quiet_leases_max + 1);
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
  assert.equal(origin.requests.length, quiet_leases_max + 21);
});

test('in quiet times a delivery costs one row for its lease and one for its outcome', async () => {
  await worker.deliver(new_body());
  await until_done(1);
  // The first row of a day also makes the day's table and sets the alarm.
  const before_more = await rows_written();
  await worker.deliver(new_body());
  await until_done(2);
  assert.equal(await rows_written(), before_more + 2);
});

test('a quiet delivery costs as much after a restart, and no table of its own', async () => {
  await worker.deliver(new_body());
  await until_done(1);
  const tables = await ledger('tables');
  await ledger('vanish');
  await worker.deliver(new_body());
  await until_done(2);
  assert.equal(await rows_written(), 2);
  assert.deepEqual(await ledger('tables'), tables);
});

test('the event after a restart of an idle object is not marked, and its epoch stays', async () => {
  await worker.deliver(new_body());
  await until_done(1);
  await ledger('vanish');
  await worker.deliver(new_body());
  const [first, second] = origin.requests.map(seen);
  assert.deepEqual([first.is_marked, second.is_marked], [false, false]);
  assert.equal(second.epoch, first.epoch);
});

test('a lease of an idle object outlives a restart', async () => {
  origin.answer = () => {};
  const body = new_body();
  const held = worker.deliver(body);
  await until(() => origin.requests.length === 1);
  await ledger('vanish');
  assert.equal((await worker.deliver(body)).status, 503);
  assert.equal(origin.requests.length, 1);
  await held;
});

test('a lease that was over stays over, although the clock goes back', async () => {
  origin.answer = () => {};
  const body = new_body();
  const held = worker.deliver(body);
  await until(() => origin.requests.length === 1);
  origin.answer = (_request, response) => response.end('done');
  try {
    await worker.set_clock(3_600_000);
    assert.equal((await worker.deliver(new_body())).status, 200);
    await worker.set_clock(0);
    assert.equal((await worker.deliver(body)).status, 200);
    assert.ok(seen(origin.requests.at(-1)).is_marked);
  } finally {
    await worker.set_clock(0);
  }
  await held;
});

test('what was done is known after the object was lost', async () => {
  await begin_burst();
  const body = new_body();
  assert.equal((await worker.deliver(body)).status, 200);
  await until_done(quiet_leases_max + 2);
  await ledger('vanish');
  assert.equal((await worker.deliver(body)).status, 200);
  assert.equal(origin.requests.length, quiet_leases_max + 2);
});

test('a lease that was lost in a burst marks the next forward', async () => {
  await begin_burst();
  origin.answer = () => {};
  const body = new_body();
  const lost = worker.deliver(body);
  await until(() => origin.requests.length === quiet_leases_max + 2);
  await ledger('vanish');
  origin.answer = (_request, response) => response.end('done');
  assert.equal((await worker.deliver(body)).status, 200);
  const [first, second] = origin.requests.slice(-2).map(seen);
  assert.deepEqual([first.is_marked, second.is_marked], [false, true]);
  assert.ok(second.epoch > first.epoch);
  await lost;
});

test('epochs rise over restarts in a burst, although the clock goes back', async () => {
  const hour_ms = 3_600_000;
  let last = 0n;
  try {
    for (const ahead_ms of [0, -hour_ms, -2 * hour_ms, 0]) {
      await worker.set_clock(ahead_ms);
      await begin_burst();
      const epochs = origin.requests.splice(0).map((request) => seen(request).epoch);
      assert.equal(epochs.length, quiet_leases_max + 1);
      assert.deepEqual(epochs.filter((epoch) => epoch <= last), []);
      last = epochs.reduce((one, other) => (one > other ? one : other));
      await ledger('vanish');
    }
  } finally {
    await worker.set_clock(0);
  }
});

test('once a burst is over its leases are on disk, and nothing is marked any more', async () => {
  shard_prefix = await worker.go_live(compile_policy('ledger_test_slow',
    device_policy(origin.url, { timeout: '60s' })));
  const done = new_body();
  await worker.deliver(done);
  await begin_burst();
  let answer_held;
  origin.answer = (_request, response) => {
    answer_held = () => response.end('done');
  };
  const body = new_body();
  const held = worker.deliver(body);
  await until(() => answer_held !== undefined);
  try {
    await worker.set_clock(quiet_ms);
    assert.equal((await worker.deliver(done)).status, 200);
    await ledger('vanish');
    assert.equal((await worker.deliver(body)).status, 503);
    origin.answer = (_request, response) => response.end('done');
    assert.equal((await worker.deliver(new_body())).status, 200);
    assert.equal(seen(origin.requests.at(-1)).is_marked, false);
  } finally {
    await worker.set_clock(0);
    answer_held();
    await held;
  }
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
