// The whole way: load, the Worker with its ledger on disk, an origin, all on loopback.

import { join } from 'node:path';

import { event_of, headers_of, push_like_bytes, secret } from './deliveries.mjs';
import { raw_request, send_all } from './load.mjs';
import {
  format_ratio, format_us, interleaved, median, median_ratio, print_table,
} from './measure.mjs';
import { start_origin } from './origins.mjs';
import { compile_policy, path } from './policy.mjs';
import {
  bundle, gate_entry, scratch, settled_process_us, start_workerd, write_config,
} from './workerd.mjs';

/** The first is what all others are compared with. */
const peers = [
  { name: 'byhand', label: 'by hand: verify, claim, forward, commit', ledger: true },
  { name: 'careful', label: 'by hand, with leases, limits and a log', ledger: true },
  { name: 'carried', label: 'by hand with one call, and grouped writes', ledger: true },
  { name: 'gate', label: 'gate', ledger: true },
  { name: 'passthrough', label: 'pass through, no gate', ledger: false },
];

const connections_busy = 8;

/** One process for each Worker, so that each one's CPU time can be told. */
async function start_peers(origin) {
  const policy = compile_policy('path', origin.url);
  const entries = {
    byhand: 'claim_by_hand.mjs', careful: 'careful_by_hand.mjs',
    carried: 'carried_by_hand.mjs', gate: gate_entry,
    passthrough: 'pass_through.mjs',
  };
  const settings = { STRIPE_WEBHOOK_SECRET: secret, ORIGIN_URL: origin.url };
  return Promise.all(peers.map(async ({ name, ledger }) => {
    const worker = { name, ...await bundle(entries[name], policy), settings, ledger };
    const run = await start_workerd(write_config(join(scratch, `path-${name}`), [worker]));
    return { name, pid: run.pid, port: run.ports[name], stop: run.stop };
  }));
}

let deliveries = 0;

function fresh_requests(port, count) {
  return Array.from({ length: count }, () => {
    deliveries += 1;
    const body = event_of(push_like_bytes, `${process.pid}x${deliveries}`);
    return raw_request(port, path, headers_of(body), body);
  });
}

/** Sends and gives the median latency and the CPU time per request, both in microseconds. */
async function send_measured({ pid, port }, requests, connections) {
  const before = await settled_process_us(pid);
  const latencies = await send_all(port, requests, connections);
  const cpu_us = (await settled_process_us(pid) - before) / requests.length;
  return { p50_us: median(latencies), cpu_us };
}

async function measure_round(peer, { path_requests }) {
  const requests = fresh_requests(peer.port, path_requests);
  const busy = await send_measured(peer, requests, connections_busy);
  const single = await send_measured(peer, fresh_requests(peer.port, path_requests >> 1), 1);
  const again = await send_measured(peer, requests.slice(0, path_requests >> 1), 1);
  return { busy, single, again };
}

export async function run_path(options) {
  const origin = await start_origin();
  const started = await start_peers(origin);
  try {
    for (const peer of started) {
      await send_all(peer.port, fresh_requests(peer.port, options.path_warm_up), connections_busy);
    }
    const samples =
      await interleaved(options.path_rounds, started, (peer) => measure_round(peer, options));
    print(samples, options);
    return Object.fromEntries(started.map(({ name }, index) => [name, samples[index]]));
  } finally {
    await Promise.all([...started, origin].map((process) => process.stop()));
  }
}

function print(samples, { path_rounds, path_requests }) {
  const columns = [
    [`CPU, ${connections_busy} connections`, (round) => round.busy.cpu_us],
    [`p50, ${connections_busy} connections`, (round) => round.busy.p50_us],
    ['CPU, 1 connection', (round) => round.single.cpu_us],
    ['p50, 1 connection', (round) => round.single.p50_us],
    ['duplicate: CPU', (round) => round.again.cpu_us],
    ['duplicate: p50', (round) => round.again.p50_us],
  ];
  const cell = (index, field) => {
    const values = samples[index].map(field);
    const ratio = format_ratio(median_ratio(values, samples[0].map(field)));
    return `${format_us(median(values))}${index === 0 ? '' : ` (${ratio})`}`;
  };
  print_table(
    `The whole way with ${push_like_bytes} bytes, per delivery in workerd (ratio to by hand), ` +
      `${path_rounds} rounds of ${path_requests}`,
    [['', ...columns.map(([name]) => name)],
      ...peers.map(({ label }, index) =>
        [label, ...columns.map(([, field]) => cell(index, field))])]);
}
