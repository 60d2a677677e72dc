// Mutants of the hosts' scripts: a tree of links to this one, in which the scripts and their tests
// are copies.

import { cpSync, mkdirSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';

import { folder, root, run_quietly } from './scratch.mjs';

/** What is copied and not linked to, level by level: scripts are found by where they are. */
const copied = ['hosts', 'tests/edge', 'build/contract'];

function link_all(path, place, but) {
  mkdirSync(join(place, path), { recursive: true });
  readdirSync(join(root, path))
    .filter((name) => !but.includes(name) && !name.startsWith('.git'))
    .forEach((name) => symlinkSync(join(root, path, name), join(place, path, name)));
}

function make_tree(place) {
  link_all('.', place, ['hosts', 'tests', 'build']);
  link_all('tests', place, ['edge']);
  mkdirSync(join(place, 'build'));
  readdirSync(join(root, 'build')).filter((name) => name.startsWith('postern'))
    .forEach((name) => symlinkSync(join(root, 'build', name), join(place, 'build', name)));
  copied.forEach((path) => cpSync(join(root, path), join(place, path), { recursive: true }));
}

/** `check` is a test file, or `FILE: BEGINNING OF A TEST'S NAME`. A name that is none fails. */
async function run_test(check, place) {
  const [file, name] = check.split(': ');
  const pattern = name === undefined ? [] : [`--test-name-pattern=^${name}`];
  return run_quietly(process.execPath, ['--test', '--test-reporter=tap', ...pattern, file],
    { cwd: place, must_show: /^# pass [1-9]/m });
}

export class Scripts {
  /** The tests of `patches`, on the scripts as they are. */
  baseline(patches) {
    return [...new Set(patches.map(({ check }) => check))].map((name, at) => ({
      name,
      run: () => {
        // In a tree of its own: tests of one file write the same files.
        const place = join(folder, `none-${at}`);
        rmSync(place, { recursive: true, force: true });
        make_tree(place);
        return run_test(name, place);
      },
    }));
  }

  copy(_patch, place) {
    make_tree(place);
  }

  async checks({ check }, place) {
    return [{ name: check, run: () => run_test(check, place) }];
  }
}
