// The storm of storm.mjs: the books of senders, gate and origin balance.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { name_of_forward } from './books.mjs';
import { read_count, read_seed } from '../budget.mjs';
import { describe_storm, name_of_record, run_storm } from './storm.mjs';

const deliveries = read_count('POSTERN_STORM', 12_000);
const seed = read_seed('POSTERN_STORM_SEED');

/** How often each name is among `names`. */
function tally(names) {
  const counts = new Map();
  names.forEach((name) => counts.set(name, (counts.get(name) ?? 0) + 1));
  return Object.fromEntries([...counts].sort());
}

test(`the books of ${deliveries} deliveries balance`, async () => {
  const result = await run_storm(deliveries, seed);
  describe_storm(result, seed).forEach((line) => console.log(`note: ${line}`));
  const { senders, records, book, faults, counts, owed, others } = result;

  assert.deepEqual(faults.slice(0, 5), []);
  assert.deepEqual(senders.fooled, []);
  assert.deepEqual(
    senders.events.filter(({ acknowledged_at }) => acknowledged_at === null), []);
  assert.equal(owed, 0);

  // Every answer has its record: those of the queue's runs have an attempt and no sender.
  const told = [...senders.statuses].flatMap(([name, count]) =>
    Array(count).fill(Number(name.split(' ').at(-1))));
  const recorded = records.filter(({ attempt }) => attempt === undefined)
    .map(({ status }) => status);
  assert.deepEqual(tally(recorded), tally(told));

  // Every forward has its record too, and no record tells of one that the origin did not see.
  const forwards = records.filter(({ epoch }) => epoch !== undefined);
  assert.deepEqual(tally(forwards.map(name_of_record)), tally(book.map(name_of_forward)));
  assert.deepEqual(others.filter((line) => line.includes('ModuleFailure')), []);

  // It was a storm.
  assert.ok(counts.causes.failed > 0 && counts.causes.reset > 0);
  assert.ok(records.some(({ ledger_was_down }) => ledger_was_down));
  assert.ok(records.some(({ verdict }) => verdict === 'duplicate'));
});
