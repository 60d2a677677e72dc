// A storm: many deliveries with duplicates and forgeries, an origin that fails, breaks off and
// dawdles, and in the middle a ledger that does not answer. Three books are kept of it, the
// senders', the gate's and the origin's, and they must balance.

import { make_random } from '../differential/random.mjs';

import { name_of_forward, reconcile } from './books.mjs';
import { Senders } from './senders.mjs';
import { open_world, pause } from './world.mjs';

/** Of all deliveries, those that are retries aside. */
const shares = { forged: 0.2, duplicate: 0.3 };

const senders_count = 32;
const timeout_s = 5;
const lease_ms = 1000 * timeout_s + 5000;
const origin_faults = {
  failed: 0.05, reset: 0.03, slow: 0.002, slow_ms: 1000 * timeout_s + 500, delay_ms: 4,
};
const queue_faults = { lost: 0.01, doubled: 0.02 };

/** Bodies are as long as a small event's. */
const filler_bytes = 800;

/** The ledger is out for so long, once this share of all deliveries was sent. */
const outage = { at: 0.45, ms: 3000 };

/** Senders come back sooner than real ones, and until they are answered 2xx. */
const retry_ms = { from: 50, to: 300 };
const patience_ms = 90_000;

/** A duplicate is of one of the last events: some of those are at the origin now. */
const recent_events = 300;

/** Sends `count` deliveries and their retries, and gives the books. */
export async function run_storm(count, seed) {
  const random = make_random(`storm ${seed}`);
  const records = [];
  const others = [];
  const on_line = (line) => (line.includes('"verdict"')
    ? records.push(JSON.parse(line)) : others.push(line));
  const world = await open_world(
    { name: 'storm', seed, timeout_s, origin_faults, queue_faults, on_line });
  const senders = new Senders(random, filler_bytes);
  const storm = { world, senders, random, left: count, is_planned: true, outage_at: count };
  storm.outage_at = Math.floor(count * (1 - outage.at));
  try {
    const began = performance.now();
    await Promise.all(Array.from({ length: senders_count }, () => run_sender(storm)));
    const seconds = (performance.now() - began) / 1000;
    const sweeps = await world.settle();
    // The last line may still be on its way through the pipe.
    await pause(200);
    const book = await world.origin.read_book();
    return {
      senders, records, book, sweeps, seconds, others,
      owed: await world.owed(), messages: world.queue.counts,
      ...reconcile({
        events: senders.events, forged: senders.forged, book, restarts: [], lease_ms,
        told: causes_told(records),
      }),
    };
  } finally {
    senders.close();
    await world.close();
  }
}

async function run_sender(storm) {
  const { world, senders, random } = storm;
  while (storm.left > 0) {
    storm.left -= 1;
    if (storm.left === storm.outage_at) {
      begin_outage(world);
    }
    const chance = random.between(1, 1e6) / 1e6;
    if (chance <= shares.forged && senders.events.length > 0) {
      await senders.forge(world.url());
    } else if (chance <= shares.forged + shares.duplicate && senders.events.length > 0) {
      await deliver_until_taken(storm, random.pick(senders.events.slice(-recent_events)));
    } else {
      await deliver_until_taken(storm, senders.new_event());
    }
  }
}

async function begin_outage(world) {
  await world.set_outage(true);
  await pause(outage.ms);
  await world.set_outage(false);
}

async function deliver_until_taken({ world, senders, random }, event) {
  const give_up_at = Date.now() + patience_ms;
  for (;;) {
    const status = await senders.deliver(world.url(), event);
    if ((status >= 200 && status <= 299) || Date.now() > give_up_at) {
      return;
    }
    await pause(random.between(retry_ms.from, retry_ms.to));
  }
}

/** What the gate itself says went wrong with a forward. */
function causes_told(records) {
  const told = new Map();
  for (const record of records) {
    const cause = record.commit_failed ? 'commit_failed'
      : record.reason === 'origin_timed_out' ? 'timed_out' : undefined;
    if (cause !== undefined && record.epoch !== undefined) {
      told.set(name_of_record(record), cause);
    }
  }
  return told;
}

export const name_of_record = ({ event_key, epoch }) =>
  name_of_forward({ key: event_key, attempt: epoch });

/** The storm's figures as a few lines of text. */
export function describe_storm(
  { senders, records, counts, messages, sweeps, seconds, faults }, seed) {
  const answers = [...senders.statuses.values()].reduce((sum, count) => sum + count, 0);
  const latencies = senders.latencies_us.sort((one, other) => one - other);
  const at = (share) =>
    (latencies[Math.floor(share * (latencies.length - 1))] / 1000).toFixed(1);
  const verdicts = new Map();
  records.forEach(({ verdict }) => verdicts.set(verdict, (verdicts.get(verdict) ?? 0) + 1));
  const list = (pairs) => [...pairs].filter(([, count]) => count > 0)
    .map(([name, count]) => `${count} ${name}`).join(', ');
  return [
    `${answers} deliveries of ${counts.events} events in ${seconds.toFixed(1)} s, ` +
      `${Math.round(answers / seconds)} per second, ${senders.forgeries} forged; ` +
      `p50 ${at(0.5)} ms, p99 ${at(0.99)} ms (seed ${seed})`,
    `verdicts: ${list(verdicts)}`,
    `${counts.forwards} forwards, ${counts.repeats} of them again: after ` +
      `${list(Object.entries(counts.causes))}; ${counts.marked} marked; ` +
      `${messages.sent} messages, ${messages.lost} lost, ${sweeps} sweeps; ` +
      `${faults.length} faults in the books`,
  ];
}
