// What `postern init --node` writes runs as it stands, in a folder with the package and no more.

import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { afterEach, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

import { spread } from '../provider_texts.mjs';

import { secret, signed_request } from './app.mjs';
import { make_project } from './packed.mjs';

const folder = make_project('init');
const at = (name) => join(folder, name);
const catalogue = readdirSync(at('node_modules/postern/catalogue')).map((name) =>
  basename(name, '.toml'));
// Each is a table of the policy, and a gate has at most 256.
const slugs = [...new Set(['stripe', ...spread(catalogue, 60)])];

function postern(...words) {
  return execFileSync(process.execPath, [at('node_modules/postern/npm/cli/main.mjs'), ...words],
    { cwd: folder, encoding: 'utf8' });
}

let server;
let url;
let said = '';

async function start(...words) {
  said = '';
  server = spawn(process.execPath, ['--env-file=.env', 'server.mjs', ...words],
    { cwd: folder, env: { PATH: process.env.PATH, PORT: '0' } });
  for (const stream of [server.stdout, server.stderr]) {
    stream.on('data', (text) => {
      said += text;
    });
  }
  for (let tries = 0; !said.includes('takes webhooks at'); tries += 1) {
    assert.ok(tries < 1000 && server.exitCode === null, said);
    await sleep(10);
  }
  [url] = /http:\/\/\S+:\d+/.exec(said);
}

async function stop() {
  server.kill('SIGTERM');
  const [code] = await once(server, 'exit');
  return code;
}

async function status_of(request, headers = {}) {
  const answer = await fetch(`${url}/hooks/stripe`, {
    method: 'POST', headers: { ...Object.fromEntries(request.headers), ...headers },
    body: await request.arrayBuffer(),
  });
  return answer.status;
}

before(() => {
  postern('init', ...slugs, '--node');
  copyFileSync(at('.env.example'), at('.env'));
});

afterEach(() => server.exitCode === null && server.kill('SIGKILL'));

test('with many providers and without values it starts, and says what it lacks', async () => {
  await start('--development');
  assert.equal((await fetch(`${url}/healthz`)).status, 503);
  assert.equal(await status_of(signed_request()), 503);
  assert.ok(slugs.length >= 15);
  for (const slug of slugs) {
    assert.match(said, new RegExp(`${slug} answers 503: `));
  }
  assert.equal(await stop(), 0);
});

test('it takes a genuine delivery once, also over a restart, and no forged one', async () => {
  const example = readFileSync(at('.env.example'), 'utf8');
  writeFileSync(at('.env'), example.replace('STRIPE_WEBHOOK_SECRET=', `$&${secret}`));
  await start('--development');
  assert.equal((await fetch(`${url}/healthz`)).status, 200);
  assert.equal(await status_of(signed_request()), 200);
  assert.equal(await status_of(signed_request({ key: 'whsec_of_somebody_else_0000000' })), 401);
  assert.match(said, /stripe has sent invoice\.paid, [0-9a-f]{64}/);
  assert.equal(await stop(), 0);
  await start('--development');
  assert.equal(await status_of(signed_request()), 200);
  assert.match(said, /"verdict":"duplicate"/);
  assert.doesNotMatch(said, /has sent/);
  assert.equal(await stop(), 0);
});

test('on a public machine it takes what a proxy says came by https', async () => {
  await start();
  assert.equal(await status_of(signed_request()), 403);
  assert.equal(await status_of(signed_request(), { 'x-forwarded-proto': 'https' }), 200);
  assert.equal(await stop(), 0);
});
