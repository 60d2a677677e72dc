// Verification in workerd, warm and cold: the gate, by hand, the SDK.

import { join } from 'node:path';

import { event_of, headers_of, secret } from './deliveries.mjs';
import {
  format_ratio, format_us, interleaved, median, median_ratio, print_table, size_name,
} from './measure.mjs';
import { compile_policy, path } from './policy.mjs';
import { bundle, scratch, settled_thread_us, start_workerd, write_config } from './workerd.mjs';

const sizes = [256, 1 << 10, 4 << 10, 64 << 10, 1 << 20];

/** The first is what all others are compared with. */
const peers = [
  { name: 'byhand', entry: 'verify_by_hand.mjs', label: 'by hand: verify, JSON.parse' },
  { name: 'byhandonly', entry: 'verify_only_by_hand.mjs', label: 'by hand: verify only' },
  { name: 'byhandall', entry: 'verify_with_key_by_hand.mjs', label: 'by hand: + key, headers' },
  { name: 'gate', entry: 'verify_by_gate.mjs', label: 'gate: up to its claim' },
  { name: 'sdk', entry: 'verify_by_sdk.mjs', label: 'stripe constructEventAsync' },
];

export async function bundle_peers() {
  const policy = compile_policy('verify', 'http://127.0.0.1:9/');
  return Promise.all(peers.map(async ({ name, entry }) => ({
    name, ...await bundle(entry, policy), settings: { STRIPE_WEBHOOK_SECRET: secret },
  })));
}

/** Has `delivery` verified `count` times and gives the CPU time of all of the request. */
async function post_us({ pid, port }, count, delivery) {
  const started = await settled_thread_us(pid);
  const response = await fetch(`http://127.0.0.1:${port}${path}?n=${count}`, delivery);
  await response.arrayBuffer();
  if (response.status !== 204) {
    throw new Error(`a peer answered ${response.status}`);
  }
  return await settled_thread_us(pid) - started;
}

function delivery_of(size) {
  const body = event_of(size, 'bench');
  return { method: 'POST', headers: headers_of(body), body };
}

/** In how many parts a peer is warmed up. */
const warm_up_parts = 4;

/** So many that they take some `budget_ms`, measured on the peer itself. */
async function count_for(peer, delivery, budget_ms) {
  const trial = 8;
  const us = (await post_us(peer, trial, delivery) - await post_us(peer, 0, delivery)) / trial;
  return Math.max(4, Math.min(20_000, Math.round((1000 * budget_ms) / Math.max(us, 1))));
}

/** Counts anew on the way: a count of slow code would end before the engine is done with it. */
async function warm_up(peer, delivery, budget_ms) {
  for (let part = 0; part < warm_up_parts; part += 1) {
    await post_us(peer, await count_for(peer, delivery, budget_ms / warm_up_parts), delivery);
  }
}

/** Microseconds per verification in warm isolates: `{ size: { peer: samples } }`. */
async function measure_warm({ rounds, budget_ms, warm_up_ms }) {
  const run = await start_workerd(write_config(join(scratch, 'warm'), await bundle_peers()));
  const results = new Map();
  for (const size of sizes) {
    const delivery = delivery_of(size);
    const counts = new Map();
    for (const { name } of peers) {
      const peer = { pid: run.pid, port: run.ports[name] };
      await warm_up(peer, delivery, warm_up_ms);
      counts.set(name, await count_for(peer, delivery, budget_ms));
    }
    const samples = await interleaved(rounds, peers, async ({ name }) => {
      const peer = { pid: run.pid, port: run.ports[name] };
      const none = Math.min(
        await post_us(peer, 0, delivery), await post_us(peer, 0, delivery));
      const all = await post_us(peer, counts.get(name), delivery);
      return Math.max(0.01, (all - none) / counts.get(name));
    });
    results.set(size, samples);
  }
  await run.stop();
  return results;
}

/** Calls of which each is timed by itself in a fresh process. */
const cold_calls = 5;

/**
 * The k-th verification after an isolate's start, in microseconds: `{ size: samples of peer, k }`.
 * Requests that verify nothing come first, so that HTTP itself is warm.
 */
async function measure_cold({ processes }) {
  const bundles = await bundle_peers();
  const results = new Map(sizes.map((size) => [size, peers.map(() => [])]));
  for (const size of sizes) {
    await interleaved(processes, peers, async ({ name }) => {
      const index = peers.findIndex((peer) => peer.name === name);
      const config = write_config(join(scratch, 'cold'), [bundles[index]]);
      const run = await start_workerd(config);
      const subject = { pid: run.pid, port: run.ports[name] };
      results.get(size)[index].push(await cold_run(subject, delivery_of(size)));
      await run.stop();
    });
  }
  return results;
}

async function cold_run(peer, delivery) {
  for (let i = 0; i < 10; i += 1) {
    await post_us(peer, 0, delivery);
  }
  const calls = [];
  for (let call = 0; call < cold_calls; call += 1) {
    const before = await post_us(peer, 0, delivery);
    const us = await post_us(peer, 1, delivery);
    const after = await post_us(peer, 0, delivery);
    calls.push(us - Math.min(before, after));
  }
  return calls;
}

export async function run_verify(options) {
  const warm = await measure_warm(options);
  print_warm(warm, options);
  const cold = await measure_cold(options);
  print_cold(cold, options);
  return { warm: to_plain(warm), cold: to_plain(cold) };
}

const to_plain = (results) => Object.fromEntries([...results].map(([size, samples]) =>
  [size, Object.fromEntries(peers.map(({ name }, index) => [name, samples[index]]))]));

function print_warm(results, { rounds }) {
  const ratio = (samples, index) =>
    (index === 0 ? '' : ` (${format_ratio(median_ratio(samples[index], samples[0]))})`);
  const cell = (samples, index) => format_us(median(samples[index])) + ratio(samples, index);
  print_table(
    `Verification in workerd, warm isolate, per delivery (ratio to by hand), ${rounds} rounds`,
    [['', ...sizes.map(size_name)],
      ...peers.map(({ label }, index) =>
        [label, ...sizes.map((size) => cell(results.get(size), index))])]);
}

function print_cold(results, { processes }) {
  const call = (size, index, number) =>
    median(results.get(size)[index].map((calls) => calls[number]));
  const cell = (size, index) => {
    const texts = [0, 1, 2].map((number) => format_us(Math.max(0, call(size, index, number))));
    const ratio = index === 0 ? ''
      : ` (${format_ratio(call(size, index, 0) / call(size, 0, 0))})`;
    return texts.join(' / ') + ratio;
  };
  print_table(
    'Verification in a fresh workerd: 1st / 2nd / 3rd delivery (ratio of the first to by hand), ' +
      `${processes} processes`,
    [['', ...peers.map(({ label }) => label)],
      ...sizes.map((size) => [size_name(size), ...peers.map((_, index) => cell(size, index))])]);
}
