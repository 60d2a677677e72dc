// What npm makes of the tarball in an empty folder: every entry that the manifest names is there,
// has its types, and can be imported; a program carries no more of the catalogue than it names.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { build } from 'esbuild';

import { app } from './app.mjs';
import { root, tarball, write_files } from './packed.mjs';

const folder = join(root, 'build/packages/installed');
rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
write_files(folder, { 'package.json': '{ "private": true, "type": "module" }\n', 'app.mjs': app });
execFileSync('npm', ['install', '--offline', '--no-audit', '--no-fund', '--silent', tarball()],
  { cwd: folder, stdio: 'pipe' });
const installed = join(folder, 'node_modules/postern');
const manifest = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8'));

const run = (text) => execFileSync(process.execPath, ['--input-type=module', '--eval', text],
  { cwd: folder, encoding: 'utf8' });

test('it needs no other package', () => {
  assert.deepEqual(readdirSync(join(folder, 'node_modules')).filter((name) => name !== 'postern'),
    ['.bin', '.package-lock.json']);
  for (const key of ['dependencies', 'peerDependencies', 'optionalDependencies', 'scripts']) {
    assert.equal(manifest[key], undefined);
  }
});

/** Entries by the name under which they are imported, those of a pattern one by one. */
function entries() {
  return Object.entries(manifest.exports).flatMap(([name, target]) => {
    if (typeof target === 'string') {
      return [];
    }
    if (!name.includes('*')) {
      return [{ name, ...target }];
    }
    const [before, after] = target.default.split('*');
    return readdirSync(join(installed, before)).filter((file) => file.endsWith(after))
      .map((file) => file.slice(0, -after.length)).map((one) => ({
        name: name.replace('*', one), types: target.types.replace('*', one),
        default: target.default.replace('*', one),
      }));
  });
}

test('every entry has its types and can be imported', () => {
  const all = entries();
  assert.ok(all.length >= 24);
  for (const { name, types, default: file } of all) {
    assert.ok(existsSync(join(installed, types)), types);
    assert.ok(existsSync(join(installed, file)), file);
  }
  // A Worker's class can be had on Workers alone.
  const names = all.map(({ name }) => name.replace('.', 'postern'))
    .filter((name) => !name.startsWith('postern/cloudflare'));
  const told = run(`const names = ${JSON.stringify(names)};
    for (const name of names) console.log(name, Object.keys(await import(name)).length > 0);`);
  assert.deepEqual(told.trim().split('\n'), names.map((name) => `${name} true`));
});

test('nothing else of the package can be imported', () => {
  for (const name of ['postern/npm/lib/verify.mjs', 'postern/hosts/fetch/gate.mjs', 'postern/x']) {
    assert.match(run(`try { await import('${name}'); } catch (failure) {
      console.log(failure.code); }`), /ERR_PACKAGE_PATH_NOT_EXPORTED|ERR_MODULE_NOT_FOUND/);
  }
});

test('importing it reads no catalogue, starts nothing and prints nothing', () => {
  assert.equal(run("await import('postern'); await import('postern/node');"), '');
});

test('a program carries the provider that it names, and no other', async () => {
  const { metafile } = await build({
    entryPoints: [join(folder, 'app.mjs')], bundle: true, write: false, metafile: true,
    format: 'esm', platform: 'browser', minify: true, logLevel: 'error', absWorkingDir: folder,
  });
  const [{ inputs }] = Object.values(metafile.outputs);
  const carried = Object.keys(inputs).filter((file) => /\/(providers|catalogue)\//.test(file))
    .filter((file) => inputs[file].bytesInOutput > 0)
    .map((file) => file.replace('node_modules/postern/', ''));
  assert.deepEqual(carried.sort(), ['npm/lib/catalogue/none.mjs', 'providers/stripe.mjs']);
  const compiler = Object.keys(inputs).filter((file) =>
    /compiler/.test(file) && inputs[file].bytesInOutput > 0);
  assert.deepEqual(compiler, []);
});

test('it has the version of the tree, and its licence', () => {
  const [, version] = /project\(\s*postern\s+VERSION\s+([\d.]+)/i.exec(
    readFileSync(join(root, 'CMakeLists.txt'), 'utf8'));
  assert.equal(manifest.version, version);
  assert.equal(readFileSync(join(installed, 'LICENSE'), 'utf8'),
    readFileSync(join(root, 'LICENSE'), 'utf8'));
});
