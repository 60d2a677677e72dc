// node scripts/release.mjs: puts what is released into build/release/, from what was built before.
//
// The same commit gives the same bytes: names are sorted, and the one time in them is the commit's.

import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync, copyFileSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync,
} from 'node:fs';
import { join } from 'node:path';

import { linked_packages, package_of } from './released_code.mjs';

const root = join(import.meta.dirname, '..');
const folder = join(root, 'build/release');
const run = (program, ...args) =>
  execFileSync(program, args, { cwd: root, encoding: 'utf8' }).trim();

const sha256_of = (file) =>
  createHash('sha256').update(readFileSync(join(folder, file))).digest('hex');

/** What an SPDX identifier may have: letters, digits, `.` and `-`. */
const identifier = (name) => `SPDXRef-${name.replace(/[^A-Za-z0-9.-]/g, '-')}`;

function copy_artifacts() {
  const [tarball] =
    readdirSync(join(root, 'build')).filter((name) => /^postern-.*\.tgz$/.test(name));
  copyFileSync(join(root, 'build', tarball), join(folder, tarball));
  copyFileSync(join(root, 'build/postern.wasm'), join(folder, 'postern.wasm'));
  run('llvm-strip-22', '-o', join(folder, 'postern'), join(root, 'build/portable/harness/postern'));
  chmodSync(join(folder, 'postern'), 0o755);
  return { tarball, version: /^postern-(.*)\.tgz$/.exec(tarball)[1] };
}

/** https://spdx.github.io/spdx-spec/v2.3/, in JSON. */
function bill_of_materials({ tarball, version }, artifacts) {
  const code = linked_packages(root, { tarball, command: join(folder, 'postern') });
  const told = { copyrightText: 'NOASSERTION', filesAnalyzed: false };
  const artifact = (name) => ({
    SPDXID: identifier(name), name, versionInfo: version, downloadLocation: 'NOASSERTION',
    licenseConcluded: 'Apache-2.0', licenseDeclared: 'Apache-2.0', ...told,
    checksums: [{ algorithm: 'SHA256', checksumValue: sha256_of(name) }],
  });
  const library = (name) => {
    const { version: of_package, purl } = package_of(name);
    return {
      SPDXID: identifier(`debian-${name}`), name, versionInfo: of_package,
      downloadLocation: 'NOASSERTION', licenseConcluded: 'NOASSERTION',
      licenseDeclared: 'NOASSERTION', ...told,
      externalRefs: [{
        referenceCategory: 'PACKAGE-MANAGER', referenceType: 'purl', referenceLocator: purl,
      }],
    };
  };
  const relation = (from, relationshipType, to) =>
    ({ spdxElementId: from, relationshipType, relatedSpdxElement: to });
  const libraries =
    new Set(artifacts.flatMap((name) => [...code[name].inside, ...code[name].beside]));
  return {
    spdxVersion: 'SPDX-2.3', dataLicense: 'CC0-1.0', SPDXID: 'SPDXRef-DOCUMENT',
    name: `postern-${version}`,
    documentNamespace:
      `https://spdx.org/spdxdocs/postern-${version}-${run('git', 'rev-parse', 'HEAD')}`,
    creationInfo: {
      created: run('git', 'log', '-1', '--date=format-local:%Y-%m-%dT%H:%M:%SZ', '--format=%cd'),
      creators: ['Tool: postern-release'],
    },
    packages: [...artifacts.map(artifact), ...[...libraries].sort().map(library)],
    relationships: artifacts.flatMap((name) => [
      relation('SPDXRef-DOCUMENT', 'DESCRIBES', identifier(name)),
      ...code[name].inside.map((one) =>
        relation(identifier(name), 'STATIC_LINK', identifier(`debian-${one}`))),
      ...code[name].beside.map((one) =>
        relation(identifier(name), 'DYNAMIC_LINK', identifier(`debian-${one}`))),
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
