// `npx postern replay` of the packed tarball finds what the native command finds, in the same
// words: over the whole corpus each verdict and step, over a part of it every form of report.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';

import { make_project, root } from './packed.mjs';

const native = join(root, 'build/postern');
const folder = make_project('replay');
const packed = join(folder, 'node_modules/postern');
const { bin } = JSON.parse(readFileSync(join(packed, 'package.json'), 'utf8'));
const command = join(packed, bin.postern);
after(() => rmSync(folder, { recursive: true, force: true }));

/** `{ code, out, err }` of one run. */
function run(words, { cwd = root, env = {} } = {}) {
  const [file, ...before] = words;
  return new Promise((resolve) => {
    execFile(file, before, {
      cwd, encoding: 'latin1', maxBuffer: 64 << 20, env: { PATH: process.env.PATH, ...env },
    }, (fault, out, err) => resolve({ code: fault === null ? 0 : fault.code, out, err }));
  });
}

/** Reports tell how long it took, which nothing else depends on. */
const timeless = (text) => text
  .replace(/"seconds": [0-9.e+-]+/g, '"seconds": 0').replace(/ time="[0-9.]+"/g, ' time="0"');

/** Both commands, on the shipped bytes; what they print and how they end must be equal. */
async function run_both(words, options) {
  const [one, other] = await Promise.all([
    run([native, 'replay', ...words, '--engine', 'wasm'], options),
    run([process.execPath, command, 'replay', ...words], options)]);
  const plain = ({ code, out, err }) => ({ code, out: timeless(out), err: timeless(err) });
  assert.deepEqual(plain(other), plain(one), words.join(' '));
  return other;
}

test('every case of the corpus comes to the same, step by step', async (t) => {
  const { code, out } = await run_both(['--report', 'json']);
  const { passed, failed, cases } = JSON.parse(out);
  assert.deepEqual([code, failed], [0, 0]);
  assert.ok(passed >= 600 && cases.every(({ steps }) => steps.length > 0), String(passed));
  t.diagnostic(`${passed} cases`);
});

test('without a fixture of its own a project replays those of the package', async () => {
  const here = await run([process.execPath, command, 'replay', 'fixtures/slack'], { cwd: folder });
  const there = await run([native, 'replay', 'fixtures/slack']);
  assert.deepEqual(here, there);
  assert.match(here.out, /\d+ passed, 0 failed\n$/);
});

// A fixture whose expectation does not hold.
const wrong = join(folder, 'wrong');
mkdirSync(join(wrong, 'own'), { recursive: true });
const sound = readdirSync(join(root, 'fixtures/stripe')).filter((name) => name.endsWith('.toml'))
  .map((name) => readFileSync(join(root, 'fixtures/stripe', name), 'utf8'))
  .find((text) => text.includes('status = 200') && text.includes('request.body = '));
writeFileSync(join(wrong, 'own/failing.toml'), sound.replace(/status = 200/, 'status = 299'));

test('what fails is told in the same words, in each form', async () => {
  for (const form of ['text', 'json', 'junit', 'tap']) {
    const { code, out } = await run_both(['own', '--report', form], { cwd: wrong });
    assert.equal(code, 1);
    assert.ok(out.includes('299'), out);
  }
});

test('cases are selected, listed and shown alike', async () => {
  const cases = [
    ['--list'], ['--list', '--filter', 'stripe'], ['--filter', 'refuses', 'fixtures/s*'],
    ['fixtures/*/derived/changed-body', '--report', 'tap'],
    ['./fixtures//github/', '--report', 'junit'], ['fixtures/paypal', '--table'],
    ['fixtures/queue', 'fixtures/queue/../admission', '--table'],
  ];
  for (const words of cases) {
    assert.equal((await run_both(words)).code, 0);
  }
  await run_both(['fixtures/slack', '--table'], { env: { COLUMNS: '60' } });
});

test('what cannot be done is refused alike', async () => {
  writeFileSync(join(wrong, 'own/unreadable.toml'), 'shows = 1\n[[step]]\nat = 1\n');
  const cases = [
    [2, ['fixtures/none', 'none/', '*zz*', 'fixtures/stripe']], [2, ['--filter', 'zzz']], [2, ['']],
    [2, ['fixtures/paypal/derived/signed-anew']], [3, ['package.json']],
    [2, ['fixtures/stripe', '--report', 'nope']],
    [2, ['fixtures/stripe', '--report', 'text', '--report', 'tap']],
    [3, ['fixtures/slack', '--report', 'junit=/none/x']],
    [2, ['fixtures/stripe', '--table', '--report', 'json']],
    [2, ['--list', '--table']],
    [3, ['fixtures/stripe', '--providers', 'none']], [2, ['--reprot']],
  ];
  for (const [expected, words] of cases) {
    assert.equal((await run_both(words)).code, expected, words.join(' '));
  }
  assert.equal((await run_both(['own'], { cwd: wrong })).code, 3);
  const { code, err } = await run([process.execPath, command, 'replay', '--engine', 'native']);
  assert.deepEqual([code, err.split('\n')[0]],
    [2, '--engine takes wasm, or the address of a running gate.']);
});

test('the help has no line that the native one has not, but for engines and fixtures', async () => {
  const [one, other] = await Promise.all([
    run([native, 'replay', '--help']), run([process.execPath, command, 'replay', '--help'])]);
  const lines = new Set(one.out.split('\n'));
  const added = other.out.split('\n').filter((line) => !lines.has(line));
  assert.deepEqual(added, [
    '  --engine ENGINE  wasm (the shipped bytes), or the address of a running gate',
    '                   (wasm)',
    '      postern.toml --settings production.env',
    'Where the working folder has no `fixtures`, that name means those of the',
    'package.',
  ]);
});

test('a gate that traps ends it with a word of its own', async () => {
  // The module for tests traps where a delivery has this header.
  const broken = join(folder, 'broken');
  cpSync(packed, broken, { recursive: true });
  cpSync(join(root, 'build/postern_trap.wasm'), join(broken, 'build/postern.wasm'));
  mkdirSync(join(folder, 'trapping'));
  writeFileSync(join(folder, 'trapping/trap.toml'),
    sound.replace('request.headers = [', '$& ["x-postern-trap", "begin"],'));
  const { code, out, err } =
    await run([process.execPath, join(broken, bin.postern), 'replay', 'trapping'], { cwd: folder });
  assert.deepEqual([code, out], [5, '']);
  assert.match(err, /^postern: a defect of its own: the module trapped: \w+.*\n$/);
});
