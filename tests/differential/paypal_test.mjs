// PayPal: a signature by a certificate that is fetched. The certificates are made here, Node's
// crypto signs, and what the gate fetches is written down.

import assert from 'node:assert/strict';
import { X509Certificate, createPublicKey } from 'node:crypto';
import { after, test } from 'node:test';

import { json_body } from './bodies.mjs';
import { with_header } from './delivery.mjs';
import { make_gate } from './node_host.mjs';
import {
  certificate_folder as folder, certificate_name as name, certificate_of, from_seconds,
  make_delivery, make_key_pair, policy, until_seconds, webhook_id,
} from './paypal.mjs';
import { deliveries_wanted, make_random, seed } from './random.mjs';

const wanted = Math.max(20, Math.ceil(deliveries_wanted / 100));


const keys = make_key_pair();
const other_keys = make_key_pair();
const weak_keys = make_key_pair(1024);

const served = new Map([
  ['CERT-good', certificate_of(keys)],
  ['CERT-other-key', certificate_of(other_keys)],
  ['CERT-other-name', certificate_of(keys, { name: 'www.paypal.com' })],
  ['CERT-longer-name', certificate_of(keys, { name: `${name}.example.com` })],
  ['CERT-expired', certificate_of(keys, { until_seconds: from_seconds + 1 })],
  ['CERT-not-yet', certificate_of(keys, { from_seconds: until_seconds - 1 })],
  ['CERT-weak', certificate_of(weak_keys)],
  ['CERT-no-certificate', 'not a certificate'],
]);

let fetched = [];
const gate = make_gate(policy, { WEBHOOK_ID: webhook_id }, async (url) => {
  fetched.push(url);
  const text = served.get(url.split('/').at(-1));
  return text === undefined ? null : Buffer.from(text);
});

let accepted = 0;
let refused = 0;
after(() => {
  console.log(`POSTERN_DIFFERENTIAL_SEED=${seed}: ${accepted} deliveries by a fetched ` +
    `certificate accepted, ${refused} refused`);
});

function make_signed(random, { id = webhook_id, private_key = keys.privateKey } = {}) {
  const body = json_body(random, { id: `WH-${random.text(17)}`, event_type: 'CAPTURE.COMPLETED' });
  const signed_at = random.between(from_seconds + 300_000, until_seconds - 300_000);
  const time = new Date(signed_at * 1000).toISOString().replace('.000', random.pick(['', '.000']));
  const transmission = `${random.text(8)}-${random.text(12)}`;
  return make_delivery(
    { body, now_ms: signed_at * 1000, private_key, transmission, time, id });
}

async function expect_refused(delivery, reason, fetches) {
  fetched = [];
  const { record, forwards, ledger_calls } = await gate.deliver('/paypal', delivery);
  assert.equal(record.reason, reason, JSON.stringify(delivery.headers));
  assert.equal(record.proof, undefined);
  assert.deepEqual([fetched.length, forwards.length, ledger_calls], [fetches, 0, 0]);
  refused += 1;
}

test('the certificates made here are ones to others', () => {
  const read = new X509Certificate(served.get('CERT-good'));
  assert.equal(read.subject, `CN=${name}`);
  assert.ok(read.verify(createPublicKey(keys.publicKey.export({ format: 'pem', type: 'spki' }))));
});

test('what is signed by the certificate\'s key passes, and not once its bytes change', async () => {
  for (let index = 0; index < wanted; index += 1) {
    const random = make_random(`${seed}/paypal/${index}`);
    const signed = make_signed(random);
    gate.forget();
    const { record, forwards } = await gate.deliver('/paypal', signed);
    assert.equal(record.verdict, 'forwarded', JSON.stringify(signed.headers));
    assert.ok(signed.body.equals(forwards[0].body));
    accepted += 1;
    const body = Buffer.from(signed.body);
    body[random.between(0, body.byteLength - 1)] ^= 1 << random.between(0, 7);
    await expect_refused({ ...signed, body }, 'bad_signature', 1);
    await expect_refused(
      with_header(signed, 'paypal-transmission-id', random.text(20)), 'bad_signature', 1);
    await expect_refused(make_signed(random, { id: '1AB23456CD789012E' }), 'bad_signature', 1);
    await expect_refused(
      make_signed(random, { private_key: other_keys.privateKey }), 'bad_signature', 1);
  }
});

test('a certificate that is not the sender\'s own gives no key', async () => {
  const random = make_random(`${seed}/paypal/certificates`);
  const at = (url) => with_header(make_signed(random), 'paypal-cert-url', url);
  await expect_refused(at(`${folder}CERT-other-key`), 'bad_signature', 1);
  await expect_refused(at(`${folder}CERT-absent`), 'key_unavailable', 1);
  for (const untrusted of [
    'other-name', 'longer-name', 'expired', 'not-yet', 'weak', 'no-certificate']) {
    await expect_refused(at(`${folder}CERT-${untrusted}`), 'untrusted_key', 1);
  }
});

test('no certificate is fetched from anywhere else', async () => {
  const random = make_random(`${seed}/paypal/addresses`);
  for (const url of [
    'http://api.paypal.com/v1/notifications/certs/CERT-good',
    'https://api.paypal.com.example.com/v1/notifications/certs/CERT-good',
    'https://api.paypal.com@example.com/v1/notifications/certs/CERT-good',
    'https://api.paypal.com:8443/v1/notifications/certs/CERT-good',
    'https://api.paypal.com./v1/notifications/certs/CERT-good',
    'https://API.paypal.com/v1/notifications/certs/CERT-good',
    'https://api.paypal.com/v1/notifications/certs/../../CERT-good',
    'https://api.paypal.com/v1/notifications/certs/CERT-good?x=1',
    'https://api.paypal.com/v1/notifications/certs/',
    'https://www.paypal.com/v1/notifications/certs/CERT-good',
    'https://192.0.2.1/v1/notifications/certs/CERT-good',
  ]) {
    const delivery = with_header(make_signed(random), 'paypal-cert-url', url);
    await expect_refused(delivery, 'untrusted_key_url', 0);
  }
});
