// What it takes to start: the module in Node, the Worker in a new isolate, and what that leaves to
// the first deliveries.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { encode_configure, read_policy_head } from '../../hosts/fetch/effects.mjs';
import { Module } from '../../hosts/fetch/module.mjs';

import { secret } from './deliveries.mjs';
import { measure_first_deliveries } from './first.mjs';
import { clock_ms, format_ratio, format_us, median, print_table } from './measure.mjs';
import { compile_policy } from './policy.mjs';
import {
  bundle_for_start, gate_entry, root, run_workerd_bench, scratch, small_gate_entry, write_config,
} from './workerd.mjs';

const settings = { STRIPE_WEBHOOK_SECRET: secret };
const instances = 60;

function timed_us(action) {
  const started = clock_ms();
  action();
  return 1000 * (clock_ms() - started);
}

/** Of the editions of the gate's module. */
const editions = ['postern.wasm', 'postern_small.wasm'];

function instantiate(edition, policy_file) {
  const bytes = readFileSync(join(root, 'build', edition));
  const policy = new Uint8Array(readFileSync(policy_file));
  const values = read_policy_head(policy).setting_names.map((name) => settings[name] ?? '');
  const configure = encode_configure(policy, values);
  const samples = { compile: [], instantiate: [], configure: [] };
  for (let i = 0; i < instances; i += 1) {
    let compiled;
    samples.compile.push(timed_us(() => {
      compiled = new WebAssembly.Module(bytes);
    }));
    samples.instantiate.push(timed_us(() => new WebAssembly.Instance(compiled, {})));
    samples.configure.push(timed_us(() => new Module(compiled, configure).configuration));
  }
  return samples;
}

/** CPU time of the phases of a start, by Worker, from the report of `workerd bench`. */
function starts_of(report) {
  return Object.fromEntries(report.groups
    .map(({ name, cases }) => [name, cases.find((one) => one.name === 'startup:total')])
    .filter(([, total]) => total !== undefined)
    .map(([name, total]) => [name, total.cpuNs.median / 1000]));
}

export async function run_start({ start_rounds, start_options, processes }) {
  const policy = compile_policy('start', 'http://127.0.0.1:9/');
  const node = Object.fromEntries(editions.map((name) => [name, instantiate(name, policy)]));
  const workers = [
    { name: 'first', ...await bundle_for_start('hello.mjs') },  // Pays for the process's own start.
    { name: 'hello', ...await bundle_for_start('hello.mjs') },
    { name: 'byhand', ...await bundle_for_start('claim_by_hand.mjs'), settings, ledger: true },
    { name: 'gate', ...await bundle_for_start(gate_entry, policy), settings, ledger: true },
    {
      name: 'small', ...await bundle_for_start(small_gate_entry, policy), settings, ledger: true,
    },
    { name: 'sdk', ...await bundle_for_start('verify_by_sdk.mjs'), settings },
  ];
  const config = write_config(join(scratch, 'start'), workers);
  const rounds = [];
  for (let round = 0; round < start_rounds; round += 1) {
    rounds.push(starts_of(await run_workerd_bench(config, '*/startup:*', start_options)));
  }
  print_table(`The module in Node, median of ${instances}`, [
    ['', 'new Module', 'new Instance', 'instance, configured'],
    ...Object.entries(node).map(([name, { compile, instantiate: made, configure }]) =>
      [name, ...[compile, made, configure].map((samples) => format_us(median(samples)))]),
  ]);
  const over = (name) => median(rounds.map((round) => round[name] - round.hello));
  const ratio = (name) =>
    median(rounds.map((round) => (round[name] - round.hello) / round.hello));
  const row = (label, name) =>
    [label, format_us(median(rounds.map((round) => round[name]))), format_us(over(name)),
      format_ratio(ratio(name))];
  print_table(`Start in a new isolate, CPU, ${start_rounds} runs of workerd bench`, [
    ['', 'total', 'over hello', 'that, to hello'],
    row('hello', 'hello'),
    row('by hand, with a ledger', 'byhand'),
    row('gate', 'gate'),
    row('gate, the smaller module', 'small'),
    row('stripe SDK', 'sdk'),
  ]);
  return { node, isolate: rounds, first: await measure_first_deliveries({ processes }) };
}
