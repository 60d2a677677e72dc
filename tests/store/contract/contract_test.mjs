// Every store under one list of cases, and under clients at work, whose histories have to be those
// of one sequential ledger.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { Module } from '../../../hosts/fetch/module.mjs';
import { bytes_of_hex, hex_of } from '../../../hosts/fetch/wire.mjs';
import { Ledger } from '../../../hosts/store/ledger.mjs';
import { MemoryStore } from '../../../hosts/store/memory.mjs';
import { root } from '../../bench/workerd.mjs';
import { read_count, read_seed } from '../../budget.mjs';
import { make_random } from '../../differential/random.mjs';
import { choose_call, operation_of, told_of } from '../history.mjs';
import { check_history } from '../linearizable.mjs';
import { beginning, step } from '../model.mjs';

import { adapters_here, start_object } from './adapters.mjs';
import { cases } from './cases.mjs';
import { Machine, RemoteStore } from './remote_store.mjs';

const object = await start_object();
after(() => object.stop());

assert.ok(cases.length >= 20, `${cases.length} cases`);
for (const adapter of [...adapters_here, object]) {
  for (const [number, { name, needs = [], run }] of cases.entries()) {
    if (!needs.every((need) => adapter.has.includes(need))) {
      continue;
    }
    test(`${adapter.name}: ${name}`, async () => {
      const at = await adapter.open(number);
      try {
        await run(at);
      } finally {
        await at.close();
      }
    });
  }
}

const operations = read_count('POSTERN_CONTRACT', 4000);
const seed = read_seed('POSTERN_CONTRACT_SEED');
const clients = 12;
const keys_in_use = 4;
const operations_per_key = 250;

/**
 * Clients that share one store elsewhere, each a host of its own with a ledger of its own. Gives
 * the histories by key.
 */
async function make_histories(random, { count, reply_lost, compares }) {
  const compiled = new WebAssembly.Module(readFileSync(join(root, 'build/postern.wasm')));
  const store = new MemoryStore({ now: () => Date.now(), set_alarm: () => {} });
  const machine = new Machine(store, { compares });
  const state = { moment: 0, left: count, made: 0, keys: [], histories: new Map() };
  while (state.keys.length < keys_in_use) {
    state.keys.push(new_key(state));
  }
  await Promise.all(Array.from({ length: clients }, async () => {
    const way = async () => {
      for (let turns = random.between(0, 4); turns > 0; turns -= 1) {
        await new Promise((resolve) => setImmediate(resolve));
      }
      if (random.chance(reply_lost)) {
        throw new Error('a call is lost on purpose');
      }
    };
    const elsewhere = new RemoteStore(machine, way);
    const ledger = new Ledger({
      module: new Module(compiled, null), store: elsewhere, send: async () => {}, log: () => {},
    });
    while (state.left > 0) {
      state.left -= 1;
      await operate({ random, state, ledger, elsewhere, started: store.started_ms });
    }
  }));
  return state.histories;
}

function new_key(state) {
  state.made += 1;
  const key = {
    name: state.made.toString(16).padStart(64, '0'), left: operations_per_key, epochs: [0n],
    events: [],
  };
  state.histories.set(key.name, key.events);
  return key;
}

async function operate({ random, state, ledger, elsewhere, started }) {
  const place = random.between(0, keys_in_use - 1);
  const key = state.keys[place];
  key.left -= 1;
  if (key.left === 0) {
    state.keys[place] = new_key(state);
  }
  const call = choose_call(random, key);
  const bytes = bytes_of_hex(key.name);
  const operation = bytes_of_hex(operation_of(call));
  const began = state.moment += 1;
  elsewhere.last = null;
  const reply = await (call.verb === 'accept'
    ? ledger.accept([{ key: bytes, ticket: bytes, operation, copy: null }],
      { shard: 's/0', method: 'POST', body: bytes })
    : ledger.apply(bytes, operation, 0, null)).catch(() => null);
  const ended = state.moment += 1;
  if (reply === null && elsewhere.last === null) {
    return;  // It never came to the store.
  }
  const { at, wrote } = elsewhere.last;
  const told = reply && told_of(hex_of(reply));
  key.events.push({
    began, ended, call, reply: told, seen: { at, start: 0, started, settled: 0, wrote },
    settled_by_start: [0],
  });
  if (told?.answer === 'granted') {
    key.epochs = [...key.epochs.slice(-3), told.epoch];
  }
}

const misfits = (histories) => [...histories].filter(([, events]) =>
  !check_history(events, beginning, step).is_linearizable).map(([name]) => name);

test('hosts that share a store elsewhere, and lose replies, have histories of one ledger',
  async () => {
    const histories = await make_histories(make_random(`contract ${seed}`),
      { count: operations, reply_lost: 0.03, compares: true });
    const events = [...histories.values()].flat();
    const lost = events.filter(({ reply }) => reply === null).length;
    console.log(`note: ${events.length} operations of ${clients} hosts on ` +
      `${histories.size} keys, ${lost} replies lost (seed ${seed})`);
    assert.deepEqual(misfits(histories), []);
    assert.ok(events.length >= 0.8 * operations && lost >= operations / 100, `${lost}`);
  });

test('a store that does not compare is found out', async () => {
  const histories = await make_histories(make_random(`contract ${seed}`),
    { count: 2000, reply_lost: 0, compares: false });
  assert.notEqual(misfits(histories).length, 0);
});
