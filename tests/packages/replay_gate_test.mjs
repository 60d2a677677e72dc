// `npx postern replay --engine URL` of the packed tarball finds at a running gate what the native
// command finds there, in the same words.

import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { createWriteStream, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

import { make_project, root } from './packed.mjs';

const folder = make_project('replay_gate');
const native = join(root, 'build/postern');
const packed = join(folder, 'node_modules/postern/npm/cli/main.mjs');
const at = (name) => join(folder, name);

/** Providers whose fixtures the gate can be sent, with secrets of its own. */
const secrets = {
  stripe: 'whsec_a8c1a9de3bb0f4c1a9de3bb0f4c1a9de', github: '2f6dd3e0fbc1407faf2b56a4f1cbd7c2',
  slack: '5b1e9c27d04f4a63b8e2c7d915f3a640', twilio: '6a7c40c5d1bd0aa1e3f9d8a2b4c6e8f0',
};
const policy = (origin) => ['version = 1', ...Object.keys(secrets).flatMap((slug) => [
  `[sources.${slug}]`, `path = "/hooks/${slug}"`, `provider = "${slug}"`,
  `secrets = ["env:${slug.toUpperCase()}_SECRET"]`, 'on_ledger_down = "closed"',
  ...(slug === 'twilio' ? ['url = "https://gate.example/hooks/twilio"'] : []),
  `[[sources.${slug}.routes]]`, `to = "${origin}/in"`, 'deliver = "proxy"',
]), ''].join('\n');

const children = [];

/** Starts a program whose output goes to `log`, and gives what `pattern` finds in it. */
async function start(words, log, pattern) {
  const child = spawn(words[0], words.slice(1), { cwd: folder });
  children.push(child);
  const stream = createWriteStream(log);
  child.stdout.pipe(stream);
  child.stderr.pipe(stream);
  for (let looks = 0; ; looks += 1) {
    const said = readFileSync(log, { encoding: 'utf8', flag: 'a+' });
    if (pattern.test(said)) {
      return pattern.exec(said);
    }
    assert.ok(looks < 1200 && child.exitCode === null, said);
    await sleep(50);
  }
}

let origin;
let gate;
before(async () => {
  const [, origin_port] = await start([native, 'origin', '--port', '0'], at('origin.log'),
    /127\.0\.0\.1:(\d+)/);
  origin = `http://127.0.0.1:${origin_port}`;
  writeFileSync(at('postern.toml'), policy(origin));
  writeFileSync(at('settings.env'), Object.entries(secrets)
    .map(([slug, secret]) => `${slug.toUpperCase()}_SECRET=${secret}\n`).join(''));
  const [, port] = await start([process.execPath, packed, 'serve', '--development', '--ledger',
    'memory:', '--settings', 'settings.env', '--port', '0'], at('gate.log'),
  /http:\/\/127\.0\.0\.1:(\d+)/);
  gate = `http://127.0.0.1:${port}`;
});
after(() => children.forEach((child) => child.kill('SIGKILL')));

/** `{ code, out, err }` of one run. */
function run([file, ...words]) {
  return new Promise((resolve) => {
    execFile(file, words, { cwd: root, encoding: 'latin1', maxBuffer: 64 << 20 },
      (fault, out, err) => resolve({ code: fault === null ? 0 : fault.code, out, err }));
  });
}

const timeless = (text) => text.replace(/"seconds": [0-9.e+-]+/g, '"seconds": 0');

/** Both, one behind the other: each scripts the origin. */
async function run_both(words) {
  const results = [];
  for (const command of [[native], [process.execPath, packed]]) {
    const { code, out, err } = await run([...command, 'replay', ...words]);
    results.push({ code, out: timeless(out), err });
  }
  assert.deepEqual(results[1], results[0], words.join(' '));
  return results[1];
}

const there = (changes = {}) => Object.entries({
  engine: gate, policy: at('postern.toml'), settings: at('settings.env'), ...changes,
}).flatMap(([name, value]) => [`--${name}`, value]);
const watched = (changes) => there({ origin, records: at('gate.log'), ...changes });
const fixtures = [...Object.keys(secrets), 'discord', 'queue', 'admission']
  .map((name) => `fixtures/${name}`);

test('every case comes to the same, in verdict, reason, status and origin calls', async (t) => {
  const { code, out } = await run_both([...fixtures, ...watched(), '--report', 'json']);
  const { engine, passed, failed, skipped } = JSON.parse(out);
  assert.deepEqual([code, engine, failed], [0, gate, 0], out);
  assert.ok(passed >= 60 && skipped >= 20, `${passed} passed, ${skipped} skipped`);
  t.diagnostic(`${passed} passed, ${skipped} skipped`);
});

test('a table and a text are the same, also without an origin and a log', async () => {
  const { out } = await run_both(['fixtures/stripe', ...there(), '--table']);
  assert.match(out, /skip/);
  await run_both(['fixtures/github', ...watched()]);
});

test('a gate with other secrets fails in the same words', async () => {
  writeFileSync(at('other.env'), readFileSync(at('settings.env'), 'utf8').replaceAll(/=../g, '=x'));
  const { code, out } =
    await run_both(['fixtures/stripe', ...watched({ settings: at('other.env') })]);
  assert.equal(code, 1);
  assert.match(out, /status: expected 200, got 401/);
});

test('what cannot be done is refused alike', async () => {
  const cases = [
    [2, ['fixtures/stripe', '--engine', gate]], [2, ['none', ...there()]],
    [2, ['fixtures/stripe', '--engine', 'wasm', '--policy', 'postern.toml']],
    [3, ['fixtures/stripe', ...there({ policy: at('none.toml') })]],
    [3, ['fixtures/stripe', ...there({ settings: folder })]],
    [3, ['fixtures/stripe', ...there({ records: at('none.log'), policy: at('none.toml') })]],
    [4, ['fixtures/stripe', ...there({ origin: gate })]],
  ];
  for (const [expected, words] of cases) {
    assert.equal((await run_both(words)).code, expected, words.join(' '));
  }
});

test('a gate that does not answer ends it with 4 and its address', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const engine = `http://127.0.0.1:${server.address().port}`;
  await new Promise((resolve) => server.close(resolve));
  for (const command of [[native], [process.execPath, packed]]) {
    const { code, out, err } =
      await run([...command, 'replay', 'fixtures/stripe', ...there({ engine })]);
    assert.deepEqual([code, out], [4, '']);
    assert.ok(err.startsWith(`${engine}/`), err);
  }
});
