// The package's declarations, as a strict compiler of TypeScript reads them in a consumer: what is
// right compiles, and each line that is marked as wrong does not.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { import_packed, make_project, root } from './packed.mjs';

const folder = make_project('types', {
  dependencies: [
    '@types', 'express', 'fastify', 'hono', 'undici-types',
  ],
  files: { 'consumer.ts': readFileSync(join(root, 'tests/packages/consumer.ts'), 'utf8') },
});

const [{ gate }, { memory }] = await import_packed(folder, ['postern', 'postern/ledger/memory']);

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

/** The keys that the compiler says it knows, of the table that `policy_with(odd)` puts `odd` in. */
function known_keys(policy_with) {
  try {
    gate({ ledger: memory(), ...policy_with({ qqqqqqqqqqqq: 1 }) });
  } catch ({ message }) {
    return /`qqqqqqqqqqqq` \(known keys: ([^)]+)\)/.exec(message)[1].split(', ');
  }
  return assert.fail('a key that nobody knows was taken');
}

const source = (parts) => ({
  sources: {
    a: { path: '/a', provider: 'stripe', secrets: 'x', routes: [{ answer: 200 }], ...parts },
  },
});
const route = (parts) => source({ routes: [{ to: 'https://a.example/', ...parts }] });
const tables = {
  GateOptions: (odd) => ({ ...source({}), ...odd }),
  GateTable: (odd) => ({ ...source({}), gate: odd }),
  Source: source,
  Route: route,
  Retry: (odd) => route({ deliver: 'queue', retry: odd }),
  SignedDestination: (odd) => route({ to: { url: 'https://a.example/', ...odd } }),
  RateLimit: (odd) => source({ rate_limit: odd }),
  Acknowledgement: (odd) => source({ acknowledge: odd }),
};
const declared = ['index', 'policy'].map((name) => readFileSync(
  join(folder, `node_modules/postern/npm/types/${name}.d.ts`), 'utf8')).join('\n');
for (const [name, policy_with] of Object.entries(tables)) {
  test(`${name} has each key of the policy, explained where an editor shows it`, () => {
    const [, body] = new RegExp(`export interface ${name} \\{\n([^]*?)\n\\}\n`).exec(declared);
    const explained = [...body.matchAll(/\*\/\n {2}(\w+)\??:/g)].map(([, key]) => key);
    const keys = known_keys(policy_with);
    assert.deepEqual(keys.filter((key) => !explained.includes(key)), []);
  });
}
