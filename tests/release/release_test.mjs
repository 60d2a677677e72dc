// What `./dev release` has left in build/release, looked over: it runs this at its end.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';

import { root } from '../architecture/sources.mjs';

const folder = join(root, 'build/release');
const read = (name) => readFileSync(join(folder, name));
const run = (program, ...words) => execFileSync(program, words, { encoding: 'utf8' });
const sha256_of = (name) => createHash('sha256').update(read(name)).digest('hex');

const scratch = mkdtempSync(join(tmpdir(), 'postern-release-'));
after(() => rmSync(scratch, { recursive: true, force: true }));

const names = readdirSync(folder).sort();
const tarball = names.find((name) => name.endsWith('.tgz'));
const [, version] = /project\(\s*postern\s+VERSION\s+([\d.]+)/
  .exec(readFileSync(join(root, 'CMakeLists.txt'), 'utf8'));

test('it has five files, whose names say the version', () => {
  assert.deepEqual(names, ['SHA256SUMS', 'postern', `postern-${version}.tgz`, 'postern.spdx.json',
    'postern.wasm']);
});

test('the sums are those of the files', () => {
  execFileSync('sha256sum', ['--check', '--strict', '--quiet', 'SHA256SUMS'], { cwd: folder });
  const summed = [...read('SHA256SUMS').toString().matchAll(/^\w+ {2}(.*)$/gm)]
    .map(([, name]) => name);
  assert.deepEqual(summed, names.filter((name) => name !== 'SHA256SUMS'));
});

/** What every Linux of the last years has, and the two libraries that its security updates keep. */
const libraries = new Set(['libc.so.6', 'libm.so.6', 'ld-linux-x86-64.so.2',
  'ld-linux-aarch64.so.1', 'libcurl.so.4', 'libcrypto.so.3']);

test('the command asks for no other library, and names no folder of this machine', () => {
  const needed = [...run('llvm-readelf-22', '--needed-libs', join(folder, 'postern'))
    .matchAll(/^ +(\S+)$/gm)].map(([, name]) => name);
  assert.deepEqual(needed.filter((name) => !libraries.has(name)), []);
  assert.ok(needed.includes('libc.so.6'));
  // A path of the C++ library's own build may end alike.
  const own = new RegExp(`(?<![\\w./])${RegExp.escape(root)}/`);
  assert.doesNotMatch(read('postern').toString('latin1'), own);
  assert.match(run('llvm-readelf-22', '--sections', join(folder, 'postern')), /\.dynsym/);
  assert.doesNotMatch(run('llvm-readelf-22', '--sections', join(folder, 'postern')),
    /\.symtab|\.debug/);
});

test('the command and the package are of this version, and judge the sample alike', () => {
  execFileSync('tar', ['xzf', join(folder, tarball), '-C', scratch]);
  const packed = (...words) =>
    run(process.execPath, join(scratch, 'package/npm/cli/main.mjs'), ...words);
  const native = (...words) => run(join(folder, 'postern'), ...words);
  assert.equal(native('--version'), `postern ${version}\n`);
  assert.equal(packed('--version'), native('--version'));
  const sample = join(root, 'postern.toml');
  assert.equal(packed('lint', sample), native('lint', sample));
  const compiled = (command, name) => {
    command('compile', sample, '-o', join(scratch, name));
    return readFileSync(join(scratch, name));
  };
  assert.deepEqual(compiled(packed, 'packed.bin'), compiled(native, 'native.bin'));
  assert.deepEqual(readFileSync(join(scratch, 'package/build/postern.wasm')), read('postern.wasm'));
});

// ---- the bill of materials: https://spdx.github.io/spdx-spec/v2.3/, read 2026-11-30 -------------

const bill = JSON.parse(read('postern.spdx.json'));

/** Fields that the format knows of each thing, those that it cannot be without first. */
const fields = {
  document: [
    ['spdxVersion', 'dataLicense', 'SPDXID', 'name', 'documentNamespace', 'creationInfo'],
    ['packages', 'relationships'],
  ],
  creation: [['created', 'creators'], []],
  package: [
    ['name', 'SPDXID', 'downloadLocation'],
    ['versionInfo', 'filesAnalyzed', 'licenseConcluded', 'licenseDeclared', 'copyrightText',
      'checksums', 'externalRefs'],
  ],
  relationship: [['spdxElementId', 'relationshipType', 'relatedSpdxElement'], []],
};

function expect_fields(object, [needed, others]) {
  assert.deepEqual(needed.filter((name) => !(name in object)), [], JSON.stringify(object));
  assert.deepEqual(
    Object.keys(object).filter((name) => !needed.includes(name) && !others.includes(name)), []);
}

test('the bill of materials has the fields of SPDX 2.3, and no others', () => {
  expect_fields(bill, fields.document);
  expect_fields(bill.creationInfo, fields.creation);
  bill.packages.forEach((one) => expect_fields(one, fields.package));
  bill.relationships.forEach((one) => expect_fields(one, fields.relationship));
  assert.deepEqual([bill.spdxVersion, bill.dataLicense, bill.SPDXID],
    ['SPDX-2.3', 'CC0-1.0', 'SPDXRef-DOCUMENT']);
  assert.match(bill.creationInfo.created, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
  bill.creationInfo.creators.forEach((one) => assert.match(one, /^(Tool|Organization|Person): ./));
  assert.equal(new URL(bill.documentNamespace).hash, '');
  const identifiers = bill.packages.map(({ SPDXID }) => SPDXID);
  assert.equal(new Set(identifiers).size, identifiers.length);
  identifiers.forEach((one) => assert.match(one, /^SPDXRef-[A-Za-z0-9.-]+$/));
  for (const { spdxElementId, relationshipType, relatedSpdxElement } of bill.relationships) {
    assert.ok(['DESCRIBES', 'STATIC_LINK', 'DYNAMIC_LINK'].includes(relationshipType));
    assert.ok(['SPDXRef-DOCUMENT', ...identifiers].includes(spdxElementId));
    assert.ok(identifiers.includes(relatedSpdxElement));
  }
});

/** Names of packages by how `artifact` has them. */
const linked_as = (type, artifact) => bill.relationships
  .filter((one) => one.relationshipType === type &&
    one.spdxElementId === bill.packages.find(({ name }) => name === artifact).SPDXID)
  .map((one) => bill.packages.find(({ SPDXID }) => SPDXID === one.relatedSpdxElement).name);

test('it lists what the artifacts are made of, in the versions that are installed', () => {
  for (const { name, checksums, versionInfo, externalRefs } of bill.packages) {
    if (checksums !== undefined) {
      assert.deepEqual(checksums, [{ algorithm: 'SHA256', checksumValue: sha256_of(name) }]);
      assert.equal(versionInfo, version);
    } else {
      assert.equal(versionInfo, run('dpkg-query', '-W', '-f', '${Version}', name));
      assert.match(externalRefs[0].referenceLocator, /^pkg:deb\/debian\/[^@]+@[^?]+\?arch=\w+$/);
    }
  }
  const has = (list, wanted) => wanted.forEach((one) =>
    assert.ok(list.some((name) => name.startsWith(one)), `${one} in ${list}`));
  const wasm = ['wasi-libc', 'libc++-22-dev-wasm32', 'libclang-rt-22-dev-wasm32'];
  has(linked_as('STATIC_LINK', 'postern.wasm'), wasm);
  has(linked_as('STATIC_LINK', tarball), [...wasm, 'libtomlplusplus-dev', 'libfmt-dev']);
  has(linked_as('STATIC_LINK', 'postern'), ['libtomlplusplus-dev', 'libfmt-dev', 'nlohmann-json3',
    'libboost', 'libsimde-dev', 'libstdc++-', 'libgcc-']);
  has(linked_as('DYNAMIC_LINK', 'postern'), ['libc6', 'libcurl4', 'libssl3']);
  assert.deepEqual(linked_as('DYNAMIC_LINK', 'postern.wasm'), []);
});
