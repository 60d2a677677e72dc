// The ledger's objects in workerd, under clients that work at once and restarts at random: every
// history of a key must be one that a single sequential ledger could have had.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { make_histories } from './history.mjs';
import { check_history } from './linearizable.mjs';
import { beginning, step } from './model.mjs';
import { read_count, read_seed } from '../budget.mjs';
import { prepare, start } from './workerd.mjs';

const operations = read_count('POSTERN_HISTORY', 100_000);
const seed = read_seed('POSTERN_HISTORY_SEED');
const clients = 16;

/** An object's restart ends at most one operation of each client, and comes this often. */
const operations_per_loss = 500;

let worker;

before(async () => {
  const config = await prepare('histories', 'ledger_door.mjs');
  worker = await start(config, (line) => console.log(line));
});

after(async () => {
  await worker?.stop();
});

const show = (value) => JSON.stringify(value, (name, each) => (
  typeof each === 'bigint' ? String(each) : name === 'settled_by_start' ? undefined : each));

/** Says around which operation a history does not fit, for a person to look at. */
function explain(name, events, { event, states }) {
  const place = events.indexOf(event);
  const around = events.slice(Math.max(0, place - 12), place + 3)
    .map((each) => `${each === event ? '>>' : '  '} ${show(each)}`);
  return `${name} does not fit (seed ${seed}):\n${around.join('\n')}\nin any of:\n${
    states.slice(0, 5).map(show).join('\n')}`;
}

function check_all(histories) {
  const misfits = [];
  let orders = 0;
  for (const [name, events] of histories) {
    const checked = check_history(events, beginning, step);
    orders = Math.max(orders, checked.orders);
    if (!checked.is_linearizable) {
      misfits.push(explain(name, events, checked));
    }
  }
  return { misfits, orders };
}

/** How often each operation was answered how, to see that none is missing. */
function count_answers(histories) {
  const answers = new Map();
  for (const { call, reply } of [...histories.values()].flat()) {
    const name = `${call.verb} ${reply?.answer ?? 'lost'}`;
    answers.set(name, (answers.get(name) ?? 0) + 1);
  }
  return answers;
}

/** Every answer that the tables of docs/DUPLICATES.md have for an operation. */
const every_answer = [
  'claim granted', 'claim busy', 'claim duplicate', 'claim elsewhere', 'claim limited',
  'accept elsewhere', 'accept limited', 'commit ignored', 'commit done', 'release done',
  'release ignored', 'accept accepted', 'accept busy', 'accept duplicate', 'take granted',
  'take busy', 'take duplicate', 'take ignored', 'fail done', 'fail ignored', 'bury done',
  'bury ignored', 'reopen done', 'reopen ignored', 'drop done', 'drop ignored',
  'redrive done', 'redrive ignored',
];

test('every history is one of a sequential ledger', async () => {
  const began = performance.now();
  const { histories, lost } = await make_histories(worker.url,
    { seed, clients, count: operations, operations_per_loss });
  const made = performance.now();
  const { misfits, orders } = check_all(histories);
  const checked = performance.now();

  const lists = [...histories.values()];
  const events = lists.flat();
  const unknown = events.filter(({ reply }) => reply === null).length;
  const longest = Math.max(...lists.map(({ length }) => length));
  const answers = count_answers(histories);
  const seconds = (from, to) => ((to - from) / 1000).toFixed(1);
  console.log(`note: ${events.length} operations of ${clients} clients on ${lists.length} keys, ` +
    `${answers.get('claim granted') + answers.get('take granted')} grants, longest history ` +
    `${longest}, ${lost} restarts, ${unknown} replies lost, up to ${orders} orders; ` +
    `${seconds(began, made)} s and ${seconds(made, checked)} s to check (seed ${seed})`);

  assert.deepEqual(misfits.slice(0, 3), []);
  assert.ok(events.length >= 0.99 * operations, `${events.length} operations were done`);
  assert.ok(lost >= operations / operations_per_loss / 2, `${lost} restarts`);
  const strange = events.filter(({ failure }) => failure && !/lost on purpose/.test(failure));
  assert.deepEqual(strange.map(({ failure }) => failure).slice(0, 3), []);
  if (operations >= 20_000) {
    assert.deepEqual(every_answer.filter((name) => !answers.has(name)), []);
  }
});

test('a store with two objects for each shard is found out', async () => {
  const { histories } = await make_histories(worker.url, {
    seed, clients, count: 1500, operations_per_loss: 1e9, shard_prefix: 'double ', twins: 2,
  });
  assert.notEqual(check_all(histories).misfits.length, 0);
});

test('a store that forgets what is done with a restart is found out', async () => {
  const { histories } = await make_histories(worker.url,
    { seed, clients, count: 3000, operations_per_loss: 200, shard_prefix: 'forgetful ' });
  assert.notEqual(check_all(histories).misfits.length, 0);
});
