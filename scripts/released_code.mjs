// Whose code is in what is released: read off what the builds have opened, not off a list.

import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, realpathSync } from 'node:fs';
import { join, resolve } from 'node:path';

const output_bytes_max = 64 << 20;

const run = (program, ...args) =>
  execFileSync(program, args, { encoding: 'utf8', maxBuffer: output_bytes_max });

// What is linked without a header of it: the compilers' own runtimes.
const wasm_runtime = () => 'libclang-rt-22-dev-wasm32';

/** libgcc stands beside the C++ library that it was built with. */
const native_runtime = () =>
  debian_packages([run('clang++-22', '-print-file-name=libgcc.a').trim()])[0];

/** Headers of the kernel: numbers of its calls, and no code. */
const without_code = new Set(['linux-libc-dev']);

/** `{ version, purl }` of a package of Debian's, as it is installed. */
export function package_of(name) {
  const [version, architecture] =
    run('dpkg-query', '--show', '--showformat=${Version} ${Architecture}', name).split(' ');
  return {
    version,
    purl: `pkg:deb/debian/${encodeURIComponent(name)}@${encodeURIComponent(version)}` +
      `?arch=${architecture}`,
  };
}

/**
 * By artifact, `{ inside, beside }`: the packages whose code is in it, and those whose libraries it
 * loads. `root` has the builds; `command` is the released command.
 */
export function linked_packages(root, { tarball, command }) {
  const wasm = dependencies(join(root, 'build/wasm'));
  const in_module = (object) => object.startsWith('wasm/');
  const beside = debian_packages(needed_libraries(command));
  const sources = new Set(beside.map(source_of));
  const native = inside(dependencies(join(root, 'build/portable')), () => true, native_runtime)
    .filter((name) => !sources.has(source_of(name)));
  return {
    'postern.wasm': { inside: inside(wasm, in_module, wasm_runtime), beside: [] },
    [tarball]: { inside: inside(wasm, () => true, wasm_runtime), beside: [] },
    postern: { inside: native, beside },
  };
}

/** What Ninja knows of each object in `folder`: `[object, files]`, those of the system. */
function dependencies(folder) {
  const real = new Map();
  const real_path = (file) => {
    if (!real.has(file)) {
      const path = resolve(folder, file);
      real.set(file, existsSync(path) ? realpathSync(path) : '');
    }
    return real.get(file);
  };
  return run('ninja', '-C', folder, '-t', 'deps').split('\n\n')
    .map((entry) => entry.split('\n').filter((line) => line !== '' && !line.startsWith('ninja:')))
    .filter((lines) => lines.length > 0)
    .map(([head, ...files]) => [head.slice(0, head.indexOf(': #deps')),
      files.map((file) => real_path(file.trim())).filter((file) => file.startsWith('/usr/'))]);
}

function inside(objects, is_chosen, runtime) {
  const files =
    new Set(objects.filter(([object]) => is_chosen(object)).flatMap(([, list]) => list));
  const names = debian_packages([...files]).filter((name) => !without_code.has(name));
  return [...new Set([...names, runtime()])].sort();
}

/** The packages that `files` are of, sorted. Throws for a file that no package has. */
function debian_packages(files) {
  if (files.length === 0) {
    throw new Error('nothing was read: build first');
  }
  // What a package has in /lib lies in /usr/lib.
  const names = new Map([...new Set(files.map((file) => realpathSync(file)))]
    .map((file) => [file, [file, file.replace(/^\/usr\/lib/, '/lib')]]));
  const { stdout } = spawnSync('dpkg-query', ['--search', ...[...names.values()].flat()],
    { encoding: 'utf8', maxBuffer: output_bytes_max });
  const owners = new Map(stdout.trim().split('\n').filter((line) => !line.startsWith('diversion '))
    .map((line) => [line.slice(line.indexOf(': ') + 2), line.slice(0, line.indexOf(': '))]));
  const packages = [...names].map(([file, [one, other]]) => {
    const owner = owners.get(one) ?? owners.get(other);
    if (owner === undefined) {
      throw new Error(`no package has ${file}`);
    }
    return owner.replace(/:[a-z0-9]+(?=,|$)/g, '').split(', ')[0];
  });
  return [...new Set(packages)].sort();
}

const source_of = (name) =>
  run('dpkg-query', '--show', '--showformat=${source:Package}', name).trim();

/** The libraries that the dynamic linker finds for what `command` itself names. */
function needed_libraries(command) {
  const needed = [...run('llvm-readelf-22', '--needed-libs', command).matchAll(/^ +(\S+)$/gm)]
    .map(([, name]) => name);
  const found = new Map([...run('ldd', command).matchAll(/^\s*(\S+) => (\S+) /gm)]
    .map(([, name, path]) => [name, path]));
  return needed.filter((name) => found.has(name)).map((name) => found.get(name));
}
