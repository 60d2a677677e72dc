// CMakeLists.txt says the version, and nothing else does but what quotes it.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

import { read_sources } from './sources.mjs';

const [, version] =
  /^project\(postern\s+VERSION (\d+\.\d+\.\d+)$/m.exec(readFileSync('CMakeLists.txt', 'utf8'));

test('the manifests have none: what is made of them takes that of CMakeLists.txt', () => {
  for (const file of ['package.json', 'npm/package.json']) {
    assert.equal(JSON.parse(readFileSync(file, 'utf8')).version, undefined, file);
  }
});

test('the changelog begins with what is not released, and then has this version or none', () => {
  const titles = [...readFileSync('CHANGELOG.md', 'utf8').matchAll(/^## (.+)$/gm)]
    .map(([, title]) => title);
  const released = titles.filter((title) => title !== 'Unreleased');
  assert.ok(titles[0] === 'Unreleased' || titles[0].startsWith(version), titles[0]);
  assert.ok(released.length === 0 || released[0].startsWith(version), released[0]);
});

test('every name of the tarball has this version', () => {
  const quoted = read_sources(/\.(md|mjs|toml|json|yml|yaml)$|Dockerfile$/)
    .filter(({ path }) => path !== 'package-lock.json')
    .flatMap(({ path, text }) => [...text.matchAll(/postern-(\d+\.\d+\.\d+)/g)]
      .map(([, number]) => [path, number]));
  assert.ok(quoted.length > 0);
  assert.deepEqual(quoted.filter(([, number]) => number !== version), []);
});
