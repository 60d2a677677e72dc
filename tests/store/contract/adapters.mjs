// The stores that the contract is held against. An adapter is `{ name, has, open(case) }`, where
// `has` says what can be asked of it: `rows`, when there is a store below its ledger; `waiting`,
// `runs` and `queue`, when the ledger does these itself; `disk`, when something outlives a restart;
// and `failure`, when a write can be made to fail. A store that is open has `call(name, argument)`,
// see door.mjs, and `set_clock`, `restart`, `fail_next`, `alarm_ms` and `close`.

import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';

import { Module } from '../../../hosts/fetch/module.mjs';
import { MemoryStore } from '../../../hosts/store/memory.mjs';
import { SqliteStore } from '../../../hosts/store/sqlite/store.mjs';
import { root } from '../../bench/workerd.mjs';
import { prepare, start } from '../workerd.mjs';

import { Door } from './door.mjs';
import { NodeStorage } from './node_storage.mjs';
import { Machine, RemoteStore } from './remote_store.mjs';
import { day_ms, start_ms } from './times.mjs';

const compiled = new WebAssembly.Module(readFileSync(join(root, 'build/postern.wasm')));

/** What every ledger above a store of hosts/store has. */
const ours = ['rows', 'waiting', 'runs', 'queue'];

/**
 * A store in this process; `make_store({ now, set_alarm })` gives one on what the last one left.
 */
function open_here(make_store, { fail_next, close = () => {} }) {
  // Older than any lease: what a store knows nothing of may be a lease of its last life.
  const clock = { now_ms: start_ms - day_ms, alarm_ms: null };
  const now = () => clock.now_ms;
  const set_alarm = (at_ms) => {
    clock.alarm_ms = at_ms;
  };
  const open = () =>
    new Door({ store: make_store({ now, set_alarm }), module: new Module(compiled, null) });
  let door = open();
  clock.now_ms = start_ms;
  return {
    call: (name, argument) => door[name](argument),
    set_clock: async (now_ms) => {
      clock.now_ms = now_ms;
    },
    alarm_ms: async () => clock.alarm_ms,
    restart: async () => {
      door = open();
    },
    fail_next: async () => fail_next(),
    close: async () => close(),
  };
}

const memory = {
  name: 'memory',
  has: ours,
  open: async () => open_here((parts) => new MemoryStore(parts), {}),
};

const remote = {
  name: 'a store elsewhere',
  has: ours,
  open: async () => open_here((parts) =>
    new RemoteStore(new Machine(new MemoryStore(parts)), () => Promise.resolve()), {}),
};

const sqlite = {
  name: 'SQLite in Node',
  has: [...ours, 'disk', 'failure'],
  async open(number) {
    const folder = join(root, 'build/store/contract');
    mkdirSync(folder, { recursive: true });
    const file = join(folder, `${number}.sqlite`);
    rmSync(file, { force: true });
    let hear = () => {};
    const storage = new NodeStorage(file, (at_ms) => hear(at_ms));
    return open_here(({ now, set_alarm }) => {
      hear = set_alarm;
      return new SqliteStore(storage, { now, first_started_ms: 1 });
    }, { fail_next: () => storage.fail_next(), close: () => storage.close() });
  },
};

/** The real object in workerd: see workers/contract_object.mjs. */
export async function start_object() {
  const worker = await start(await prepare('contract', 'contract_object.mjs'),
    (line) => console.log(line));
  const post = async (message) => {
    const response = await fetch(worker.url, { method: 'POST', body: JSON.stringify(message) });
    const { result, failure } = await response.json();
    if (failure !== undefined) {
      throw new Error(failure);
    }
    return result;
  };
  return {
    name: 'the object in workerd',
    has: [...ours, 'disk', 'failure'],
    stop: () => worker.stop(),
    async open(number) {
      const ask = (name, argument = {}) => post({ shard: `case ${number}`, name, argument });
      await ask('set_clock', start_ms);
      return {
        call: ask,
        set_clock: (now_ms) => ask('set_clock', now_ms),
        alarm_ms: () => ask('alarm_ms'),
        restart: () => ask('vanish').catch(() => {}),
        fail_next: () => ask('fail_next'),
        close: async () => {},
      };
    },
  };
}

/** A ledger of C++ in a process of its own: see ledger_probe.cpp. Its calls come one by one. */
const in_probe = (name, which, has) => ({
  name, has,
  async open() {
    const probe = spawn(join(root, 'build/native/tests/ledger_probe'), [which],
      { stdio: ['pipe', 'pipe', 'inherit'] });
    const waiting = [];
    createInterface(probe.stdout).on('line', (line) => waiting.shift()(JSON.parse(line)));
    const call = async (name_of_call, argument = {}) => {
      const { promise, resolve } = Promise.withResolvers();
      waiting.push(resolve);
      probe.stdin.write(`${JSON.stringify({ name: name_of_call, argument })}\n`);
      const { result, failure } = await promise;
      if (failure !== undefined) {
        throw new Error(failure);
      }
      return result;
    };
    const ended = new Promise((resolve) => probe.on('close', resolve));
    await call('set_clock', start_ms);
    return {
      call,
      set_clock: (now_ms) => call('set_clock', now_ms),
      restart: () => call('restart'),
      async close() {
        probe.stdin.end();
        await ended;
      },
    };
  },
});

export const adapters_here = [
  memory, remote, sqlite,
  in_probe('the ledger of the harness', 'harness', []),
  in_probe('the store of the simulator', 'simulator', ['disk']),
];
