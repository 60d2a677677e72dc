// The package's declarations, as a strict compiler of TypeScript reads them in a consumer: what is
// right compiles, and each line that is marked as wrong does not.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { make_project, root } from './packed.mjs';

const folder = make_project('types', {
  dependencies: [
    '@types', 'express', 'fastify', 'hono', 'undici-types',
  ],
  files: { 'consumer.ts': readFileSync(join(root, 'tests/packages/consumer.ts'), 'utf8') },
});

function compile(name, options) {
  return spawnSync(join(root, 'node_modules/.bin/tsc'),
    ['--noEmit', '--strict', '--exactOptionalPropertyTypes', '--noUncheckedIndexedAccess',
      '--target', 'es2024', '--types', 'node', ...options, name],
    {
      cwd: folder, encoding: 'utf8',
      env: { ...process.env, PATH: `${join(root, 'node_modules/.bin')}:${process.env.PATH}` },
    });
}

const resolutions = {
  nodenext: ['--module', 'nodenext'],
  bundler: ['--module', 'preserve', '--moduleResolution', 'bundler'],
};
for (const [name, options] of Object.entries(resolutions)) {
  test(`with moduleResolution ${name}, the package's own declarations checked too`, () => {
    const { status, stdout } = compile('consumer.ts', options);
    assert.equal(status, 0, stdout);
  });
}
