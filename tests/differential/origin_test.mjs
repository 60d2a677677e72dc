// The verifier that the documentation gives to origins: what the library of Standard Webhooks and
// Node's crypto sign the one believes, and nothing else. And the example of docs/ORIGIN.md, which
// was made by OpenSSL.

import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

import { Webhook } from 'standardwebhooks';

import {
  fields, tolerance_seconds, verify_forward,
} from '../../examples/origin/verify_forward.mjs';

const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const other_secret = 'whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX';
const key = 'c151637aecde3e48d574e6a1885609e601eea9d75948f162f5a190db591e60a4';
const url = 'https://billing.example.com/webhooks?team=7';
const now_seconds = 1_700_000_000;
const body = Buffer.from('{"n":"\u00e9"}');

const told = {
  'postern-source': 'orders',
  'postern-event': 'order.paid',
  'postern-id': 'evt_17',
  'postern-key': key,
  'postern-attempt': '117652695137648640',
  'postern-maybe-duplicate': 'true',
  'postern-proof': 'signature',
};

/** The text of docs/ORIGIN.md, field by field as that page lists them. */
function text_of(headers, { method, url: to, of_body }) {
  return [
    'postern-forward-1', method, to, headers['webhook-id'], headers['webhook-timestamp'], of_body,
    headers['postern-source'], headers['postern-event'], headers['postern-id'],
    headers['postern-key'], headers['postern-content-key'], headers['postern-attempt'],
    headers['postern-maybe-duplicate'], headers['postern-proof'], headers['postern-verdict'],
    headers['postern-reason'],
    ...('postern-tenant' in headers ? [headers['postern-tenant']] : []),
  ].map((line) => `${line ?? ''}\n`).join('');
}

/** A forward as the gate sends it; signed by each of `secrets`. */
function forward({ secrets = [secret], changes = {} } = {}) {
  const headers = {
    ...told, ...changes, 'webhook-id': key, 'webhook-timestamp': String(now_seconds),
  };
  const of_body = secrets.map((one) =>
    new Webhook(one).sign(key, new Date(now_seconds * 1000), body));
  headers['webhook-signature'] = of_body.join(' ');
  headers['postern-signature'] = secrets.map((one, index) => {
    const text = text_of(headers, { method: 'POST', url, of_body: of_body[index].slice(3) });
    const bytes = Buffer.from(one.slice('whsec_'.length), 'base64');
    return `v1,${createHmac('sha256', bytes).update(text).digest('base64')}`;
  }).join(' ');
  return { method: 'POST', url, headers, body, secrets: [secret], now_seconds };
}

/** The forward with some of its headers replaced, or taken away. */
function with_headers(changes) {
  const genuine = forward();
  const headers = { ...genuine.headers, ...changes };
  for (const [name, value] of Object.entries(changes)) {
    if (value === undefined) {
      delete headers[name];
    }
  }
  return { ...genuine, headers };
}

test('believes what library and crypto sign, and reads the event', () => {
  assert.deepEqual(verify_forward(forward()), {
    key, content_key: '', attempt: 117652695137648640n, maybe_duplicate: true, source: 'orders',
    type: 'order.paid', id: 'evt_17', proof: 'signature', tenant: '',
  });
  const plain = forward({
    changes: { 'postern-maybe-duplicate': undefined, 'postern-event': undefined },
  });
  assert.equal(verify_forward(plain).maybe_duplicate, false);
  assert.equal(verify_forward(plain).type, '');
});

test('believes either of two secrets while they rotate', () => {
  const both = forward({ secrets: [other_secret, secret] });
  assert.equal(verify_forward(both)?.key, key);
  assert.equal(verify_forward({ ...both, secrets: [other_secret] })?.key, key);
  assert.equal(verify_forward({ ...forward(), secrets: [other_secret, secret] })?.key, key);
  assert.equal(verify_forward({ ...forward(), secrets: [other_secret] }), null);
  assert.equal(verify_forward({ ...forward(), secrets: ['whsec_', ''] }), null);
  assert.equal(verify_forward({ ...forward(), secrets: [] }), null);
});

test('takes no signature of one secret for the other', () => {
  const [ours, theirs] = [forward(), forward({ secrets: [other_secret] })];
  const mixed = {
    ...ours, headers: { ...ours.headers, 'postern-signature': theirs.headers['postern-signature'] },
    secrets: [secret, other_secret],
  };
  assert.equal(verify_forward(mixed), null);
});

test('believes nothing of a header that was changed, added or taken away', () => {
  const genuine = forward();
  const names = [
    ...fields, 'webhook-id', 'webhook-timestamp', 'webhook-signature', 'postern-signature',
  ];
  let refused = 0;
  for (const name of names) {
    const value = genuine.headers[name];
    const others = value === undefined
      ? ['true', 'x', '']
      : [undefined, '', `${value}x`, value.slice(1), value.toUpperCase(), `${value}, ${value}`,
        value === 'true' ? 'false' : `${value.slice(0, -1)}0`];
    if (name.endsWith('-signature')) {
      others.splice(5, 1);  // The same signature twice is still one.
    }
    for (const other of others) {
      if (other !== value) {
        const changed = with_headers({ [name]: other });
        assert.equal(verify_forward(changed), null, `${name}: ${other}`);
        refused += 1;
      }
    }
  }
  assert.ok(refused > 60, `${refused}`);
  for (const added of ['postern-role', 'postern-']) {
    assert.equal(verify_forward(with_headers({ [added]: 'x' })), null, added);
  }
});

test('believes of a tenant what was signed', () => {
  const acme = forward({ changes: { 'postern-tenant': 'acme' } });
  assert.equal(verify_forward(acme).tenant, 'acme');
  assert.equal(verify_forward(forward()).tenant, '');
  const { 'postern-tenant': _, ...without } = acme.headers;
  for (const headers of [without, { ...acme.headers, 'postern-tenant': 'umbrella' },
    { ...acme.headers, 'postern-tenant': '' },
    { ...without, 'postern-reason': 'acme' }]) {
    assert.equal(verify_forward({ ...acme, headers }), null, JSON.stringify(headers));
  }
});

test('believes no value in the place of another', () => {
  const moved = { 'postern-event': 'orders', 'postern-source': 'order.paid' };
  assert.equal(verify_forward(with_headers(moved)), null);
  const joined = { 'postern-source': 'orders\norder.paid', 'postern-event': undefined };
  assert.equal(verify_forward(with_headers(joined)), null);
});

test('believes nothing of another address, method, body, time or secret', () => {
  const genuine = forward();
  const others = [
    { ...genuine, url: 'https://billing.example.com/webhooks' },
    { ...genuine, url: 'https://billing.example.com/webhooks?team=8' },
    { ...genuine, url: 'https://other.example.com/webhooks?team=7' },
    { ...genuine, method: 'PUT' },
    { ...genuine, body: Buffer.concat([body, Buffer.from(' ')]) },
    { ...genuine, body: Buffer.alloc(0) },
    { ...genuine, secrets: [other_secret] },
    { ...genuine, now_seconds: now_seconds + tolerance_seconds + 1 },
    { ...genuine, now_seconds: now_seconds - tolerance_seconds - 1 },
    { ...genuine, headers: {} },
    { ...genuine, headers: { ...genuine.headers, 'postern-signature': undefined } },
  ];
  for (const [number, request] of others.entries()) {
    assert.equal(verify_forward(request), null, `request ${number}`);
  }
  assert.notEqual(verify_forward({ ...genuine, now_seconds: now_seconds + 300 }), null);
});

test('what stands in the documentation holds', () => {
  const page = readFileSync(new URL('../../docs/ORIGIN.md', import.meta.url), 'utf8');
  const [, request] = /```http\n([^`]+)```/.exec(page);
  const [head, text] = request.split('\n\n');
  const [line, ...rest] = head.split('\n');
  const headers = Object.fromEntries(rest.map((header) => header.split(': ')));
  const example = {
    method: line.split(' ')[0],
    url: `https://${headers.host}${line.split(' ')[1]}`,
    headers,
    body: Buffer.from(text.trimEnd()),
    secrets: [/`(whsec_[^`]+)`/.exec(page)[1]],
    now_seconds: Number(headers['webhook-timestamp']),
  };
  assert.equal(verify_forward(example)?.source, 'stripe');
  assert.equal(verify_forward({ ...example, method: 'PUT' }), null);
});
