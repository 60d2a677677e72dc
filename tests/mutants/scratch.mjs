// Where mutants live while they are looked at, and how programs are run on them.

import { spawn } from 'node:child_process';
import { copyFileSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const here = dirname(fileURLToPath(import.meta.url));
export const root = join(here, '../..');
export const folder = join(root, 'build/mutants');

/** A mutant that hangs is one that was noticed. */
export const timeout_ms = 120_000;

/**
 * `{ failed, shows }`: whether the program failed, and which of its cases did first. One whose
 * output does not match `must_show` has failed too.
 */
export function run_quietly(command, options, { must_show = /^/, ...where }) {
  return new Promise((resolve) => {
    const child = spawn(command, options, {
      timeout: timeout_ms, killSignal: 'SIGKILL', stdio: ['ignore', 'pipe', 'pipe'], ...where,
    });
    let output = '';
    const keep = (text) => {
      output += text;
    };
    child.stdout.setEncoding('utf8').on('data', keep);
    child.stderr.setEncoding('utf8').on('data', keep);
    child.on('error', () => resolve({ failed: true, shows: 'cannot be run' }));
    child.on('close', (code, signal) => {
      const failed = code !== 0 || !must_show.test(output);
      resolve({ failed, shows: failed ? first_failure(output, signal) : '' });
    });
  });
}

const failures = [
  /^\[ {2}FAILED {2}\] (\S+)/m,  // GoogleTest
  /^FAIL (\S+)/m,  // postern replay
  /^(S\d\w?|L\d)\b.*$/m,  // postern simulate
  /^(?:✖|not ok \d+ -) (.+?)(?: \([\d.]+ms\))?$/m,  // node
];

function first_failure(output, signal) {
  for (const pattern of failures) {
    const [, found] = pattern.exec(output) ?? [];
    if (found !== undefined) {
      return found;
    }
  }
  return signal ?? '';
}

export function copy_from_root(path, place) {
  const to = join(place, path);
  mkdirSync(dirname(to), { recursive: true });
  copyFileSync(join(root, path), to);
}
