// Which lines and branches of the core its unit tests and the fixtures run: `./dev coverage`.
//
//   node tests/coverage/run.mjs [PROGRAM...]
//
// Prints every line and branch that nothing runs, but for those that tests/coverage/unreached.txt
// names with a reason, then both by folder. Fails below the shares of `least`, and where the list
// names what is run or is no longer there. With PROGRAMs only these unit tests are run, and nothing
// is held to a number. Needs `cmake --build --preset coverage`.

import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '../..');
const build = join(root, 'build/coverage');
const profiles = join(build, 'profiles');
const merged = join(build, 'merged.profdata');

const unit_tests = ['encoding', 'crypto', 'json', 'http', 'base', 'contract', 'scheme', 'gate',
  'ledger', 'policy_codec'].map((name) => `${name}_test`);

/** Shares of 100 that must be run, what unreached.txt names aside. */
const least = { lines: 100, branches: 100 };

function run(program, options, profile) {
  const { status, stdout, stderr } = spawnSync(join(build, program), options, {
    cwd: root, encoding: 'utf8', maxBuffer: 1 << 28,
    env: { ...process.env, LLVM_PROFILE_FILE: join(profiles, `${profile}.profraw`) },
  });
  if (status !== 0) {
    throw new Error(`${program} failed:\n${stdout.slice(-2000)}${stderr.slice(-2000)}`);
  }
}

const covered = (binaries, options) => execFileSync('llvm-cov-22',
  ['export', ...options, `--instr-profile=${merged}`, binaries[0],
    ...binaries.slice(1).flatMap((binary) => ['--object', binary])],
  { encoding: 'utf8', maxBuffer: 1 << 29 });

/** Lines that hold nothing but the end of something are run with what they end. */
const is_end = /^([\s})\];,]*|#.*)$/;

/** Lines of each file and whether they were run, from LCOV. */
function read_lines(lcov) {
  const files = new Map();
  let lines;
  for (const line of lcov.split('\n')) {
    const [, kind, value] = /^(SF|DA):(.*)$/.exec(line) ?? [];
    if (kind === 'SF') {
      files.set(value, lines = []);
    } else if (kind === 'DA') {
      const [number, count] = value.split(',').map(Number);
      lines.push({ number, is_run: count > 0 });
    }
  }
  return files;
}

/** The text between two places of a file, with one space where it has more. */
function text_between(source, [first, first_column, last, last_column]) {
  const lines = source.slice(first - 1, last);
  lines[lines.length - 1] = lines.at(-1).slice(0, last_column - 1);
  lines[0] = lines[0].slice(first_column - 1);
  return lines.map((line) => line.trim()).join(' ');
}

/**
 * The two ways on from each condition, and whether each was gone. A template's or an inline
 * function's is one condition, in however many programs. A switch without a default has a condition
 * of its own, which is false for a value that no case names.
 */
function read_branches(export_of_file, source) {
  const conditions = new Map();
  for (const [first, first_column, last, last_column, on_true, on_false]
    of export_of_file.branches) {
    const place = [first, first_column, last, last_column];
    const before = conditions.get(`${place}`) ?? { on_true: 0, on_false: 0 };
    conditions.set(`${place}`, { place, on_true: before.on_true + on_true,
      on_false: before.on_false + on_false });
  }
  return [...conditions.values()].flatMap(({ place, on_true, on_false }) => {
    const number = place[0];
    const text = text_between(source, place);
    const is_constant = text === 'true' || text === 'false' ||
      source[number - 1].endsWith(' = default;');  // A comparison that the compiler writes.
    const is_switch = /\bswitch \($/.test(source[number - 1].slice(0, place[1] - 1));
    return is_constant ? [] : [
      { number, is_run: on_true > 0, text: `never true: ${text}` },
      { number, is_run: on_false > 0,
        text: is_switch ? `no other value: ${text}` : `never false: ${text}` },
    ];
  });
}

/** Files of the core, each with its lines and branches and whether they were run. */
function read_files(binaries) {
  const lines = read_lines(covered(binaries, ['--format=lcov']));
  const { data: [{ files }] } = JSON.parse(covered(binaries, []));
  return files.filter(({ filename }) => filename.startsWith(join(root, 'wasm/postern/')))
    .map((file) => {
      const source = readFileSync(file.filename, 'utf8').split('\n');
      return {
        path: file.filename.slice(root.length + 1),
        lines: (lines.get(file.filename) ?? [])
          .map((line) => ({ ...line, text: source[line.number - 1].trim() }))
          .filter(({ text }) => !is_end.test(text)),
        branches: read_branches(file, source),
        source,
      };
    });
}

/**
 * What cannot be run, by file and text: each entry stands for one place, wherever in its file that
 * is. One that begins with `?` is run on some machines.
 */
function read_reasons() {
  return readFileSync(join(import.meta.dirname, 'unreached.txt'), 'utf8').split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => {
      const [, may_be_run, path, text, reason] =
        /^(\? )?(\S+) \| (.+) \| (.+)$/.exec(line) ?? [];
      if (reason === undefined) {
        throw new Error(`tests/coverage/unreached.txt wants PATH | TEXT | REASON: ${line}`);
      }
      return { path, text, may_be_run: may_be_run !== undefined, is_used: false };
    });
}

/**
 * No test can run past a check of the core that fails, since a trap is the end of its program, and
 * no value of an enumeration is one that it does not name (the compiler warns of a switch without
 * one of them).
 */
function is_past_a_trap({ number, text }, source) {
  const line = source[number - 1];
  return /^\s*trap\(\);$/.test(line) || text.startsWith('no other value: ') ||
    (/^\s*POSTERN_CHECK\(/.test(line) && text.startsWith('never false: '));
}

/** Takes out what cannot be run. */
function take_out_named(file, reasons) {
  const is_named = (part) => {
    const reason = part.is_run ? undefined
      : reasons.find(({ path, text, is_used }) =>
        !is_used && path === file.path && text === part.text);
    if (reason !== undefined) {
      reason.is_used = true;
    }
    return reason !== undefined;
  };
  const can_be_run = (part) =>
    part.is_run || (!is_past_a_trap(part, file.source) && !is_named(part));
  return { path: file.path, lines: file.lines.filter(can_be_run),
    branches: file.branches.filter(can_be_run) };
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
  for (const { path, lines, branches } of files) {
    [...lines, ...branches].filter(({ is_run }) => !is_run)
      .sort((a, b) => a.number - b.number)
      .forEach(({ number, text }) => console.log(`${path}:${number} | ${text}`));
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
  execFileSync('llvm-profdata-22', ['merge', '--sparse', '-o', merged,
    ...[...programs, ...(names.length === 0 ? ['fixtures'] : [])]
      .map((name) => join(profiles, `${name}.profraw`))]);

  const reasons = read_reasons();
  const files = read_files(binaries).map((file) => take_out_named(file, reasons));
  if (files.length === 0) {
    throw new Error('no file of the core was run');
  }
  print_unreached(files);
  print_folders(files);
  const lines = share(files.flatMap((file) => file.lines));
  const branches = share(files.flatMap((file) => file.branches));
  console.log(`all          ${shown(lines)}   ${shown(branches)}`);
  const unused = names.length > 0 ? [] : reasons.filter(({ is_used, may_be_run }) =>
    !is_used && !may_be_run);
  unused.forEach(({ path, text }) =>
    console.log(`unreached.txt names what is run or is not there: ${path} | ${text}`));
  const is_enough = lines >= least.lines && branches >= least.branches && unused.length === 0;
  process.exitCode = names.length > 0 || is_enough ? 0 : 1;
}

main(process.argv.slice(2));
