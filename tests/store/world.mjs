// A gate in workerd with its ledger on disk, its queue, and an origin: each one a process of its
// own, but for the queue, which is with the test.

import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { root, start_process, stop_process } from '../bench/workerd.mjs';
import { make_random } from '../differential/random.mjs';

import { now_us } from './clock.mjs';
import { Queue } from './queue.mjs';
import { policy_text, secret, sources } from './senders.mjs';
import { prepare, scratch, start } from './workerd.mjs';

/** Beyond every time that a sweep of what is owed waits for: see `resend_ms` of the host. */
const sweep_ms = 16 * 60 * 1000;

/** Every sweep gets what the one before lost again: so many in a row lose nothing any more. */
const sweeps_max = 30;

const shards = sources.map(({ name }) => `${name}/0`);

export const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

async function start_origin(seed, faults) {
  const child = start_process(
    [process.execPath, join(import.meta.dirname, 'origin.mjs'), JSON.stringify({ seed, faults })],
    { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const next = () => new Promise((resolve) => {
    child.once('message', resolve);
  });
  const { port } = await next();
  return {
    url: `http://127.0.0.1:${port}`,
    async read_book() {
      const read = next();
      child.send('book');
      return (await read).book;
    },
    stop: () => stop_process(child),
  };
}

function compile_policy(name, text) {
  mkdirSync(scratch, { recursive: true });
  const source = join(scratch, `${name}.toml`);
  const compiled = join(scratch, `${name}.bin`);
  writeFileSync(source, text);
  execFileSync(join(root, 'build/postern'), ['compile', '--development', source, '-o', compiled],
    { stdio: 'pipe' });
  return compiled;
}

/**
 * Starts everything. `origin_faults` as origin.mjs has them, `queue_faults` as queue.mjs; `on_line`
 * sees the gate's log.
 */
export async function open_world({ name, seed, timeout_s, origin_faults, queue_faults, on_line }) {
  const origin = await start_origin(seed, origin_faults);
  const deliveries =
    await new Queue('deliveries', make_random(`queue ${seed}`), queue_faults).open();
  const dead_letters =
    await new Queue('dead-letters', make_random('none'), { lost: 0, doubled: 0 }).open();
  const config = await prepare(name, 'gate.mjs', {
    settings: { SECRET: secret },
    queues: { DELIVERIES: deliveries.address, DEAD_LETTERS: dead_letters.address },
    policy: compile_policy(name, policy_text(origin.url, { timeout_s })),
  });
  let gate = await start(config, on_line);
  let ahead_ms = 0;
  const restarts = [];

  const call = async (door, value) => {
    const response = await fetch(`${gate.url}/-store/${door}`,
      { method: 'POST', body: JSON.stringify(value) });
    return response.json();
  };
  const drive = () => deliveries.drive((batch) => call('queue', batch));
  drive();

  const world = {
    origin, restarts, dead_letters,
    queue: deliveries,
    /** The gate's address, null while it is down. */
    url: () => gate?.url ?? null,
    /** Kills the gate as a fault of the machine does, and starts it on what it left on `disk`. */
    async kill(change_disk = () => {}) {
      const killed_at = now_us();
      const killed = gate;
      gate = null;
      await killed.kill();
      change_disk(join(scratch, name, 'disk'));
      gate = await start(config, on_line);
      restarts.push({ killed_at, up_at: now_us() });
    },
    set_outage: (is_out) => call('outage', { is_out }),
    count: () => call('count', { shards }),
    async owed() {
      return (await world.count()).reduce((sum, { owed }) => sum + owed, 0);
    },
    /** Waits until the queue has nothing left, then lets the outboxes send what they still owe. */
    async settle() {
      let sweeps = 0;
      for (; sweeps < sweeps_max; sweeps += 1) {
        while (!deliveries.is_idle) {
          await pause(50);
        }
        if (await world.owed() === 0) {
          break;
        }
        await world.sweep(sweep_ms);
      }
      return sweeps;
    },
    /** Puts the gate's clock on by `passed_ms` and rings its alarms. */
    sweep(passed_ms) {
      ahead_ms += passed_ms;
      return call('sweep', { ahead_ms, shards });
    },
    async close() {
      deliveries.close();
      dead_letters.close();
      await Promise.all([gate?.stop(), origin.stop()]);
    },
  };
  return world;
}
