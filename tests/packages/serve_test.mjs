// `postern serve` as a user runs it: a process, a file of settings, an origin, signals.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import { after, before, beforeEach, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

import { Stripe } from 'stripe';

import { make_project } from './packed.mjs';

const folder = make_project('serve');
const program = join(folder, 'node_modules/postern/npm/cli/main.mjs');
const secret = 'whsec_f1c7e5ec2e70f1c7e5ec2e70f1c7e5e1';
const stripe = new Stripe('sk_test_none');

let origin;
let requests;
let answer_after_ms;

before(async () => {
  origin = createServer((incoming, outgoing) => {
    requests.push(incoming.headers);
    incoming.resume();
    setTimeout(() => outgoing.writeHead(201).end('taken'), answer_after_ms);
  }).listen(0, '127.0.0.1');
  await once(origin, 'listening');
  writeFileSync(join(folder, 'postern.toml'), [
    'version = 1', '[sources.stripe]', 'path = "/hooks/stripe"', 'provider = "stripe"',
    'secrets = ["env:STRIPE_SECRET"]', '[[sources.stripe.routes]]', 'to = "env:ORIGIN"',
    'timeout = "8s"', '',
  ].join('\n'));
  writeFileSync(join(folder, 'postern.toml.json'), '{ "STRIPE_SECRET": "x" }\n');
  writeFileSync(join(folder, 'settings.env'),
    `STRIPE_SECRET="${secret}"\nORIGIN=http://127.0.0.1:${origin.address().port}/in\n`);
});

after(() => {
  origin.close();
  origin.closeAllConnections();
});

beforeEach(() => {
  requests = [];
  answer_after_ms = 0;
});

function run(...args) {
  const child = spawn(process.execPath, [program, ...args], { cwd: folder });
  const said = { out: '', err: '' };
  child.stdout.on('data', (text) => {
    said.out += text;
  });
  child.stderr.on('data', (text) => {
    said.err += text;
  });
  const ended = new Promise((resolve) => {
    child.on('close', (code, signal) => resolve(code ?? signal));
  });
  return { child, said, ended };
}

/** Starts it on a port that is free, and waits until it says where. */
async function serve(...options) {
  const running =
    run('serve', '--settings', 'settings.env', '--port', '0', '--development', ...options);
  for (let tries = 0; !running.said.err.includes('postern serves'); tries += 1) {
    assert.ok(tries < 1000 && running.child.exitCode === null, running.said.err);
    await sleep(10);
  }
  const [url] = /http:\/\/\S+:\d+/.exec(running.said.err);
  const records = () => running.said.out.trim().split('\n').filter((line) => line !== '')
    .map((line) => JSON.parse(line));
  return { ...running, url, records };
}

function send(url, id, with_secret = secret) {
  const payload = JSON.stringify({ id, object: 'event', type: 'invoice.paid' });
  return fetch(`${url}/hooks/stripe`, {
    method: 'POST', body: payload,
    headers: {
      'content-type': 'application/json',
      'stripe-signature':
        stripe.webhooks.generateTestHeaderString({ payload, secret: with_secret }),
    },
  });
}

const remove_ledger = () =>
  ['', '-wal', '-shm'].forEach((end) => rmSync(join(folder, `postern.db${end}`), { force: true }));

test('forwards, absorbs, refuses, and keeps what it knows over a restart', async () => {
  remove_ledger();
  const first = await serve();
  assert.equal((await fetch(`${first.url}/healthz`)).status, 200);
  const answer = await send(first.url, 'evt_1');
  assert.deepEqual([answer.status, await answer.text()], [201, 'taken']);
  assert.equal((await send(first.url, 'evt_1')).status, 200);
  assert.equal((await send(first.url, 'evt_2', 'whsec_of_somebody_else_00000000')).status, 401);
  first.child.kill('SIGTERM');
  assert.equal(await first.ended, 0);
  assert.deepEqual(first.records().map(({ verdict }) => verdict),
    ['forwarded', 'duplicate', 'refused']);
  const second = await serve();
  assert.equal((await send(second.url, 'evt_1')).status, 200);
  second.child.kill('SIGINT');
  assert.equal(await second.ended, 0);
  assert.equal(second.records()[0].verdict, 'duplicate');
  assert.equal(requests.length, 1);
  assert.doesNotMatch(first.said.out + first.said.err + second.said.out, new RegExp(secret));
});

test('takes the path as it came, and no address in the request line', async () => {
  const { child, url, ended } = await serve('--ledger', 'memory:');
  const { port } = new URL(url);
  const status_of = async (target) => {
    const socket = connect(Number(port), '127.0.0.1');
    socket.end(`POST ${target} HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n` +
      'connection: close\r\n\r\n');
    const [bytes] = await once(socket, 'data');
    socket.destroy();
    return Number(String(bytes).split(' ')[1]);
  };
  assert.equal(await status_of('/hooks/stripe'), 401);
  assert.equal(await status_of('/x/../hooks/stripe'), 404);
  assert.equal(await status_of('//hooks/stripe'), 404);
  assert.equal(await status_of('/hooks/stripe/'), 404);
  assert.equal(await status_of('/hooks%2Fstripe'), 404);
  assert.equal(await status_of(`http://127.0.0.1:${port}/hooks/stripe`), 400);
  child.kill('SIGTERM');
  await ended;
});

test('lets plain http in for development only, or where a proxy says https', async () => {
  writeFileSync(join(folder, 'public.toml'), [
    'version = 1', '[sources.stripe]', 'path = "/hooks/stripe"', 'provider = "stripe"',
    'secrets = ["env:STRIPE_SECRET"]', '[[sources.stripe.routes]]', 'answer = 200', '',
  ].join('\n'));
  const running = run('serve', '--policy', 'public.toml', '--settings', 'settings.env',
    '--port', '0', '--ledger', 'memory:', '--proxy');
  for (; !running.said.err.includes('postern serves');) {
    await sleep(10);
  }
  const [url] = /http:\/\/\S+:\d+/.exec(running.said.err);
  const payload = '{"id":"evt_1","object":"event","type":"invoice.paid"}';
  const status_of = async (headers) => (await fetch(`${url}/hooks/stripe`, {
    method: 'POST', body: payload,
    headers: {
      'content-type': 'application/json',
      'stripe-signature': stripe.webhooks.generateTestHeaderString({ payload, secret }), ...headers,
    },
  })).status;
  assert.equal(await status_of({}), 403);
  assert.equal(await status_of({ 'x-forwarded-proto': 'http' }), 403);
  assert.equal(await status_of({ 'x-forwarded-proto': 'https, http' }), 403);
  assert.equal(await status_of({ 'x-forwarded-proto': 'https' }), 200);
  running.child.kill('SIGTERM');
  await running.ended;
});

test('a signal lets what is under way end, within its grace, and takes nothing new', async () => {
  remove_ledger();
  answer_after_ms = 700;
  const running = await serve('--grace', '5');
  const under_way = send(running.url, 'evt_1');
  await sleep(300);
  running.child.kill('SIGTERM');
  await sleep(100);
  assert.equal((await send(running.url, 'evt_2')).status, 503);
  assert.equal((await under_way).status, 201);
  assert.equal(await running.ended, 0);
});

test('what outlives the grace is released in doubt', async () => {
  remove_ledger();
  answer_after_ms = 4000;
  const first = await serve('--grace', '0');
  const under_way = send(first.url, 'evt_1');
  await sleep(300);
  first.child.kill('SIGTERM');
  assert.equal((await under_way).status, 504);
  assert.equal(await first.ended, 0);
  answer_after_ms = 0;
  const second = await serve();
  assert.equal((await send(second.url, 'evt_1')).status, 201);
  second.child.kill('SIGTERM');
  await second.ended;
  assert.equal(second.records()[0].maybe_duplicate, true);
});

test('a second signal ends it at once', async () => {
  remove_ledger();
  answer_after_ms = 4000;
  const running = await serve('--grace', '60');
  send(running.url, 'evt_1').catch(() => {});
  await sleep(300);
  running.child.kill('SIGTERM');
  await sleep(100);
  running.child.kill('SIGTERM');
  assert.equal(await running.ended, 130);
});

test('says which value is not set, and answers 503 for its source alone', async () => {
  writeFileSync(join(folder, 'two.toml'), ['stripe', 'other'].map((name) => [
    `[sources.${name}]`, `path = "/hooks/${name}"`, 'provider = "stripe"',
    `secrets = ["env:${name.toUpperCase()}_SECRET"]`, `[[sources.${name}.routes]]`, 'answer = 200',
  ].join('\n')).join('\n').replace(/^/, 'version = 1\n'));
  const { child, url, said, ended } =
    await serve('--ledger', 'memory:', '--policy', 'two.toml');
  assert.match(said.err, /^two\.toml:11:\d+: warning: .*secrets is set/m);
  assert.equal((await send(url, 'evt_1')).status, 200);
  assert.equal((await fetch(`${url}/hooks/other`, { method: 'POST' })).status, 503);
  assert.equal((await fetch(`${url}/healthz`)).status, 200);
  assert.equal((await fetch(`${url}/healthz`, { method: 'POST' })).status, 404);
  child.kill('SIGTERM');
  await ended;
});

test('goes on when nobody reads its records any more', async () => {
  const { child, url, said, ended } = await serve('--ledger', 'memory:');
  child.stdout.destroy();
  for (const id of ['evt_1', 'evt_2', 'evt_3']) {
    assert.equal((await send(url, id)).status, 201);
  }
  child.kill('SIGTERM');
  assert.equal(await ended, 0);
  assert.equal(said.err.match(/nobody reads the records/g).length, 1);
});

test('does not wait long for a connection that says nothing', async () => {
  const { child, url, ended } = await serve('--ledger', 'memory:');
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  socket.on('error', () => {});
  await once(socket, 'connect');
  const started_ms = Date.now();
  child.kill('SIGTERM');
  assert.equal(await ended, 0);
  assert.ok(Date.now() - started_ms < 6000);
});

const mistakes = {
  'an empty address, which would be all of them': [['--host', ''], 2, /--host takes something/],
  'an address that is none of its own': [
    ['--host', '192.0.2.1', '--port', '0', '--settings', 'settings.env'], 4, /--host takes/],
  'a file of settings that has none': [
    ['--settings', 'postern.toml.json'], 3, /no line of it is NAME=VALUE/],
  'a port that is none': [['--port', '99999999'], 2, /--port takes a whole number/],
  'an option that is none': [['--prot', '1'], 2, /--prot/],
  'a ledger that is none': [['--ledger', 'redis://x'], 2, /sqlite:FILE or memory:/],
  'a policy that is not there': [['--policy', 'none.toml'], 3, /none\.toml.*ENOENT/],
  'a port that is taken': [
    () => ['--port', String(origin.address().port), '--settings', 'settings.env'], 4,
    /cannot be listened on \(EADDRINUSE\)/],
};
for (const [what, [options, code, says]] of Object.entries(mistakes)) {
  test(`says what to do about ${what}`, async () => {
    const { said, ended } = run('serve', '--development', '--ledger', 'memory:',
      ...(typeof options === 'function' ? options() : options));
    assert.equal(await ended, code);
    assert.match(said.err, says);
  });
}

test('refuses queue mode with a ledger that forgets, however the policy writes it', async () => {
  const source = '[sources.github]\npath = "/a"\nprovider = "github"\nsecrets = ["env:S"]\n';
  const spellings = {
    'table.toml': `${source}[[sources.github.routes]]\nto = "env:O"\ndeliver = "queue"\n`,
    'inline.toml': `${source}routes = [{ to = "env:O", deliver = 'queue' }]\n`,
  };
  for (const [file, text] of Object.entries(spellings)) {
    writeFileSync(join(folder, file), `version = 1\n${text}`);
    const { said, ended } = run('serve', '--policy', file, '--ledger', 'memory:', '--port', '0');
    assert.equal(await ended, 2, said.err);
    assert.match(said.err, /--ledger sqlite:FILE keeps what is owed/);
  }
});

test('shows where a policy is wrong', async () => {
  writeFileSync(join(folder, 'wrong.toml'),
    'version = 1\n[sources.a]\npath = "/a"\nprovider = "stripe"\n');
  const { said, ended } = run('serve', '--policy', 'wrong.toml');
  assert.equal(await ended, 3);
  assert.match(said.err, /^wrong\.toml:2:\d+: error: /m);
});
