// Runs the fuzz targets that `cmake --build --preset fuzz` built, each for a while.
//
//   node tests/fuzz/run.mjs [TARGET...]
//
// They start from seeds made of fixtures/ and postern.toml, and from what earlier runs have found
// worth keeping (build/fuzz/corpus). POSTERN_FUZZ_SECONDS is the time of each, POSTERN_FUZZ_SEED
// where their chances start. Exits 1 on a finding, with the input and the command that shows it
// again, and on a target that ran nothing.

import { spawn } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { read_count } from '../budget.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '../..');
const programs = 'build/sanitized/tests/fuzz';
const work = 'build/fuzz';

const seconds = read_count('POSTERN_FUZZ_SECONDS', 10);
const seed = read_count('POSTERN_FUZZ_SEED', 20_261_121);  // To libFuzzer, 0 is a fresh one.

// Longest inputs: what no longer input says more about. A delivery's body is in the input.
const targets = [
  { name: 'fuzz_begin', input_bytes_max: 16384 },
  { name: 'fuzz_frames', input_bytes_max: 32768 },
  { name: 'fuzz_policy_file', input_bytes_max: 16384 },
  { name: 'fuzz_json', input_bytes_max: 4096, dictionary: 'json.dict' },
  { name: 'fuzz_form', input_bytes_max: 4096, dictionary: 'json.dict' },
  { name: 'fuzz_policy_delivery', input_bytes_max: 4096 },
  { name: 'fuzz_postern_toml', input_bytes_max: 16384, dictionary: 'toml.dict' },
];

/** Runs a program at the repository's root: `{ code, output }`. */
function run(program, options) {
  return new Promise((resolve) => {
    const child = spawn(join(root, program), options, {
      cwd: root, stdio: ['ignore', 'pipe', 'pipe'],
      env: { UBSAN_OPTIONS: 'print_stacktrace=1', ...process.env },
    });
    let output = '';
    const keep = (text) => {
      output += text;
    };
    child.stdout.setEncoding('utf8').on('data', keep);
    child.stderr.setEncoding('utf8').on('data', keep);
    child.on('error', ({ message }) => resolve({ code: null, output: `${message}\n` }));
    child.on('close', (code) => resolve({ code, output }));
  });
}

function options_of({ name, input_bytes_max, dictionary }) {
  const corpus = join(work, 'corpus', name);
  const findings = join(work, 'findings', name);
  [corpus, findings].forEach((folder) => mkdirSync(join(root, folder), { recursive: true }));
  return [
    `-seed=${seed}`, `-max_total_time=${seconds}`, `-max_len=${input_bytes_max}`,
    // One input that takes so long, or so much memory, is a finding.
    '-timeout=20', '-rss_limit_mb=2048',
    '-print_final_stats=1', '-verbosity=1', `-artifact_prefix=${findings}/`,
    ...(dictionary === undefined ? [] : [`-dict=tests/fuzz/${dictionary}`]),
    corpus, join(work, 'seeds', name),
  ];
}

/** What libFuzzer says, without its progress. */
function end_of(output) {
  return output.split('\n').filter((line) => !/^#\d+\s|^\tNEW_FUNC|^"|^#{6}/.test(line)).slice(-40)
    .join('\n');
}

async function fuzz(target) {
  const { code, output } = await run(join(programs, target.name), options_of(target));
  const [, runs = '0'] = /^stat::number_of_executed_units:\s*(\d+)$/m.exec(output) ?? [];
  const [, covered = '0'] = /^#\d+\s+DONE\s+cov: (\d+)/m.exec(output) ?? [];
  if (code === 0 && Number(runs) > 0) {
    console.log(`note: ${target.name.padEnd(18)} ${runs.padStart(8)} runs, seed ${seed}, ` +
      `${covered} edges`);
    return true;
  }
  const [, input] = /Test unit written to (\S+)/.exec(output) ?? [];
  console.log(end_of(output));
  console.log(input === undefined
    ? `FAILED ${target.name}: ${runs} runs, exit code ${code}`
    : `FAILED ${target.name}: ${input}\n  again: ${programs}/${target.name} ${input}`);
  return false;
}

/** As many at once as there are processors: each takes one. */
async function in_parallel(items, act) {
  const left = [...items];
  await Promise.all(Array.from({ length: availableParallelism() }, async () => {
    for (let item = left.shift(); item !== undefined; item = left.shift()) {
      await act(item);
    }
  }));
}

async function main(names) {
  const unknown = names.filter((name) => !targets.some((target) => target.name === name));
  if (unknown.length > 0 || !(seconds > 0) || !Number.isInteger(seed)) {
    throw new Error(`no target ${unknown.join(', ')}, or no number in the environment`);
  }
  rmSync(join(root, work, 'seeds'), { recursive: true, force: true });
  const seeds = await run(join(programs, 'fuzz_seeds'), [join(work, 'seeds')]);
  if (seeds.code !== 0) {
    throw new Error(`no seeds:\n${seeds.output}`);
  }
  let passed = 0;
  let failed = 0;
  await in_parallel(targets.filter(({ name }) => names.length === 0 || names.includes(name)),
    async (target) => {
      const was_clean = await fuzz(target);
      passed += was_clean ? 1 : 0;
      failed += was_clean ? 0 : 1;
    });
  console.log(`${passed} passed, ${failed} failed`);
  process.exitCode = failed === 0 && passed > 0 ? 0 : 1;
}

await main(process.argv.slice(2));
