// PayPal forgeries and what they make the gate fetch: the shipped module with the hosts' keys, and
// an origin of certificates by script.

import assert from 'node:assert/strict';
import { generateKeyPairSync, sign } from 'node:crypto';
import { test } from 'node:test';
import { crc32 } from 'node:zlib';

import { failure_ms, make_keys } from '../../wasm/hosts/common/keys.mjs';

import { make_certificate } from './certificate.mjs';
import { compile_policy, make_gate } from './node_host.mjs';

const policy = compile_policy(`version = 1
[sources.paypal]
path = "/paypal"
provider = "paypal"
secrets = ["env:WEBHOOK_ID"]
[[sources.paypal.routes]]
to = "https://origin.example.com/hooks"
`);
const webhook_id = '0EH40505U7160970P';
const fetches_per_minute = 10;  // As docs/ABI.md and docs/THREATS.md say.
const start_ms = 1_700_000_000_000;
const keys = generateKeyPairSync('rsa', { modulusLength: 2048 });
const good = make_certificate({
  name: 'messageverificationcerts.paypal.com', from_seconds: 1_600_000_000,
  until_seconds: 2_000_000_000, public_key: keys.publicKey, private_key: keys.privateKey,
});

/** `serve(name)` gives the answer to a fetch of the certificate of that name. */
function start(serve) {
  const clock = { now_ms: start_ms };
  const fetched = [];
  const gate = make_gate(policy, { WEBHOOK_ID: webhook_id }, undefined, make_keys(async (url) => {
    const name = url.split('/').at(-1);
    fetched.push(name);
    return serve(name);
  }, () => clock.now_ms));
  let number = 0;
  const deliver = async (name, { is_forged = false } = {}) => {
    number += 1;
    const body = Buffer.from(`{"id":"WH-${number}","event_type":"CAPTURE.COMPLETED"}`);
    const time = new Date(clock.now_ms).toISOString();
    const message = `tx-${number}|${time}|${webhook_id}|${crc32(body)}`;
    const signature = sign('sha256', Buffer.from(message), keys.privateKey);
    signature[10] ^= is_forged ? 1 : 0;
    const { record } = await gate.deliver('/paypal', {
      method: 'POST', query: '', body, now_ms: clock.now_ms,
      headers: {
        'paypal-auth-algo': 'SHA256withRSA',
        'paypal-cert-url': `https://api.paypal.com/v1/notifications/certs/${name}`,
        'paypal-transmission-id': `tx-${number}`,
        'paypal-transmission-time': time,
        'paypal-transmission-sig': signature.toString('base64'),
      },
    });
    return record.verdict === 'forwarded' ? 'forwarded' : `${record.status} ${record.reason}`;
  };
  return { clock, fetched, deliver };
}

test('two hundred forgeries with an address each cost ten fetches, and no genuine one',
  async () => {
  const { fetched, deliver } = start((name) => (name === 'CERT-good'
    ? new Response(good) : new Response('nothing', { status: 404 })));
  assert.equal(await deliver('CERT-good'), 'forwarded');
  for (let i = 0; i < 200; i += 1) {
    assert.equal(await deliver(`CERT-${i}`, { is_forged: true }), '503 key_unavailable');
    assert.equal(await deliver('CERT-good', { is_forged: true }), '401 bad_signature');
  }
  assert.equal(await deliver('CERT-good'), 'forwarded');
  assert.equal(fetched.length, fetches_per_minute);
});

test('two hundred forgeries with one address cost one fetch', async () => {
  for (const answer of [
    () => new Response(good), () => new Response('no certificate'),
    () => new Response(null, { status: 500 }),
  ]) {
    const { fetched, deliver } = start(answer);
    for (let i = 0; i < 200; i += 1) {
      assert.match(await deliver('CERT-one', { is_forged: true }), /^(401|503) /);
    }
    assert.equal(fetched.length, 1);
  }
});

test('a 200 that is no certificate refuses genuine deliveries no longer than a failure',
  async () => {
  let text = '<html>We will be right back.</html>';
  const { clock, fetched, deliver } = start(() => new Response(text));
  assert.equal(await deliver('CERT-good'), '401 untrusted_key');
  assert.equal(await deliver('CERT-good'), '503 key_unavailable');
  text = good;
  clock.now_ms += failure_ms - 1;
  assert.equal(await deliver('CERT-good'), '503 key_unavailable');
  clock.now_ms += 1;
  assert.equal(await deliver('CERT-good'), 'forwarded');
  text = 'gone again';
  clock.now_ms += 3_599_000;
  assert.equal(await deliver('CERT-good'), 'forwarded');
  assert.equal(fetched.length, 2);
});

test('a signature that is none makes nobody ask for a key', async () => {
  const { fetched, deliver } = start(() => new Response(good));
  assert.equal(await deliver('CERT-good?x'), '401 untrusted_key_url');
  assert.deepEqual(fetched, []);
});
