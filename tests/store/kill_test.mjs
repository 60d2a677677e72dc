// The gate is killed at random points with its state on disk, and started again on it: what it has
// answered 2xx is never lost, and the books of senders and origin balance.

import assert from 'node:assert/strict';
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { make_random } from '../differential/random.mjs';

import { reconcile } from './books.mjs';
import { Senders } from './senders.mjs';
import { read_count, read_seed } from '../budget.mjs';
import { open_world, pause } from './world.mjs';

const kills = read_count('POSTERN_KILLS', 25);
const seed = read_seed('POSTERN_KILLS_SEED');

const senders_count = 12;
const timeout_s = 2;
const lease_ms = 1000 * timeout_s + 5000;

/** How long a gate lives between two kills. Shorter than a start takes is never. */
const life_ms = { from: 60, to: 700 };

/** Enough to go on with while the gate is down for half a second and comes back. */
const retry_ms = { from: 20, to: 120 };

/** A sender whose event is not taken by then has found something that holds it for ever. */
const patience_ms = 60_000;

const origin_faults = { failed: 0.03, reset: 0.02, delay_ms: 25 };
const queue_faults = { lost: 0.02, doubled: 0.02 };

async function send_until_taken(world, senders, random, event) {
  const give_up_at = Date.now() + patience_ms;
  for (;;) {
    const url = world.url();
    const status = url === null ? 0 : await senders.deliver(url, event);
    if ((status >= 200 && status <= 299) || Date.now() > give_up_at) {
      return;
    }
    await pause(random.between(retry_ms.from, retry_ms.to));
  }
}

async function run_sender(world, senders, random, state) {
  while (state.is_open) {
    const event = senders.new_event();
    await send_until_taken(world, senders, random, event);
    if (random.chance(0.3)) {
      await send_until_taken(world, senders, random, random.pick(senders.events.slice(-50)));
    }
    if (random.chance(0.2) && world.url() !== null) {
      await senders.forge(world.url());
    }
  }
}

/** Runs senders over so many kills, and gives the books, reconciled, and what was seen. */
async function run_over_kills(name, kill_count, change_disk) {
  const random = make_random(`${name} ${seed}`);
  const failures = [];
  const on_line = (line) => failures.push(...line.includes('"verdict"') ? [] : [line]);
  const world =
    await open_world({ name, seed, timeout_s, origin_faults, queue_faults, on_line });
  const senders = new Senders(random, 200);
  const state = { is_open: true };
  try {
    const running = Array.from({ length: senders_count },
      () => run_sender(world, senders, random, state));
    for (let kill = 0; kill < kill_count; kill += 1) {
      await pause(random.between(life_ms.from, life_ms.to));
      await world.kill(change_disk);
    }
    await pause(life_ms.to);
    state.is_open = false;
    await Promise.all(running);
    const sweeps = await world.settle();
    const { restarts } = world;
    const book = await world.origin.read_book();
    const { events, forged } = senders;
    // Records of a gate that was killed are incomplete, so that none is taken as a cause here.
    const told = new Map();
    const reconciled = reconcile({ events, forged, book, restarts, lease_ms, told });
    return {
      ...reconciled, senders, restarts, sweeps, failures, owed: await world.owed(),
      messages: world.queue.counts,
    };
  } finally {
    state.is_open = false;
    senders.close();
    await world.close();
  }
}

const show_causes = ({ causes }) => Object.entries(causes).filter(([, count]) => count > 0)
  .map(([cause, count]) => `${count} after ${cause}`).join(', ');

test(`what was answered 2xx survives ${kills} kills`, async () => {
  const began = Date.now();
  const { faults, counts, senders, restarts, sweeps, failures, owed, messages } =
    await run_over_kills('kills', kills, () => {});
  const { events, forgeries, fooled } = senders;
  console.log(`note: ${restarts.length} kills, ${counts.events} events and ${forgeries} ` +
    `forgeries sent, ${counts.forwards} forwards, ${counts.repeats} of them again ` +
    `(${show_causes(counts)}; ${counts.marked} marked), ${messages.sent} messages, ` +
    `${messages.lost} lost, ${sweeps} sweeps; ` +
    `${((Date.now() - began) / 1000).toFixed(1)} s (seed ${seed})`);
  console.log([...senders.statuses].sort().map(([name, count]) => `${name}: ${count}`).join(', '));
  assert.deepEqual(faults.slice(0, 5), []);
  assert.deepEqual(fooled, []);
  assert.deepEqual(events.filter(({ acknowledged_at }) => acknowledged_at === null), []);
  assert.equal(owed, 0);
  assert.equal(restarts.length, kills);
  // The test is one only if kills met deliveries under way, in both modes.
  assert.ok(counts.causes.restart > 0, 'no kill left a forward to be made again');
  assert.deepEqual([...new Set(events.map(({ mode }) => mode))].sort(), ['proxy', 'queue']);
  assert.deepEqual(failures.filter((line) => line.includes('ModuleFailure')), []);
});

test('a disk that loses what was on it is found out', async () => {
  const { faults } = await run_over_kills('kills without a disk', 6, (disk) => {
    readdirSync(disk).forEach((entry) => rmSync(join(disk, entry), { recursive: true }));
  });
  assert.notEqual(faults.length, 0);
});
