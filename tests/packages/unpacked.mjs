// The package as a user has it: the tarball, unpacked where nothing else is, and imported by name.

import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { root } from '../architecture/sources.mjs';

/** Makes build/packages/NAME anew, with the package in its node_modules; gives the folder. */
export function unpack(name) {
  const [tarball, ...others] = readdirSync(join(root, 'build'))
    .filter((file) => /^postern-.*\.tgz$/.test(file));
  if (tarball === undefined || others.length > 0) {
    throw new Error('build/ has no tarball, or several: `./dev package` makes it');
  }
  const folder = join(root, 'build/packages', name);
  const modules = join(folder, 'node_modules');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(modules, { recursive: true });
  execFileSync('tar', ['-xzf', join(root, 'build', tarball), '-C', modules]);
  renameSync(join(modules, 'package'), join(modules, 'postern'));
  writeFileSync(join(folder, 'package.json'), '{ "type": "module", "private": true }\n');
  return folder;
}

/** What a script of these lines exports, which stands in `folder` and imports the package. */
export async function import_there(folder, lines) {
  const file = join(folder, 'entry.mjs');
  writeFileSync(file, `${lines.join('\n')}\n`);
  return import(pathToFileURL(file));
}
