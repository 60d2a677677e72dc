// The example with vitest, run by vitest in a project with the packed tarball; and that its tests
// fail where the app does not do what they say.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { make_project, root, write_files } from './packed.mjs';

const example = (name) => readFileSync(join(root, 'examples/vitest', name), 'utf8');
const folder = make_project('vitest', {
  dependencies: ['vitest'],
  files: { 'hooks.mjs': example('hooks.mjs'), 'hooks.test.mjs': example('hooks.test.mjs') },
});

function run_vitest() {
  const { status, stdout, stderr } = spawnSync(process.execPath,
    ['node_modules/vitest/vitest.mjs', 'run', '--root', '.', '--reporter=json'],
    { cwd: folder, encoding: 'utf8', env: { ...process.env, NO_COLOR: '1', CI: '1' } });
  const start = stdout.indexOf('{');
  assert.ok(start >= 0, stdout + stderr);
  const { numPassedTests: passed, numFailedTests: failed } = JSON.parse(stdout.slice(start));
  return { status, passed, failed };
}

test('the example passes', () => {
  assert.deepEqual(run_vitest(), { status: 0, passed: 4, failed: 0 });
});

test('it fails for an app that takes another secret', () => {
  write_files(folder, {
    'hooks.mjs': example('hooks.mjs').replace('secrets: [secret]', "secrets: ['whsec_other_one']"),
  });
  const { status, failed } = run_vitest();
  assert.notEqual(status, 0);
  assert.ok(failed >= 2, `${failed} failed`);
});
