// What the ledger writes, as it is billed: rows per accepted delivery in a burst through the whole
// gate, and none for what expires.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { make_random } from '../differential/random.mjs';

import { Senders, sources } from './senders.mjs';
import { open_world } from './world.mjs';

const deliveries = 1200;
const connections = 16;
const [by_proxy, by_queue] = sources;

/** Beyond the retention of a scheme that signs no time, thirty days, and the day of its table. */
const forgotten_ms = 32 * 24 * 60 * 60 * 1000;

let world;
let senders;

before(async () => {
  world = await open_world({
    name: 'rows', seed: '1', timeout_s: 8, origin_faults: { delay_ms: 2 },
    queue_faults: { lost: 0, doubled: 0 }, on_line: () => {},
  });
  senders = new Senders(make_random('rows'), 200);
});

after(async () => {
  senders?.close();
  await world?.close();
});

/** Of the object of `source`: `{ owed, rows_written, tables }`. */
const count = async (source) => (await world.count())[sources.indexOf(source)];

/** Delivers new events, each one twice and then forged, and gives the rows written per event. */
async function rows_per_event(source, number) {
  const before_it = (await count(source)).rows_written;
  let left = number;
  const deliver_all = async () => {
    while (left > 0) {
      left -= 1;
      const event = senders.new_event(source);
      assert.equal(await senders.deliver(world.url(), event), 200);
      assert.equal(await senders.deliver(world.url(), event), 200);
      await senders.forge(world.url());
    }
  };
  await Promise.all(Array.from({ length: connections }, deliver_all));
  await world.settle();
  return ((await count(source)).rows_written - before_it) / number;
}

test('in a burst a new delivery costs one row, its duplicate and a forgery none', async () => {
  const rows = await rows_per_event(by_proxy, deliveries);
  console.log(`note: ${rows.toFixed(4)} rows written per accepted delivery, over ${deliveries}`);
  // The row of the burst itself, and those of the leases before it was one, are all that is more.
  assert.ok(rows >= 1 && rows <= 1.01, `${rows}`);
});

test('in queue mode it costs three: accepted, out of the outbox, done', async () => {
  const rows = await rows_per_event(by_queue, deliveries);
  console.log(`note: ${rows.toFixed(4)} rows written per queued delivery, over ${deliveries}`);
  assert.ok(rows >= 3 && rows <= 3.02, `${rows}`);
});

test('what expires is forgotten without a row written', async () => {
  const standing = await world.count();
  assert.deepEqual(standing.map(({ tables }) => tables.length), [1, 1]);
  await world.sweep(forgotten_ms);
  const forgotten = await world.count();
  assert.deepEqual(forgotten.map(({ tables }) => tables), [[], []]);
  assert.deepEqual(forgotten.map(({ rows_written }) => rows_written),
    standing.map(({ rows_written }) => rows_written));
});
