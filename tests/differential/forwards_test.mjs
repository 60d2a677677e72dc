// What the gate signs for its origin, verified by the library of Standard Webhooks.

import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { test } from 'node:test';

import { Webhook } from 'standardwebhooks';

import { any_body } from './bodies.mjs';
import { at_moment } from './clock.mjs';
import { strict_text } from './delivery.mjs';
import { compile_policy, make_gate } from './node_host.mjs';
import { deliveries_wanted, make_random, seed } from './random.mjs';

const wanted = Math.max(50, Math.ceil(deliveries_wanted / 20));

const policy = compile_policy(`version = 1
[gate]
sign_forwards = "env:FORWARDS"
[sources.github]
path = "/github"
provider = "github"
secrets = ["env:GITHUB"]
allow_events = ["push"]
on_ledger_down = "open"
[[sources.github.routes]]
to = "https://origin.example.com/hooks"
deliver = "proxy"
`);

const random = make_random(`${seed}/forwards`);
const received = random.text(24);
const signing_secrets = [24, 32, 64].map((bytes) =>
  `whsec_${random.bytes(bytes).toString('base64')}`);

function delivery_of(body, now_ms) {
  const mac = createHmac('sha256', received).update(body).digest('hex');
  const headers = {
    'x-github-event': 'push', 'x-hub-signature-256': `sha256=${mac}`,
    // What an origin must never see as the gate's own.
    'webhook-id': 'msg_forged', 'webhook-timestamp': '1', 'webhook-signature': 'v1,forged',
  };
  return { method: 'POST', query: '', headers, body, now_ms };
}

/** The library's word on a forward that arrives `later` seconds afterwards. */
function verifies(secret, { headers, body }, now_ms, later = 0) {
  return at_moment(now_ms + 1000 * later, () => {
    try {
      new Webhook(secret).verify(Buffer.from(body), headers, { jsonParse: false });
      return true;
    } catch {
      return false;
    }
  });
}

test('every forward verifies with the library, and only as it was sent', async () => {
  let compared = 0;
  for (const [number, secret] of signing_secrets.entries()) {
    const gate = make_gate(policy, { GITHUB: received, FORWARDS: secret });
    for (let index = 0; index < wanted / signing_secrets.length; index += 1) {
      const chance = make_random(`${seed}/forwards/${number}/${index}`);
      const body = any_body(chance);
      const now_ms = chance.between(1_000_000_000, 4_100_000_000) * 1000 + 999;
      const { record, forwards } = await gate.deliver('/github', delivery_of(body, now_ms));
      gate.forget();
      const [forward] = forwards;
      const what = `${seed}/forwards/${number}/${index}`;
      assert.equal(record.verdict, 'forwarded', what);
      assert.notEqual(strict_text(body), null, what);
      assert.ok(verifies(secret, forward, now_ms), what);
      assert.ok(verifies(secret, forward, now_ms, 300), what);
      assert.ok(!verifies(secret, forward, now_ms, 301), what);
      assert.ok(!verifies(signing_secrets[(number + 1) % 3], forward, now_ms), what);
      const changed = { ...forward, body: Buffer.concat([forward.body, Buffer.from(' ')]) };
      assert.ok(!verifies(secret, changed, now_ms), what);
      assert.equal(forward.headers['webhook-id'], record.event_key, what);
      compared += 1;
    }
  }
  assert.ok(compared >= signing_secrets.length);
  console.log(
    `POSTERN_DIFFERENTIAL_SEED=${seed}: ${compared} forwards verified by standardwebhooks`);
});

test('one event forwarded twice has one id and two signatures', async () => {
  const [secret] = signing_secrets;
  const gate = make_gate(policy, { GITHUB: received, FORWARDS: secret });
  const body = Buffer.from('{"ref":"refs/heads/main"}');
  const at = async (now_ms) => {
    gate.forget();
    return (await gate.deliver('/github', delivery_of(body, now_ms))).forwards[0];
  };
  const [first, second] = [await at(1_700_000_000_000), await at(1_700_000_060_000)];
  assert.equal(first.headers['webhook-id'], second.headers['webhook-id']);
  assert.notEqual(first.headers['webhook-signature'], second.headers['webhook-signature']);
  assert.ok(verifies(secret, second, 1_700_000_060_000));
});

test('a body that is no text is signed as the bytes it has', async () => {
  const [secret] = signing_secrets;
  const gate = make_gate(policy, { GITHUB: received, FORWARDS: secret });
  const body = Buffer.from([0xff, 0x00, 0x80, 0xc0]);
  const { forwards: [{ headers }] } = await gate.deliver('/github', delivery_of(body, 1.7e12));
  const key = Buffer.from(secret.slice('whsec_'.length), 'base64');
  const mac = createHmac('sha256', key)
    .update(`${headers['webhook-id']}.${headers['webhook-timestamp']}.`).update(body);
  assert.equal(headers['webhook-signature'], `v1,${mac.digest('base64')}`);
});
