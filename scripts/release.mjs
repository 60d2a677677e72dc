// node scripts/release.mjs: puts what is released into build/release/, from what was built before.
//
// The same commit gives the same bytes: names are sorted, and the one time in them is the commit's.

import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync, copyFileSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync,
} from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const folder = join(root, 'build/release');
const run = (program, ...args) =>
  execFileSync(program, args, { cwd: root, encoding: 'utf8' }).trim();

/** Debian's packages whose code is in what is released, by artifact. */
const contents = {
  'postern.wasm': ['wasi-libc', 'libc++-22-dev-wasm32', 'libclang-rt-22-dev-wasm32'],
  tarball: ['wasi-libc', 'libc++-22-dev-wasm32', 'libclang-rt-22-dev-wasm32', 'libtomlplusplus-dev',
    'libfmt-dev'],
  postern: ['libtomlplusplus-dev', 'nlohmann-json3-dev', 'libboost-dev', 'libsimde-dev'],
};

const sha256_of = (file) =>
  createHash('sha256').update(readFileSync(join(folder, file))).digest('hex');

/** What an SPDX identifier may have: letters, digits, `.` and `-`. */
const identifier = (name) => `SPDXRef-${name.replace(/[^A-Za-z0-9.-]/g, '-')}`;

function copy_artifacts() {
  const [tarball] =
    readdirSync(join(root, 'build')).filter((name) => /^postern-.*\.tgz$/.test(name));
  copyFileSync(join(root, 'build', tarball), join(folder, tarball));
  copyFileSync(join(root, 'build/postern.wasm'), join(folder, 'postern.wasm'));
  run('llvm-strip-22', '-o', join(folder, 'postern'), join(root, 'build/postern'));
  chmodSync(join(folder, 'postern'), 0o755);
  return { tarball, version: /^postern-(.*)\.tgz$/.exec(tarball)[1] };
}

/** https://spdx.github.io/spdx-spec/v2.3/, in JSON. */
function bill_of_materials({ tarball, version }, artifacts) {
  const library = (name) => ({
    SPDXID: identifier(`debian-${name}`), name, filesAnalyzed: false,
    versionInfo: run('dpkg-query', '--show', '--showformat=${Version}', name),
    downloadLocation: 'NOASSERTION', licenseConcluded: 'NOASSERTION',
    licenseDeclared: 'NOASSERTION', copyrightText: 'NOASSERTION',
  });
  const artifact = (name) => ({
    SPDXID: identifier(name), name, versionInfo: version, filesAnalyzed: false,
    downloadLocation: 'NOASSERTION', licenseConcluded: 'Apache-2.0', licenseDeclared: 'Apache-2.0',
    copyrightText: 'NOASSERTION',
    checksums: [{ algorithm: 'SHA256', checksumValue: sha256_of(name) }],
  });
  const used_by = (name) => contents[name === tarball ? 'tarball' : name];
  const libraries = [...new Set(artifacts.flatMap(used_by))].sort();
  return {
    spdxVersion: 'SPDX-2.3', dataLicense: 'CC0-1.0', SPDXID: 'SPDXRef-DOCUMENT',
    name: `postern-${version}`,
    documentNamespace:
      `https://spdx.org/spdxdocs/postern-${version}-${run('git', 'rev-parse', 'HEAD')}`,
    creationInfo: {
      created: run('git', 'log', '-1', '--date=format-local:%Y-%m-%dT%H:%M:%SZ', '--format=%cd'),
      creators: ['Tool: postern-release'],
    },
    packages: [...artifacts.map(artifact), ...libraries.map(library)],
    relationships: artifacts.flatMap((name) => [
      {
        spdxElementId: 'SPDXRef-DOCUMENT', relationshipType: 'DESCRIBES',
        relatedSpdxElement: identifier(name),
      },
      ...used_by(name).map((one) => ({
        spdxElementId: identifier(name), relationshipType: 'STATIC_LINK',
        relatedSpdxElement: identifier(`debian-${one}`),
      })),
    ]),
  };
}

function main() {
  process.env.TZ = 'UTC';
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const names = copy_artifacts();
  const artifacts = [names.tarball, 'postern', 'postern.wasm'];
  writeFileSync(join(folder, 'postern.spdx.json'),
    `${JSON.stringify(bill_of_materials(names, artifacts), null, 2)}\n`);
  const sums = [...artifacts, 'postern.spdx.json'].sort()
    .map((name) => `${sha256_of(name)}  ${name}\n`);
  writeFileSync(join(folder, 'SHA256SUMS'), sums.join(''));
  process.stdout.write(sums.join(''));
}

main();
