// PayPal forgeries and what they make the gate fetch: the shipped module with the hosts' keys, and
// an origin of certificates by script.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { failure_ms, make_keys } from '../../hosts/fetch/keys.mjs';

import { make_gate } from './node_host.mjs';
import {
  certificate_folder, certificate_of, make_delivery, make_key_pair, policy, webhook_id,
} from './paypal.mjs';

const fetches_per_minute = 10;  // As docs/ABI.md and docs/THREATS.md say.
const start_ms = 1_700_000_000_000;
const keys = make_key_pair();
const other_keys = make_key_pair();
const good = certificate_of(keys);

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
    const { record } = await gate.deliver('/paypal', make_delivery({
      body, now_ms: clock.now_ms, transmission: `tx-${number}`,
      private_key: (is_forged ? other_keys : keys).privateKey, url: certificate_folder + name,
    }));
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
