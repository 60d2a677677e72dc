// A Worker of a folder that has the package and nothing else: init, build, wrangler.

import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';

import { Stripe } from 'stripe';

import { root } from '../architecture/sources.mjs';
import { make_project } from './packed.mjs';

const folder = make_project('worker');
const postern = (...words) => execFileSync(process.execPath,
  [join(folder, 'node_modules/postern/npm/cli/main.mjs'), ...words],
  { cwd: folder, encoding: 'utf8' });
const wrangler = join(root, 'node_modules/wrangler/bin/wrangler.js');
const environment = {
  ...process.env, CI: '1', NO_COLOR: '1', WRANGLER_SEND_METRICS: 'false',
  CLOUDFLARE_CF_FETCH_ENABLED: 'false', WRANGLER_LOG_PATH: join(folder, 'logs'),
};
const secret = 'whsec_f1c7e5ec2e70f1c7e5ec2e70f1c7e5e1';
const stripe = new Stripe('sk_test_none');

let origin;
let worker;
let url;
const requests = [];

function value_of(name) {
  switch (name) {
    case 'ORIGIN_URL': return `http://127.0.0.1:${origin.address().port}/in`;
    case 'POSTERN_SIGNING_SECRET': return `whsec_${randomBytes(32).toString('base64')}`;
    default: return secret;
  }
}

before(async () => {
  origin = createServer((incoming, outgoing) => {
    requests.push(incoming.headers);
    incoming.resume().on('end', () => outgoing.writeHead(201).end('taken'));
  }).listen(0, '127.0.0.1');
  await once(origin, 'listening');
  postern('init', 'stripe');
  postern('build', 'postern.toml', '-o', 'policy.bin', '--development');
  const example = readFileSync(join(folder, '.dev.vars.example'), 'utf8');
  writeFileSync(join(folder, '.dev.vars'),
    example.replace(/^(\w+)=$/gm, (line, name) => `${line}"${value_of(name)}"`));
  worker = spawn(process.execPath, [wrangler, 'dev', '--ip', '127.0.0.1', '--port', '0',
    '--inspector-port', '0', '--show-interactive-dev-session=false'],
  { cwd: folder, env: environment });
  let said = '';
  for (const stream of [worker.stdout, worker.stderr]) {
    stream.on('data', (text) => {
      said += text;
    });
  }
  for (let tries = 0; url === undefined; tries += 1) {
    assert.ok(tries < 1800 && worker.exitCode === null, said);
    [, url] = /Ready on (http:\/\/\S+)/.exec(said) ?? [];
    await sleep(50);
  }
});

after(async () => {
  worker?.kill('SIGINT');
  origin.close();
  origin.closeAllConnections();
  await (worker?.exitCode === null && once(worker, 'exit'));
  rmSync(join(folder, '.wrangler'), { recursive: true, force: true });
});

function send(id, with_secret = secret) {
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

test('forwards what is genuine, absorbs its repeat, refuses what is forged', async () => {
  const first = await send('evt_1');
  assert.deepEqual([first.status, await first.text()], [201, 'taken']);
  assert.equal((await send('evt_1')).status, 200);
  assert.equal((await send('evt_2', 'whsec_of_somebody_else_0000000000')).status, 401);
  assert.equal(requests.length, 1);
  assert.match(requests[0]['webhook-signature'], /^v1,/);
});

test('is deployed as what it needs', (t) => {
  execFileSync(process.execPath, [wrangler, 'deploy', '--dry-run', '--outdir', 'deployed'],
    { cwd: folder, env: environment, stdio: 'pipe' });
  const files = readdirSync(join(folder, 'deployed')).filter((file) => /\.(js|wasm)$/.test(file));
  assert.equal(files.filter((file) => file.endsWith('.wasm')).length, 1);
  const sizes = files.map((file) =>
    gzipSync(readFileSync(join(folder, 'deployed', file)), { level: 9 }).length);
  t.diagnostic(`the Worker with its policy: ${sizes.reduce((sum, size) => sum + size)} in gzip`);
});
