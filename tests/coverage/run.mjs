// Which lines and branches of the core its unit tests and the fixtures run: `./dev coverage`.
//
//   node tests/coverage/run.mjs [PROGRAM...]
//
// Prints both by folder, then every line and branch that nothing runs, but for those that
// tests/coverage/unreached.txt names with a reason. With PROGRAMs only these unit tests are run,
// and nothing is held to a number. Needs `cmake --build --preset coverage`.

import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '../..');
const build = join(root, 'build/coverage');
const profiles = join(build, 'profiles');

const unit_tests = ['encoding', 'crypto', 'json', 'http', 'base', 'contract', 'scheme', 'gate',
  'ledger', 'policy_codec'].map((name) => `${name}_test`);

/**
 * Shares of 100 that must be run, what unreached.txt names aside. The aim is 100 of lines and 99 of
 * branches: whoever reaches more writes it here.
 */
const least = { lines: 98, branches: 95 };

function run(program, options, profile) {
  const { status, stdout, stderr } = spawnSync(join(build, program), options, {
    cwd: root, encoding: 'utf8', maxBuffer: 1 << 28,
    env: { ...process.env, LLVM_PROFILE_FILE: join(profiles, `${profile}.profraw`) },
  });
  if (status !== 0) {
    throw new Error(`${program} failed:\n${stdout.slice(-2000)}${stderr.slice(-2000)}`);
  }
}

/** Files of the core, each with how often its lines and branches were run, from LCOV. */
function read_lcov(text) {
  const files = [];
  for (const line of text.split('\n')) {
    const [, kind, value] = /^(SF|DA|BRDA):(.*)$/.exec(line) ?? [];
    if (kind === 'SF') {
      files.push({ path: value.slice(root.length + 1), lines: [], branches: [] });
    } else if (kind === 'DA') {
      const [number, count] = value.split(',').map(Number);
      files.at(-1).lines.push({ number, is_run: count > 0 });
    } else if (kind === 'BRDA') {
      const [number, , , count] = value.split(',');
      files.at(-1).branches.push({ number: Number(number), is_run: Number(count) > 0 });
    }
  }
  return files.filter(({ path }) => path.startsWith('wasm/postern/'));
}

/** The text finds the line wherever it has moved to. */
function read_reasons() {
  return readFileSync(join(import.meta.dirname, 'unreached.txt'), 'utf8').split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => line.split(' | '))
    .map(([path, text, reason]) => {
      if (reason === undefined) {
        throw new Error(`tests/coverage/unreached.txt wants PATH | TEXT | REASON: ${path}`);
      }
      return { path, text, is_used: false };
    });
}

/** No test can run past a check of the core that fails: a trap is the end of its program. */
const ends_the_program = /^\s*POSTERN_CHECK\(/;

function take_out_named(file, reasons) {
  const source = readFileSync(join(root, file.path), 'utf8').split('\n');
  const of_file = reasons.filter(({ path }) => path === file.path);
  const is_named = ({ number, is_run }) => {
    const reason = is_run ? undefined
      : of_file.find(({ text }) => source[number - 1].trim() === text);
    if (reason !== undefined) {
      reason.is_used = true;
    }
    return reason !== undefined;
  };
  return { ...file, source, lines: file.lines.filter((line) => !is_named(line)),
    branches: file.branches.filter((branch) =>
      !ends_the_program.test(source[branch.number - 1]) && !is_named(branch)) };
}

const share = (all) =>
  all.length === 0 ? 100 : 100 * all.filter(({ is_run }) => is_run).length / all.length;
const shown = (value) => value.toFixed(2).padStart(7);

function print_folders(files) {
  console.log('folder          lines  branches');
  const folders = Map.groupBy(files, ({ path }) => path.split('/')[2]);
  for (const [folder, inside] of [...folders].sort()) {
    console.log(`${folder.padEnd(13)}${shown(share(inside.flatMap(({ lines }) => lines)))}  ` +
      ` ${shown(share(inside.flatMap(({ branches }) => branches)))}`);
  }
}

function print_unreached(files) {
  for (const { path, lines, branches, source } of files) {
    const missed = new Map();
    branches.filter(({ is_run }) => !is_run).forEach(({ number }) => missed.set(number, 'branch'));
    lines.filter(({ is_run }) => !is_run).forEach(({ number }) => missed.set(number, 'line'));
    for (const [number, kind] of [...missed].sort(([a], [b]) => a - b)) {
      console.log(`${path}:${number}: ${kind}: ${source[number - 1].trim()}`);
    }
  }
}

function main(names) {
  rmSync(profiles, { recursive: true, force: true });
  mkdirSync(profiles, { recursive: true });
  const programs = names.length === 0 ? unit_tests : names;
  programs.forEach((name) => run(`tests/${name}`, ['--gtest_brief=1'], name));
  const binaries = programs.map((name) => join(build, 'tests', name));
  if (names.length === 0) {
    run('harness/postern', ['replay', 'fixtures', '--engine', 'native'], 'fixtures');
    binaries.push(join(build, 'harness/postern'));
  }
  const merged = join(build, 'merged.profdata');
  execFileSync('llvm-profdata-22', ['merge', '--sparse', '-o', merged,
    ...[...programs, ...(names.length === 0 ? ['fixtures'] : [])]
      .map((name) => join(profiles, `${name}.profraw`))]);
  const [first, ...others] = binaries;
  const lcov = execFileSync('llvm-cov-22', ['export', '--format=lcov', `--instr-profile=${merged}`,
    first, ...others.flatMap((binary) => ['--object', binary])],
  { encoding: 'utf8', maxBuffer: 1 << 29 });

  const reasons = read_reasons();
  const files = read_lcov(lcov).map((file) => take_out_named(file, reasons));
  if (files.length === 0) {
    throw new Error('no file of the core was run');
  }
  print_unreached(files);
  print_folders(files);
  const lines = share(files.flatMap((file) => file.lines));
  const branches = share(files.flatMap((file) => file.branches));
  console.log(`all          ${shown(lines)}   ${shown(branches)}`);
  const unused = names.length > 0 ? [] : reasons.filter(({ is_used }) => !is_used);
  unused.forEach(({ path, text }) =>
    console.log(`unreached.txt names what is run: ${path}: ${text}`));
  const is_enough = lines >= least.lines && branches >= least.branches && unused.length === 0;
  process.exitCode = names.length > 0 || is_enough ? 0 : 1;
}

main(process.argv.slice(2));
