// A provider that is not in the catalogue, the one of docs/ADDING_A_PROVIDER.md: every command that
// signs or judges works with `--providers`, and what the document shows is what comes out.

import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';

import { root, scratch, secret, start_origin, start_worker } from './edge.mjs';

const folder = join(scratch, 'own_provider');
const document = readFileSync(join(root, 'docs/ADDING_A_PROVIDER.md'), 'utf8')
  .split('## Step by step')[1].split('## A private scheme')[0];

/** The files that the document writes: `[path, text]`. */
const files = [...document.matchAll(/`([\w/-]+\.toml)`[^`]*:\n\n```toml\n([\s\S]*?)```/g)]
  .map(([, path, text]) => [path, text]);

/** What the document types, with the output that it shows. */
const typed = [...document.matchAll(/```console\n([\s\S]*?)```/g)].flatMap(([, block]) =>
  [...block.matchAll(/^\$ ((?:.*\\\n|.*\|\n)*.*)\n((?:(?!\$ ).*\n)*)/gm)]
    .map(([, command, shown]) => ({ command, shown })));

const postern = (args, options = {}) => spawnSync(join(root, 'build/postern'), args,
  { cwd: folder, encoding: 'utf8', timeout: 20_000, ...options });

/** As `postern`, while servers of this process go on. */
const postern_beside = (args) => beside(join(root, 'build/postern'), args);

async function beside(command, args) {
  const child = spawn(command, args, { cwd: folder });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      output += chunk;
    });
  }
  const status = await new Promise((resolve) => {
    child.on('close', resolve);
  });
  return { status, output };
}

const sign_args = ['sign', 'parcelbird', '--secret-env', 'SECRET', '--at', '1700000000'];
const in_folder = ['--providers', 'wasm/providers'];

before(() => {
  rmSync(folder, { recursive: true, force: true });
  for (const [path, text] of files) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  mkdirSync(join(folder, 'build'));
  symlinkSync(join(root, 'build/postern'), join(folder, 'build/postern'));
});
after(() => rmSync(folder, { recursive: true, force: true }));

test('the commands of the document print what it shows', () => {
  assert.equal(files.length, 2);
  assert.equal(typed.length, 6, `${typed.length} commands`);
  for (const { command, shown } of typed) {
    const { stdout, stderr } = spawnSync('sh', ['-c', command], { cwd: folder, encoding: 'utf8' });
    assert.equal(stdout, shown, `${command}\n${stderr}`);
  }
});

test('sign signs as another implementation does, and only with the folder', () => {
  const body = '{"id":"pb_evt_3","kind":"parcel.lost"}';
  const env = { ...process.env, SECRET: 'another secret, of the test alone' };
  const mac = createHmac('sha256', env.SECRET).update(`1700000000.${body}`).digest('hex');
  const signed = postern([...sign_args, ...in_folder], { input: body, env });
  assert.equal(signed.status, 0, signed.stderr);
  assert.ok(signed.stdout.includes(`x-parcelbird-signature: v1=${mac}\n`), signed.stdout);
  const unknown = postern(sign_args, { input: body, env });
  assert.equal(unknown.status, 2);
  assert.match(unknown.stderr, /no provider "parcelbird" in the catalogue/);
});

test('replay judges its fixtures on either engine, and only with the folder', () => {
  for (const engine of [['--engine', 'native'], ['--engine', 'wasm'], ['--compare']]) {
    const { status, stdout, stderr } = postern(['replay', ...engine, ...in_folder]);
    assert.equal(status, 0, stdout + stderr);
    assert.match(stdout, /\n23 passed, 0 failed/);
  }
  const without = postern(['replay']);
  assert.equal(without.status, 3);
  assert.match(without.stderr, /no provider "parcelbird" in the catalogue/);
});

test('a folder or a file that cannot be used is shown, with its place', () => {
  const env = { ...process.env, SECRET: 'x' };
  const broken = join(folder, 'broken');
  mkdirSync(broken);
  writeFileSync(join(broken, 'parcelbird.toml'),
    files[0][1].replace('"hmac-sha256"', '"hmac-sha257"'));
  for (const command of [['replay'], sign_args, ['providers', 'parcelbird']]) {
    const absent = postern([...command, '--providers', 'nowhere'], { input: '', env });
    assert.equal(absent.status, 3, command.join(' '));
    assert.match(absent.stderr, /nowhere: error: .*\[unreadable\]/);
    const bad = postern([...command, '--providers', broken], { input: '', env });
    assert.equal(bad.status, 3, command.join(' '));
    assert.match(bad.stderr, /broken\/parcelbird\.toml:\d+:\d+: error: /);
  }
});

test('send and replay reach a gate whose policy was compiled with the folder', async (t) => {
  const origin = await start_origin();
  const worker = await start_worker();
  t.after(() => Promise.all([worker.close(), origin.close()]));
  const [policy, compiled, settings] = ['gate.toml', 'gate.bin', 'gate.env']
    .map((name) => join(folder, name));
  writeFileSync(policy, `version = 1
[sources.parcels]
path = "/hooks/parcels"
provider = "parcelbird"
secrets = ["env:DEVICE_SECRET"]
[[sources.parcels.routes]]
to = "${origin.url}/parcels"
`);
  writeFileSync(settings, `DEVICE_SECRET=${secret}\n`);
  const made = postern(['compile', '--development', policy, '-o', compiled, ...in_folder]);
  assert.equal(made.status, 0, made.stderr);
  await worker.go_live(readFileSync(compiled));
  const gate = worker.url.origin;
  const session = ['--policy', policy, '--settings', settings];

  const send = (...options) => postern_beside(['send', 'parcelbird', '--gate', gate, ...session,
    '--session', join(folder, 'session.json'), '--event-type', 'parcel.sent', ...options]);
  const genuine = await send(...in_folder);
  assert.match(genuine.output, /status 200/);
  assert.equal(origin.requests.length, 1);
  assert.match((await send(...in_folder, '--forge')).output, /status 401/);
  const wanted = await send(...in_folder, '--expect', '401');
  assert.deepEqual([wanted.status, origin.requests.length], [1, 2], wanted.output);
  assert.equal((await send(...in_folder, '--forge', '--expect', '401')).status, 0);
  assert.equal((await send(...in_folder, '--expect', 'forwarded')).status, 2, 'no log to look in');
  assert.equal(origin.requests.length, 2);

  // What it says to try next is pasted as it stands, and so is what that says.
  const next = (output) => output.split('Next:\n')[1].trimEnd().split('\n');
  const lines = next(genuine.output);
  const answers = [];
  for (let i = 0; i < lines.length && i < 4; ++i) {
    const { status, output } = await beside('sh', ['-c', lines[i]]);
    assert.equal(status, 0, `${lines[i]}\n${output}`);
    answers.push(Number(/status (\d+)/.exec(output)[1]));
    lines.push(...next(output));
  }
  assert.deepEqual(answers, [200, 401, 200, 200]);
  assert.equal(origin.requests.length, 4, 'the second and the third are new events');
  const without = await send();
  assert.equal(without.status, 3, without.output);
  assert.match(without.output, /--providers/);

  const replayed = await postern_beside(['replay', '--engine', gate, ...session, ...in_folder]);
  assert.equal(replayed.status, 0, replayed.output);
  // Three of the derived cases want a second secret, an origin that fails, another limit.
  assert.match(replayed.output, /\n20 passed, 0 failed, 3 skipped/);
  assert.equal(origin.requests.length, 15);
});
