// A runtime without an algorithm: said at the start, by the source's name, and 503 for it alone.

import assert from 'node:assert/strict';
import { generateKeyPairSync, sign } from 'node:crypto';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

import Stripe from 'stripe';

import { import_packed, make_project } from './packed.mjs';

const [{ gate, verify }, { memory }] =
  await import_packed(make_project('lacking'), ['postern', 'postern/ledger/memory']);

const secret = 'whsec_f1c7e5ec2e70f1c7e5ec2e70f1c7e5e1';
const { webhooks } = new Stripe('sk_test_packages');
const { publicKey: public_key, privateKey: private_key } = generateKeyPairSync('ed25519');
const discord_key =
  public_key.export({ format: 'der', type: 'spki' }).subarray(-32).toString('hex');

function stripe_request() {
  const payload = JSON.stringify({ id: 'evt_1', object: 'event', type: 'invoice.paid' });
  return new Request('https://app.example/hooks/stripe', {
    method: 'POST', body: payload,
    headers: { 'stripe-signature': webhooks.generateTestHeaderString({ payload, secret }) },
  });
}

function discord_request() {
  const body = JSON.stringify({ id: '1', application_id: '2', type: 2, version: 1 });
  const time = String(Math.floor(Date.now() / 1000));
  return new Request('https://app.example/hooks/discord', {
    method: 'POST', body,
    headers: {
      'content-type': 'application/json', 'x-signature-timestamp': time,
      'x-signature-ed25519': sign(null, Buffer.from(time + body), private_key).toString('hex'),
    },
  });
}

const source = (provider, value) =>
  ({ path: `/hooks/${provider}`, provider, secrets: [value], routes: [{ to() {} }] });

/** What a gate of both says at its start, and the statuses of a genuine delivery to each. */
async function start(t) {
  const said = [];
  t.mock.method(console, 'warn', () => {});
  t.mock.method(console, 'error', (line) => said.push(line));
  const hooks = gate({
    ledger: memory(),
    sources: { stripe: source('stripe', secret), discord: source('discord', discord_key) },
  });
  await sleep(200);
  const at_start = [...said];
  const statuses = [];
  for (const request of [stripe_request(), discord_request()]) {
    statuses.push((await hooks.fetch(request)).status);
  }
  await hooks.close();
  return { at_start, statuses };
}

/** As a runtime does that has never heard of it. */
function without_ed25519(t) {
  const { subtle } = globalThis.crypto;
  const import_key = subtle.importKey.bind(subtle);
  t.mock.method(subtle, 'importKey', async (format, key, algorithm, ...others) => {
    if ((algorithm.name ?? algorithm) === 'Ed25519') {
      throw new DOMException('Unrecognized algorithm name', 'NotSupportedError');
    }
    return import_key(format, key, algorithm, ...others);
  });
}

test('a runtime that has everything says nothing', async (t) => {
  assert.deepEqual(await start(t), { at_start: [], statuses: [200, 200] });
});

test('one without Ed25519 names the source, which alone answers 503', async (t) => {
  without_ed25519(t);
  const { at_start, statuses } = await start(t);
  assert.equal(at_start.length, 1);
  assert.match(at_start[0], /^postern: discord answers 503: .*Ed25519/);
  assert.deepEqual(statuses, [200, 503]);
});

test('verify answers 503 there, and its hint says why', async (t) => {
  without_ed25519(t);
  const result = await verify('discord', discord_request(), discord_key);
  assert.deepEqual([result.ok, result.reason, result.status], [false, 'crypto_unavailable', 503]);
  assert.match(result.hint, /this runtime's crypto lacks the algorithm/);
});
