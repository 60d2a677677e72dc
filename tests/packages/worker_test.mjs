// A Worker of a folder that has the package and nothing else: init, build, wrangler.

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { Stripe } from 'stripe';

import { make_project } from './packed.mjs';
import { read_deployed, shell_of } from './wrangler.mjs';

const folder = make_project('worker', { dependencies: ['wrangler'] });
const { run, start } = shell_of(folder);
const secret = 'whsec_f1c7e5ec2e70f1c7e5ec2e70f1c7e5e1';
const stripe = new Stripe('sk_test_none');

let origin;
let worker;
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
  run('postern init stripe && postern build postern.toml -o policy.bin --development');
  const example = readFileSync(join(folder, '.dev.vars.example'), 'utf8');
  writeFileSync(join(folder, '.dev.vars'),
    example.replace(/^(\w+)=$/gm, (line, name) => `${line}"${value_of(name)}"`));
  worker = await start('wrangler dev');
});

after(async () => {
  await worker?.stop();
  origin.close();
  origin.closeAllConnections();
});

function send(id, with_secret = secret) {
  const payload = JSON.stringify({ id, object: 'event', type: 'invoice.paid' });
  return fetch(`${worker.url}/hooks/stripe`, {
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
  run('wrangler deploy --dry-run --outdir deployed');
  const { modules, gzip } = read_deployed(join(folder, 'deployed'));
  assert.equal(modules.length, 1);
  t.diagnostic(`the Worker with its policy: ${gzip} in gzip`);
});
