// The verifier that the documentation gives to origins, against the library of Standard Webhooks:
// what the one signs the other believes, and nothing else.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Webhook } from 'standardwebhooks';

import { tolerance_seconds, verify_forward } from '../../examples/origin/verify_forward.mjs';

const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const key = 'c151637aecde3e48d574e6a1885609e601eea9d75948f162f5a190db591e60a4';
const now_seconds = 1_700_000_000;
const body = Buffer.from('{"n":"\u00e9"}');

function forward() {
  const signature = new Webhook(secret).sign(key, new Date(now_seconds * 1000), body);
  return {
    headers: {
      'webhook-id': key,
      'webhook-timestamp': String(now_seconds),
      'webhook-signature': signature,
      'postern-attempt': '117652695137648640',
      'postern-source': 'orders',
      'postern-event': 'order.paid',
    },
    body,
    secret,
    now_seconds,
  };
}

/** The forward with some of its headers replaced. */
function with_headers(changes) {
  const genuine = forward();
  return { ...genuine, headers: { ...genuine.headers, ...changes } };
}

test('believes what the library signs, and reads the event', () => {
  assert.deepEqual(verify_forward(forward()), {
    key, attempt: 117652695137648640n, maybe_duplicate: false, source: 'orders',
    type: 'order.paid',
  });
  const marked = verify_forward(with_headers({ 'postern-maybe-duplicate': 'true' }));
  assert.equal(marked.maybe_duplicate, true);
});

test('finds the signature among several, as in a rotation', () => {
  const { headers } = forward();
  const several = `v1,${Buffer.alloc(32).toString('base64')} ${headers['webhook-signature']}`;
  assert.equal(verify_forward(with_headers({ 'webhook-signature': several }))?.key, key);
});

test('believes nothing that was changed, is missing, or of another time or secret', () => {
  const genuine = forward();
  const [, text] = genuine.headers['webhook-signature'].split(',');
  const others = [
    { ...genuine, body: Buffer.concat([body, Buffer.from(' ')]) },
    { ...genuine, secret: 'whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX' },
    { ...genuine, now_seconds: now_seconds + tolerance_seconds + 1 },
    { ...genuine, now_seconds: now_seconds - tolerance_seconds - 1 },
    { ...genuine, headers: {} },
    with_headers({ 'webhook-id': key.replace('c', 'd') }),
    with_headers({ 'webhook-id': key.slice(1) }),
    with_headers({ 'webhook-timestamp': String(now_seconds + 1) }),
    with_headers({ 'webhook-timestamp': '' }),
    with_headers({ 'webhook-signature': '' }),
    with_headers({ 'webhook-signature': text }),
    with_headers({ 'webhook-signature': `v2,${text}` }),
    with_headers({ 'webhook-signature': `v1,${text.slice(4)}` }),
  ];
  for (const [number, request] of others.entries()) {
    assert.equal(verify_forward(request), null, `request ${number}`);
  }
  assert.notEqual(verify_forward({ ...genuine, now_seconds: now_seconds + 300 }), null);
});
