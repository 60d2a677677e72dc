// examples/cloudflare as somebody who copies it uses it: the package from the tarball, its own
// scripts, wrangler. Functions of its script take what is genuine, at once and from the queue.

import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { Stripe } from 'stripe';

import { make_project, root } from './packed.mjs';
import { read_deployed, shell_of } from './wrangler.mjs';

const folder = make_project('template', { dependencies: ['wrangler'] });
const at = (name) => join(folder, name);
cpSync(join(root, 'examples/cloudflare'), folder, { recursive: true });
const manifest = JSON.parse(readFileSync(at('package.json'), 'utf8'));
const { run, start } = shell_of(folder);
const secrets = {
  STRIPE_WEBHOOK_SECRET: 'whsec_f1c7e5ec2e70f1c7e5ec2e70f1c7e5e1',
  GITHUB_WEBHOOK_SECRET: '7d38cdd689735b008b3c702edd92eea23791c5f6',
};
const stripe = new Stripe('sk_test_none');

let worker;

before(async () => {
  const example = readFileSync(at('.dev.vars.example'), 'utf8');
  writeFileSync(at('.dev.vars'),
    example.replace(/^(\w+)=$/gm, (line, name) => `${line}"${secrets[name]}"`));
  worker = await start(manifest.scripts.dev);
});

after(() => worker?.stop());

function send_stripe(id, secret = secrets.STRIPE_WEBHOOK_SECRET, type = 'invoice.paid') {
  const payload = JSON.stringify({ id, object: 'event', type, data: { object: { id: 'in_1' } } });
  return fetch(`${worker.url}/hooks/stripe`, {
    method: 'POST', body: payload,
    headers: {
      'content-type': 'application/json',
      'stripe-signature': stripe.webhooks.generateTestHeaderString({ payload, secret }),
    },
  });
}

function send_github(secret = secrets.GITHUB_WEBHOOK_SECRET) {
  const body = '{"ref":"refs/heads/main","after":"6113728f27ae82c7b1a177c8d03f9e96e0adf246"}';
  const hmac = createHmac('sha256', secret).update(body).digest('hex');
  return fetch(`${worker.url}/hooks/github`, {
    method: 'POST', body,
    headers: {
      'content-type': 'application/json', 'x-github-event': 'push',
      'x-github-delivery': '72d3162e-cc78-11e3-81ab-4c9367dc0958',
      'x-hub-signature-256': `sha256=${hmac}`,
    },
  });
}

test('a function takes a genuine event once, and no forged one', async () => {
  assert.equal((await send_stripe('evt_1')).status, 200);
  assert.equal((await send_stripe('evt_1')).status, 200);
  assert.equal((await send_stripe('evt_2', 'whsec_of_somebody_else_0000000000')).status, 401);
  assert.equal((await send_stripe('evt_3', undefined, 'customer.created')).status, 200);
  await worker.until_said(/"reason":"answered_by_route"/);
  assert.equal(worker.said().match(/to be booked: invoice\.paid, in_1, [0-9a-f]{64}/g).length, 1);
  assert.match(worker.said(), /"verdict":"duplicate"/);
});

test('a function takes from the queue what was answered before', async () => {
  assert.equal((await send_github('of somebody else')).status, 401);
  assert.equal((await send_github()).status, 200);
  await worker.until_said(/noted: push, [0-9a-f]{64}/);
});

test('it is deployed as what it needs, and lint finds nothing', (t) => {
  run(`${manifest.scripts.deploy} --dry-run --outdir deployed`);
  assert.match(run('postern lint postern.toml --strict'), /0 errors, 0 warnings/);
  const { modules, gzip } = read_deployed(at('deployed'));
  assert.equal(modules.length, 1);
  t.diagnostic(`the Worker with its policy: ${gzip} in gzip`);
});

test('what the button asks for is what the policy reads', () => {
  const example = readFileSync(at('.dev.vars.example'), 'utf8');
  const names = Object.keys(secrets);
  assert.deepEqual([...example.matchAll(/^(\w+)=/gm)].map(([, name]) => name), names);
  assert.deepEqual(Object.keys(manifest.cloudflare.bindings), names);
  const [, version] = /"version": "([^"]+)"/.exec(
    readFileSync(at('node_modules/postern/package.json'), 'utf8'));
  const wrangler = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  assert.equal(manifest.dependencies.postern, version);
  assert.equal(manifest.devDependencies.wrangler, wrangler.devDependencies.wrangler);
});
