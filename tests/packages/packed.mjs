// The package as it is installed: the tarball, unpacked into a project that reaches nothing else.

import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

export const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');

/** The tarball that `npm/build.mjs` made. */
export function tarball() {
  const names = readdirSync(join(root, 'build')).filter((name) => /^postern-.*\.tgz$/.test(name));
  if (names.length !== 1) {
    throw new Error(`build/ has ${names.length} tarballs of the package; ./dev package makes one`);
  }
  return join(root, 'build', names[0]);
}

/**
 * Makes the empty project `name` under build/packages with the package in it, as npm would, and
 * what `dependencies` names besides, out of this tree's node_modules. Gives its folder.
 */
export function make_project(name, { dependencies = [], files = {} } = {}) {
  const folder = join(root, 'build/packages', name);
  rmSync(folder, { recursive: true, force: true });
  const installed = join(folder, 'node_modules/postern');
  mkdirSync(installed, { recursive: true });
  execFileSync('tar', ['xzf', tarball(), '--strip-components=1', '-C', installed]);
  for (const dependency of dependencies) {
    const link = join(folder, 'node_modules', dependency);
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(join(root, 'node_modules', dependency), link);
  }
  write_files(folder, { 'package.json': '{ "private": true, "type": "module" }\n', ...files });
  return folder;
}

export function write_files(folder, files) {
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), text);
  }
}

/**
 * What `names` of the package export for Node in the project `folder`: `['postern',
 * 'postern/node']`. A script of the project imports them, so that the package's `exports` are
 * heeded.
 */
export async function import_packed(folder, names) {
  const text = names.map((name, at) => `export * as m${at} from '${name}';`).join('\n');
  write_files(folder, { 'imported.mjs': `${text}\n` });
  const modules = await import(pathToFileURL(join(folder, 'imported.mjs')));
  return names.map((_, at) => modules[`m${at}`]);
}
