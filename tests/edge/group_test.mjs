// Outcomes that are written together: nobody hears of one before the disk has it.

import assert from 'node:assert/strict';
import { after, before, beforeEach, mock, test } from 'node:test';

import { Group, group_ms, group_rows_max } from '../../hosts/store/group.mjs';
import { quiet_leases_max } from '../../hosts/store/sqlite/starts.mjs';

import { compile_policy, device_policy, start_worker } from './edge.mjs';
import { operation, read_reply } from './operations.mjs';

let worker;
let policy;
let shard_prefix;

before(async () => {
  policy = compile_policy('group_test', device_policy('http://127.0.0.1:9'));
  worker = await start_worker();
});
after(() => worker?.close());

beforeEach(async () => {
  shard_prefix = await worker.go_live(policy);
});

test('a group is written after its time, once, and is told of then', async () => {
  mock.timers.enable({ apis: ['setTimeout'] });
  try {
    const written = [];
    const group = new Group((entries) => written.push(entries));
    group.add('a', { row: 1 });
    const told = group.written.then(() => written.length);
    mock.timers.tick(group_ms - 1);
    group.add('b', { row: 2 });
    group.add('a', { row: 3 });
    assert.deepEqual([group.find('a'), group.find('c')], [{ row: 3 }, undefined]);
    assert.deepEqual(written, []);
    mock.timers.tick(1);
    assert.deepEqual(written, [[{ row: 3 }, { row: 2 }]]);
    assert.equal(await told, 1);
    assert.equal(group.find('a'), undefined);
    group.write();
    mock.timers.tick(10 * group_ms);
    assert.equal(written.length, 1);
  } finally {
    mock.timers.reset();
  }
});

test('a full group does not wait, and the next one has its own time', async () => {
  mock.timers.enable({ apis: ['setTimeout'] });
  try {
    const sizes = [];
    const group = new Group((entries) => sizes.push(entries.length));
    for (let row = 0; row < group_rows_max; row += 1) {
      group.add(`full ${row}`, { row });
    }
    assert.deepEqual(sizes, [group_rows_max]);
    mock.timers.tick(group_ms - 1);
    group.add('next', { row: 0 });
    mock.timers.tick(group_ms - 1);
    assert.deepEqual(sizes, [group_rows_max]);
    mock.timers.tick(1);
    assert.deepEqual(sizes, [group_rows_max, 1]);
  } finally {
    mock.timers.reset();
  }
});

test('a group that cannot be written is told of as that, and leaves nothing', async () => {
  let is_full = true;
  const written = [];
  const group = new Group((entries) => {
    if (is_full) {
      throw new Error('full');
    }
    written.push(...entries);
  });
  group.add('a', { row: 1 });
  const told = assert.rejects(group.written, /full/);
  group.write();
  await told;
  assert.equal(group.find('a'), undefined);
  is_full = false;
  group.add('b', { row: 2 });
  const { written: end } = group;
  group.write();
  await end;
  assert.deepEqual(written, [{ row: 2 }]);
});

const key = (number) => number.toString(16).padStart(64, '0');
const ledger = (call, argument) => worker.ledger(shard_prefix, call, argument);

/** The reply, or the failure of the call. */
async function apply(number, verb, fields) {
  const reply = await ledger('apply_to_key',
    { key: key(number), operation: operation(verb, fields) });
  return typeof reply === 'string' ? read_reply(reply) : reply;
}

/** Leases are in the object's memory from then on. */
async function begin_burst() {
  for (let number = 0; number <= quiet_leases_max; number += 1) {
    await apply(1000 + number, 'claim', { lease_ms: 60_000 });
  }
}

const claim = { lease_ms: 60_000, owner: 1 };

test('an outcome that the disk did not take is told to nobody', async () => {
  await begin_burst();
  await apply(1, 'commit', { status: 200 });
  const { epoch } = await apply(2, 'claim', claim);
  await ledger('fill', { is_full: true });
  const told = await Promise.all([
    apply(2, 'commit', { owner: 1, epoch, status: 200 }),
    apply(2, 'claim', { ...claim, owner: 2 }),
    apply(1, 'claim', claim),
  ]);
  assert.match(told[0].failure, /full on purpose/);
  // The second of them came before the group was written, or after it had failed.
  assert.ok(told[1].failure !== undefined || told[1].answer === 'busy', told[1].answer);
  assert.equal(told[2].answer, 'duplicate');
  assert.equal((await apply(2, 'claim', { ...claim, owner: 2 })).answer, 'busy');
  await ledger('fill', { is_full: false });
  assert.equal((await apply(2, 'commit', { owner: 1, epoch, status: 200 })).answer, 'done');
  assert.equal((await apply(2, 'claim', claim)).answer, 'duplicate');
});

test('what was told is known to the next object', async () => {
  await begin_burst();
  const numbers = Array.from({ length: 3 * group_rows_max }, (_, at) => at + 1);
  const told = await Promise.all(numbers.map((number) => apply(number, 'commit', { status: 202 })));
  assert.deepEqual(new Set(told.map(({ answer }) => answer)), new Set(['done']));
  await ledger('vanish');
  for (const number of numbers) {
    const { answer, status } = await apply(number, 'claim', claim);
    assert.deepEqual([answer, status], ['duplicate', 202]);
  }
});

test('a lease behind an outcome that waits to be written does not undo it', async () => {
  await begin_burst();
  const keys = Array.from({ length: 20 }, (_, at) => at + 1);
  await ledger('accept_keys',
    { keys: keys.map(key), operation: operation('accept'), bytes: 5, value: 7 });
  await Promise.all(keys.map(async (number) => {
    const { epoch } = await apply(number, 'take', claim);
    // Over as soon as it is done: the event is a new one then.
    const done = apply(number, 'commit', { owner: 1, epoch, status: 200, retain_ms: 1 });
    const again = apply(number, 'claim', claim);
    assert.equal((await done).answer, 'done');
    await again;
    assert.equal(await ledger('owed_key', key(number)), null);
  }));
});
