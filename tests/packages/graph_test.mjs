// What each entry of the package makes a runtime load, by the conditions under which that runtime
// resolves it: no module of Node where there is no Node, and nothing that waits while it is loaded.

import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { build } from 'esbuild';

import { make_project } from './packed.mjs';

const folder = make_project('graph');
const installed = join(folder, 'node_modules/postern');
const { exports } = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8'));

/** Names under which the package is imported, those of a pattern one by one. */
const entries = Object.entries(exports).flatMap(([name, target]) => {
  const file = target.default ?? target;
  if (!file.endsWith('.mjs')) {
    return [];
  }
  const [before, after] = file.split('*');
  return (after === undefined ? [''] : readdirSync(join(installed, before))
    .filter((one) => one.endsWith(after)).map((one) => one.slice(0, -after.length)))
    .map((one) => name.replace('.', 'postern').replace('*', one));
});

/** Conditions of runtimes without modules of Node, and of what bundles for any of them. */
const without_node = {
  'Cloudflare Workers': ['workerd', 'worker', 'browser'],
  "Vercel's edge": ['edge-light', 'worker', 'browser'],
  browsers: ['browser', 'module'],
  bundlers: ['module'],
  'anything else': [],
};

/** What takes Node's modules: a runtime of Node, a ledger in a file, and what tests sign with. */
const for_node = ['postern/lambda', 'postern/ledger/sqlite', 'postern/testing'];

/** What a Worker has of its platform, and of its own configuration. */
const of_a_worker = /^cloudflare:|^postern-policy$/;

/** Imports of `entry` that are no file of the package, by name; throws where one waits. */
async function outside_of(entry, conditions) {
  const { metafile } = await build({
    stdin: { contents: `export * from '${entry}';`, resolveDir: folder },
    // As a script, which cannot wait: esbuild says where a module would.
    format: 'iife', bundle: true, write: false, metafile: true, platform: 'neutral', conditions,
    external: ['node:*', 'cloudflare:*', 'postern-policy'], loader: { '.wasm': 'empty' },
    logLevel: 'silent', absWorkingDir: folder,
  });
  return Object.values(metafile.inputs).flatMap(({ imports }) => imports)
    .filter(({ external }) => external).map(({ path }) => path);
}

for (const [runtime, conditions] of Object.entries(without_node)) {
  test(`what ${runtime} load needs no module of Node, and waits for nothing`, async () => {
    const needing = [];
    const is_worker = conditions.includes('workerd');
    const all = entries.filter((one) => !one.startsWith('postern/providers/') &&
      (is_worker || !one.startsWith('postern/cloudflare')));
    for (const entry of all) {
      const outside = await outside_of(entry, conditions);
      if (outside.some((path) => !(is_worker && of_a_worker.test(path)))) {
        needing.push(entry);
      }
    }
    assert.deepEqual(needing.sort(), for_node);
  });
}

test('a provider needs nothing, wherever it is', async () => {
  const providers = entries.filter((entry) => entry.startsWith('postern/providers/'));
  assert.ok(providers.length >= 15);
  for (const provider of providers) {
    assert.deepEqual(await outside_of(provider, []), []);
  }
});

test('what waits while it is loaded is found', async () => {
  const waiting = build({
    stdin: { contents: 'export const a = await 1;' }, format: 'iife', bundle: true, write: false,
    logLevel: 'silent',
  });
  await assert.rejects(waiting, /Top-level await/);
});
