// What is in the tarball, and that it is the same each time.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { basename, join, posix } from 'node:path';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';

import { root } from '../architecture/sources.mjs';

const tarball = () => {
  const [name] = readdirSync(join(root, 'build')).filter((file) => /^postern-.*\.tgz$/.test(file));
  return join(root, 'build', name);
};
const sha256_of = (bytes) => createHash('sha256').update(bytes).digest('hex');
const list = () =>
  execFileSync('tar', ['-tzf', tarball()], { encoding: 'utf8' }).trim().split('\n');
const read = (path) => execFileSync('tar', ['-xzOf', tarball(), `package/${path}`],
  { maxBuffer: 1 << 26 });

test('the same tree makes the same bytes', (t) => {
  // Elsewhere: other tests unpack the first one meanwhile.
  execFileSync(process.execPath, [join(root, 'npm/build.mjs'), 'build/again/npm'], { cwd: root });
  const again = join(root, 'build/again', basename(tarball()));
  assert.equal(sha256_of(readFileSync(again)), sha256_of(readFileSync(tarball())));
  t.diagnostic(`${readFileSync(tarball()).length} bytes`);
});

test('holds the module that was built, and what exports, imports and bin name', () => {
  const files = new Set(list());
  const manifest = JSON.parse(read('package.json'));
  assert.deepEqual(read('build/postern.wasm'), readFileSync(join(root, 'build/postern.wasm')));
  const paths = (value) =>
    (typeof value === 'string' ? [value] : Object.values(value).flatMap(paths));
  const named = [manifest.exports, manifest.imports, manifest.bin].flatMap(paths);
  assert.ok(named.length > 20);
  for (const path of named) {
    const [before, after] = `package/${path.slice(2)}`.split('*');
    assert.ok(
      [...files].some((file) => file.startsWith(before) && file.endsWith(after ?? '')), path);
  }
});

test('depends on nothing, and holds no test of this tree and no secret', () => {
  const manifest = JSON.parse(read('package.json'));
  assert.equal(manifest.dependencies, undefined);
  assert.equal(manifest.scripts, undefined);
  assert.match(manifest.version, /^\d+\.\d+\.\d+$/);
  assert.deepEqual(list().filter((file) => !file.startsWith('package/fixtures/'))
    .filter((file) => /_test\.mjs$|\/tests\/|fixtures\/|\.env|node_modules/.test(file)), []);
});

test('what its pages link to is in it', () => {
  const files = new Set(list());
  const pages = [...files].filter((file) => file.endsWith('.md'));
  const links = pages.flatMap((page) =>
    [...String(read(page.slice('package/'.length))).replaceAll(/```[\s\S]*?```/g, '')
      .matchAll(/\]\(([^)#:\s]+)(?:#[^)\s]*)?\)/g)]
      .map(([, target]) => [page, posix.join(posix.dirname(page), target)]));
  assert.ok(links.length > 50, `${links.length}`);
  const is_there = (path) =>
    files.has(path) || [...files].some((file) => file.startsWith(`${path.replace(/\/$/, '')}/`));
  assert.deepEqual(links.filter(([, target]) => !is_there(target)), []);
});

test('has a provider to import for each file of the catalogue', (t) => {
  const slugs = (folder, end) => list()
    .filter((file) => file.startsWith(`package/${folder}/`) && file.endsWith(end))
    .map((file) => file.slice(`package/${folder}/`.length, -end.length)).sort();
  const names = slugs('catalogue', '.toml');
  assert.deepEqual(slugs('providers', '.mjs'), names);
  assert.deepEqual(names, readdirSync(join(root, 'wasm/providers'))
    .map((file) => file.replace(/\.toml$/, '')).sort());
  const gzip_bytes = (path) => gzipSync(read(path), { level: 9 }).length;
  t.diagnostic(`postern.wasm ${gzip_bytes('build/postern.wasm')} bytes in gzip, ` +
    `the compiler ${gzip_bytes('build/postern_compiler.wasm')}`);
});
