// `./dev bench [--quick] [--json FILE] [SECTION...]`: the gate's numbers beside the same by hand.
// Prints and asserts nothing. Everything runs on loopback and ends with it.

import { writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { parseArgs } from 'node:util';

import { run_forgeries } from './forgeries.mjs';
import { run_path } from './path.mjs';
import { run_replay } from './replay.mjs';
import { run_size } from './size.mjs';
import { run_start } from './start.mjs';
import { run_storm_section } from './storm.mjs';
import { run_verify } from './verify.mjs';

const sections = {
  size: run_size, start: run_start, verify: run_verify, path: run_path, replay: run_replay,
  storm: run_storm_section, forgeries: run_forgeries,
};

/** Takes minutes, and measures nothing beside work by hand: it runs only when it is named. */
const on_demand = new Set(['storm', 'forgeries']);

/** Some four minutes on two cores. */
const thorough = {
  rounds: 9, budget_ms: 60, warm_up_ms: 400, processes: 7,
  start_rounds: 3, start_options: [],
  path_rounds: 9, path_requests: 400, path_warm_up: 1500,
  replay_rounds: 15,
  storm_deliveries: 100_000,
};

/** About a minute. */
const quick = {
  rounds: 5, budget_ms: 25, warm_up_ms: 300, processes: 3,
  start_rounds: 3, start_options: ['--quick'],
  path_rounds: 3, path_requests: 200, path_warm_up: 800,
  replay_rounds: 5,
  storm_deliveries: 10_000,
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { quick: { type: 'boolean' }, json: { type: 'string' } },
});
const unknown = positionals.filter((name) => !Object.hasOwn(sections, name));
if (unknown.length > 0) {
  console.error(`Unknown section ${unknown[0]}. There are: ${Object.keys(sections).join(', ')}.`);
  process.exit(2);
}

const model = cpus()[0]?.model ?? 'unknown';
const machine = `${cpus().length} x ${model}, load ${loadavg()[0].toFixed(1)}`;
console.log(`Times are CPU times of workerd's thread unless they say p50. Machine: ${machine}.`);
const options = values.quick ? quick : thorough;
const results = {};
for (const [name, run] of Object.entries(sections)) {
  if (positionals.includes(name) || (positionals.length === 0 && !on_demand.has(name))) {
    results[name] = await run(options);
  }
}
if (values.json !== undefined) {
  writeFileSync(values.json, `${JSON.stringify({ machine, options, ...results }, null, 1)}\n`);
}
