// The first deliveries of a fresh workerd, the whole way: what a start leaves to be done.

import { join } from 'node:path';

import { event_of, headers_of, push_like_bytes, secret } from './deliveries.mjs';
import { raw_request, send_all } from './load.mjs';
import { format_us, interleaved, median, print_table, size_name } from './measure.mjs';
import { start_origin } from './origins.mjs';
import { compile_policy, path } from './policy.mjs';
import {
  bundle, gate_entry, scratch, settled_thread_us, start_workerd, write_config,
} from './workerd.mjs';

const sizes = [1 << 10, push_like_bytes];
const calls = 3;

/** What follows an answer, such as a group of outcomes that is written, belongs to it. */
const settling_ms = 20;

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

async function measure_first({ worker, size }) {
  const run = await start_workerd(write_config(join(scratch, 'first'), [worker]));
  const port = run.ports[worker.name];
  const samples = [];
  for (let call = 0; call < calls; call += 1) {
    const body = event_of(size, `${run.pid}x${call}`);
    const before = await settled_thread_us(run.pid);
    await send_all(port, [raw_request(port, path, headers_of(body), body)], 1);
    await pause(settling_ms);
    samples.push(await settled_thread_us(run.pid) - before);
  }
  await run.stop();
  return samples;
}

/** Gives the CPU times of the first deliveries, one list per process, by peer and size. */
export async function measure_first_deliveries({ processes }) {
  const origin = await start_origin();
  try {
    const policy = compile_policy('first', origin.url);
    const settings = { STRIPE_WEBHOOK_SECRET: secret, ORIGIN_URL: origin.url };
    const peers = await Promise.all(
      [['by hand, with a ledger', 'claim_by_hand.mjs'], ['gate', gate_entry]]
        .map(async ([label, entry]) => ({
          label, worker: { name: 'first', ...await bundle(entry, policy), settings, ledger: true },
        })));
    const subjects = peers.flatMap((peer) => sizes.map((size) => ({ ...peer, size })));
    const samples = await interleaved(processes, subjects, measure_first);
    const cell = (of_subject) => Array.from({ length: calls }, (_, call) =>
      format_us(median(of_subject.map((each) => each[call])))).join(' / ');
    print_table(
      'The whole way in a fresh workerd, CPU of its thread: 1st / 2nd / 3rd delivery, ' +
        `${processes} processes`,
      [['', ...sizes.map(size_name)], ...peers.map(({ label }, peer) =>
        [label, ...sizes.map((_, size) => cell(samples[peer * sizes.length + size]))])]);
    return samples;
  } finally {
    await origin.stop();
  }
}
