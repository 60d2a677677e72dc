// The native command and `npx postern` of the packed tarball, run alike.

import assert from 'node:assert/strict';
import { execFile, execFileSync, fork } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { pathToFileURL } from 'node:url';

import { root } from '../architecture/sources.mjs';

export const native = join(root, 'build/postern');
export const folder = mkdtempSync(join(tmpdir(), 'postern-command-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const [tarball] = readdirSync(join(root, 'build')).filter((name) => /^postern-.*\.tgz$/.test(name));
assert.ok(tarball !== undefined, '`./dev package` makes the tarball');
execFileSync('tar', ['-xzf', join(root, 'build', tarball), '-C', folder]);
export const unpacked = join(folder, 'package');
const { bin } = JSON.parse(readFileSync(join(unpacked, 'package.json'), 'utf8'));
export const packed = join(unpacked, bin.postern);

const at_once = 3;

/** `{ code, out, err }` of one run. */
export function run(file, words, { input = '', cwd = root, env = {} }) {
  return new Promise((resolve) => {
    const child = execFile(file, words, {
      cwd, encoding: 'latin1', maxBuffer: 64 << 20, env: { PATH: process.env.PATH, ...env },
    }, (fault, out, err) => resolve({ code: fault === null ? 0 : fault.code, out, err }));
    child.stdin.on('error', () => {});
    child.stdin.end(input);
  });
}

/**
 * A function that has command lines answered by one process of the package, as `run` gives them:
 * without standard input, in this tree.
 */
export function answering() {
  const child = fork(join(root, 'tests/packages/answering.mjs'),
    [pathToFileURL(join(unpacked, 'npm/cli/run.mjs')).href],
    { cwd: root, env: { PATH: process.env.PATH }, stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
  const waiting = new Map();
  let number = 0;
  child.on('message', ({ number: of, said }) => {
    waiting.get(of).resolve(said);
    waiting.delete(of);
  });
  child.on('exit', (code) => waiting.forEach(({ reject }) =>
    reject(new Error(`the command ended with ${code}`))));
  after(() => child.kill());
  return (words) => new Promise((resolve, reject) => {
    number += 1;
    waiting.set(number, { resolve, reject });
    child.send({ number, words });
  });
}

/** A Worker of the package has its entry and its policy elsewhere than one of the tree. */
const in_the_tree = (text) => text
  .replace('after `npx postern build postern.toml -o policy.bin`.',
    'after `./dev build` and `postern compile`.')
  .replace('main = "node_modules/postern/hosts/', 'main = "hosts/')
  .replace('See node_modules/postern/docs/', 'See docs/')
  .replace('"./policy.mjs"', '"./hosts/cloudflare/policy.mjs"');

/**
 * Both commands, each with a folder of its own for what it writes, which `OUT` stands for. With
 * `answer`, of `answering`, the package's has no process of its own.
 */
export async function run_both(words, options = {}) {
  const runs = await Promise.all(['native', 'packed'].map(async (which) => {
    const out_folder = mkdtempSync(join(folder, `${which}-`));
    options.prepare?.(out_folder);
    const own = words.map((word) => word.replaceAll('OUT', out_folder));
    const [file, before] = which === 'native' ? [native, []] : [process.execPath, [packed]];
    const cwd = options.in_out_folder ? out_folder : root;
    const said = which === 'packed' && options.answer !== undefined
      ? await options.answer(own) : await run(file, [...before, ...own], { ...options, cwd });
    const plain = (text) => in_the_tree(text.replaceAll(out_folder, 'OUT'));
    const files = Object.fromEntries(readdirSync(out_folder).sort().map((name) =>
      [name, in_the_tree(readFileSync(join(out_folder, name), 'latin1'))]));
    rmSync(out_folder, { recursive: true });
    return { code: said.code, out: plain(said.out), err: plain(said.err), files };
  }));
  assert.deepEqual(runs[1], runs[0], words.join(' '));
  return runs[0];
}

/** The runs of `cases`, `[words, options]`, a few at once. */
export async function run_all(cases) {
  const results = [];
  const waiting = cases.entries();
  await Promise.all(Array.from({ length: at_once }, async () => {
    for (const [at, [words, options]] of waiting) {
      results[at] = await run_both(words, options);
    }
  }));
  return results;
}
