// Mutants: patches that each weaken one rule of the gate. For each of them some test must fail.
//
//   node tests/mutants/run.mjs [NAME...]
//
// A patch begins with the rule that it breaks, and for a host's script with the test that watches
// it. It may change .cpp and .mjs files only: a mutant then is one or two object files in front of
// the library that `cmake --build --preset native` left, and its programs are linked anew from what
// is there. Exits 1 on a survivor, on a patch that no longer applies, and on a check that fails
// without a mutant.
//
// POSTERN_MUTANTS=N takes N of them, chosen by POSTERN_MUTANTS_SEED. POSTERN_MUTANTS_CHECKS=all
// runs every check on every mutant and tells all that fail, not only the first.

import { mkdirSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { basename, join } from 'node:path';

import { read_count, read_seed } from '../budget.mjs';

import { Native } from './native.mjs';
import { Scripts } from './scripts.mjs';
import { folder, here, run_quietly } from './scratch.mjs';

const runs_all_checks = process.env.POSTERN_MUTANTS_CHECKS === 'all';

function read_patch(file) {
  const text = readFileSync(join(here, file), 'utf8');
  const [, rule] = /^rule: (.+)$/m.exec(text) ?? [];
  const [, check] = /^check: (.+)$/m.exec(text) ?? [];
  const files = [...text.matchAll(/^\+\+\+ b\/(\S+)$/gm)].map(([, path]) => path);
  const is_script = files.every((path) => path.startsWith('hosts/') && path.endsWith('.mjs'));
  const is_native =
    files.every((path) => path.startsWith('wasm/postern/') && path.endsWith('.cpp'));
  if (rule === undefined || files.length === 0 || is_script === is_native ||
      is_script !== (check !== undefined)) {
    throw new Error(`${file}: needs a rule; .cpp files of the core, or .mjs files of the hosts ` +
      'and a check');
  }
  return { name: basename(file, '.patch'), path: join(here, file), rule, check, files, is_script };
}

/** `count` of `patches`, the same for the same seed. */
function sample(patches, count, seed) {
  let state = BigInt(seed);
  const weigh = () => {
    state = (state * 6364136223846793005n + 1442695040888963407n) & 0xffffffffffffffffn;
    return state >> 33n;
  };
  return patches
    .map((patch) => ({ patch, weight: weigh() }))
    .sort((a, b) => (a.weight < b.weight ? -1 : 1))
    .slice(0, count)
    .map(({ patch }) => patch);
}

function choose(names) {
  const all = readdirSync(here).filter((file) => file.endsWith('.patch')).sort().map(read_patch);
  const unknown = names.filter((name) => all.every((patch) => patch.name !== name));
  if (unknown.length > 0) {
    throw new Error(`There is no mutant ${unknown.join(', ')}: see tests/mutants/*.patch`);
  }
  const named = all.filter(({ name }) => names.length === 0 || names.includes(name));
  const count = read_count('POSTERN_MUTANTS', named.length);
  const seed = read_seed('POSTERN_MUTANTS_SEED');
  if (count < named.length) {
    console.log(`note: ${count} of ${named.length} mutants, POSTERN_MUTANTS_SEED=${seed}`);
  }
  return sample(named, count, seed);
}

/** The checks that fail on the mutant; the first only, unless all are wanted. */
async function killers_of(checks) {
  const killers = [];
  for (const { name, run } of checks) {
    const { failed, shows } = await run();
    if (failed) {
      killers.push(shows === '' ? name : `${name}: ${shows}`);
      if (!runs_all_checks) {
        break;
      }
    }
  }
  return killers;
}

async function judge(patch, kind) {
  const place = join(folder, patch.name);
  rmSync(place, { recursive: true, force: true });
  mkdirSync(place, { recursive: true });
  kind.copy(patch, place);
  const applied = await run_quietly('git', ['apply', '--unidiff-zero', patch.path], {
    cwd: place, env: { ...process.env, GIT_CEILING_DIRECTORIES: folder },
  });
  if (applied.failed) {
    return { passed: false, line: `STALE     ${patch.name}: the patch does not apply` };
  }
  const checks = await kind.checks(patch, place);
  if (checks === null) {
    return { passed: false, line: `BROKEN    ${patch.name}: does not compile or link` };
  }
  const killers = await killers_of(checks);
  rmSync(place, { recursive: true, force: true });
  return killers.length === 0
    ? { passed: false, line: `SURVIVED  ${patch.name}: ${patch.rule}` }
    : { passed: true, line: `killed    ${patch.name.padEnd(44)} ${killers.join('; ')}` };
}

async function in_parallel(items, work) {
  const left = [...items];
  await Promise.all(Array.from({ length: availableParallelism() }, async () => {
    for (let item = left.shift(); item !== undefined; item = left.shift()) {
      await work(item);
    }
  }));
}

async function main(names) {
  const started = performance.now();
  const patches = choose(names);
  const native = new Native();
  const scripts = new Scripts();
  let failed = 0;
  let passed = 0;
  await in_parallel([
    ...native.baseline(patches.filter(({ is_script }) => !is_script)),
    ...scripts.baseline(patches.filter(({ is_script }) => is_script)),
  ], async ({ name, run }) => {
    if ((await run()).failed) {
      console.log(`WRONG     ${name} fails without any mutant`);
      failed += 1;
    }
  });
  await in_parallel(failed === 0 ? patches : [], async (patch) => {
    const { passed: was_killed, line } = await judge(patch, patch.is_script ? scripts : native);
    console.log(line);
    passed += was_killed ? 1 : 0;
    failed += was_killed ? 0 : 1;
  });
  const seconds = Math.round((performance.now() - started) / 1000);
  console.log(`note: ${passed} of ${patches.length} mutants killed in ${seconds} s`);
  console.log(`${passed} passed, ${failed} failed`);
  process.exitCode = failed === 0 && passed > 0 ? 0 : 1;
}

await main(process.argv.slice(2));
