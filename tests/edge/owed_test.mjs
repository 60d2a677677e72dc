// What a ledger's object owes: from accept to done, over restarts, lost messages and failures.

import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';

import { overdue_ms, resend_ms } from '../../hosts/store/times.mjs';
import { quiet_leases_max } from '../../hosts/store/sqlite/starts.mjs';

import { compile_policy, device_policy, start_worker } from './edge.mjs';
import { operation, read_reply } from './operations.mjs';

let worker;
let policy;
let shard_prefix;

before(async () => {
  policy = compile_policy('owed_test', device_policy('http://127.0.0.1:9'));
  worker = await start_worker();
});
after(() => worker?.close());

beforeEach(async () => {
  shard_prefix = await worker.go_live(policy);
});

const key = (number) => number.toString(16).padStart(64, '0');
const ledger = (call, argument) => worker.ledger(shard_prefix, call, argument);

async function accept(numbers, fields = {}) {
  const reply = await ledger('accept_keys', {
    keys: numbers.map(key), operation: operation('accept'), bytes: 5, value: 7, ...fields,
  });
  return typeof reply === 'string' ? read_reply(reply).answer : reply;
}

const apply = async (number, verb, fields) => read_reply(
  await ledger('apply_to_key', { key: key(number), operation: operation(verb, fields) }));

const owed = (number) => ledger('owed_key', key(number));

test('what is accepted is owed to each destination, until each is done', async () => {
  assert.equal(await accept([1, 2, 3]), 'accepted');
  for (const number of [1, 2, 3]) {
    assert.deepEqual(await owed(number), { ticket: key(number), bytes: 5, value: 7 });
    assert.equal((await apply(number, 'claim')).answer, 'duplicate');
  }
  for (const number of [2, 1, 3]) {
    const { epoch } = await apply(number, 'take', { lease_ms: 5000 });
    assert.equal((await apply(number, 'commit', { epoch, status: 201 })).answer, 'done');
    assert.equal(await owed(number), null);
    const again = await apply(number, 'take', { lease_ms: 5000 });
    assert.deepEqual([again.answer, again.status], ['duplicate', 201]);
  }
  assert.equal(await accept([1, 2, 3]), 'duplicate');
});

test('nothing is accepted when the first destination is not', async () => {
  await apply(1, 'commit', { status: 200 });
  assert.equal(await accept([1, 2]), 'duplicate');
  assert.equal(await owed(2), null);
  assert.equal((await apply(2, 'take')).answer, 'ignored');
});

test('a destination that has the event already is not owed it again', async () => {
  await apply(2, 'commit', { status: 200 });
  assert.equal(await accept([1, 2]), 'accepted');
  assert.notEqual(await owed(1), null);
  assert.equal(await owed(2), null);
});

test('a failure in the middle of accepting leaves nothing behind', async () => {
  const { failure } = await accept([1, 2], { tickets: [key(1), null] });
  assert.match(failure, /owed without its delivery/);
  assert.equal((await apply(1, 'take')).answer, 'ignored');
  assert.equal(await accept([1, 2]), 'accepted');
});

test('what was accepted outlives the object, its body too', async () => {
  await accept([1], { bytes: 20 << 20 });
  await ledger('vanish');
  assert.deepEqual(await owed(1), { ticket: key(1), bytes: 20 << 20, value: 7 });
});

test('a failed attempt is owed until its time, and the next one knows of it', async () => {
  await accept([1]);
  const { epoch } = await apply(1, 'take', { lease_ms: 5000 });
  await apply(1, 'fail', { epoch, outcome: 1, delay_ms: 60_000 });
  await ledger('vanish');
  const early = await apply(1, 'take', { lease_ms: 5000 });
  assert.equal(early.answer, 'busy');
  assert.ok(early.wait_ms > 50_000 && early.wait_ms <= 60_000);
  await ledger('ring_ahead', 60_000);
  const { answer, attempts, is_marked } = await apply(1, 'take', { lease_ms: 5000 });
  assert.deepEqual([answer, attempts, is_marked], ['granted', 1, true]);
});

test('a lease on what is owed outlives a restart in quiet times', async () => {
  await accept([1]);
  await apply(1, 'take', { owner: 1, lease_ms: 60_000 });
  await ledger('vanish');
  assert.equal((await apply(1, 'take', { owner: 2, lease_ms: 60_000 })).answer, 'busy');
  assert.notEqual(await owed(1), null);
});

test('a lease that is lost in a burst falls back to what is owed, and leaves a mark', async () => {
  for (let number = 10; number <= 10 + quiet_leases_max; number += 1) {
    await apply(number, 'claim', { lease_ms: 5000 });
  }
  await accept([1]);
  const lost = await apply(1, 'take', { owner: 1, lease_ms: 60_000 });
  await ledger('vanish');
  const next = await apply(1, 'take', { owner: 2, lease_ms: 60_000 });
  assert.deepEqual([next.answer, next.is_marked], ['granted', true]);
  assert.ok(next.epoch > lost.epoch);
});

test('the object sends one fresh message for what nobody drives', async () => {
  await accept([1, 2]);
  await ledger('vanish');
  await ledger('ring_ahead', overdue_ms - 10_000);
  assert.deepEqual(await ledger('sent'), []);
  await ledger('ring_ahead', overdue_ms + 10_000);
  assert.deepEqual((await ledger('sent')).toSorted(), [key(1), key(2)]);
  await ledger('ring_ahead', 2 * overdue_ms);
  assert.equal((await ledger('sent')).length, 2);
  const { epoch } = await apply(2, 'take', { lease_ms: 5000 });
  await apply(2, 'commit', { epoch });
  await ledger('ring_ahead', resend_ms + 3 * overdue_ms);
  assert.deepEqual((await ledger('sent')).slice(2), [key(1)]);
});

test('what was given up is sent no more', async () => {
  await accept([1]);
  const { epoch } = await apply(1, 'take', { lease_ms: 5000 });
  await apply(1, 'bury', { epoch });
  await ledger('ring_ahead', 2 * resend_ms);
  assert.deepEqual(await ledger('sent'), []);
  assert.notEqual(await owed(1), null);
});

test('in a burst a queued delivery of a small body costs three rows', async () => {
  for (let number = 10; number <= 20; number += 1) {
    await accept([number]);
    const { epoch } = await apply(number, 'take', { lease_ms: 5000 });
    await apply(number, 'commit', { epoch });
  }
  const before_it = await ledger('rows_written');
  await accept([1]);
  assert.equal(await ledger('rows_written'), before_it + 1);
  const { epoch } = await apply(1, 'take', { lease_ms: 5000 });
  assert.equal(await ledger('rows_written'), before_it + 1);
  await apply(1, 'commit', { epoch });
  // Out of the outbox, and done.
  assert.equal(await ledger('rows_written'), before_it + 3);
});
