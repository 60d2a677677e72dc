// What the gate signs for its origin, verified by the library of Standard Webhooks.

import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { test } from 'node:test';

import { Webhook } from 'standardwebhooks';

import { fields, verify_forward } from '../../examples/origin/verify_forward.mjs';
import { json_body } from './bodies.mjs';
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
      const body = json_body(chance, {});
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

/** What the documentation's verifier says of a forward, with some of it replaced. */
function believes({ url, method, headers, body }, secrets, now_ms, changes = {}) {
  const request = { url, method, headers, body, secrets, now_seconds: Math.floor(now_ms / 1000) };
  return verify_forward({ ...request, ...changes });
}

test('every forward verifies for its destination, and only as it was sent', async () => {
  const own = compile_policy(`version = 1
[gate]
sign_forwards = ["env:FORWARDS", "env:FORWARDS_NEXT"]
[sources.github]
path = "/github"
provider = "github"
secrets = ["env:GITHUB"]
allow_events = ["push", "ping"]
on_ledger_down = "open"
[[sources.github.routes]]
events = ["push"]
to = { url = "https://builds.example.com/hooks?of=github", sign_forwards = "env:BUILDS" }
deliver = "proxy"
[[sources.github.routes]]
to = "https://origin.example.com/hooks"
deliver = "proxy"
`);
  const [forwards, next, builds] = signing_secrets;
  const gate = make_gate(own, {
    GITHUB: received, FORWARDS: forwards, FORWARDS_NEXT: next, BUILDS: builds,
  });
  for (let index = 0; index < wanted / 4; index += 1) {
    const chance = make_random(`${seed}/own/${index}`);
    const now_ms = chance.between(1_000_000_000, 4_100_000_000) * 1000;
    const sent = delivery_of(json_body(chance, {}), now_ms);
    const to_builds = await gate.deliver('/github', sent);
    gate.forget();
    const elsewhere = await gate.deliver(
      '/github', { ...sent, headers: { ...sent.headers, 'x-github-event': 'ping' } });
    gate.forget();
    const [first, second] = [to_builds.forwards[0], elsewhere.forwards[0]];
    const event = believes(first, [builds], now_ms);
    assert.equal(event?.key, to_builds.record.event_key);
    assert.equal(event.type, 'push');
    assert.equal(String(event.attempt), to_builds.record.epoch);
    assert.equal(believes(first, [forwards, next], now_ms), null, 'the gate\'s own secrets');
    for (const secret of [forwards, next]) {
      assert.equal(believes(second, [secret], now_ms)?.type, 'ping');
    }
    assert.equal(believes(second, [builds], now_ms), null, 'the secret of another destination');
    const changes = [
      { url: second.url }, { method: 'PUT' },
      { body: Buffer.concat([first.body, Buffer.from(' ')]) },
      ...fields.flatMap((name) => {
        const { [name]: value, ...headers } = first.headers;
        return value === undefined
          ? [{ headers: { ...headers, [name]: 'true' } }]
          : [{ headers }, { headers: { ...headers, [name]: `${value}0` } }];
      }),
    ];
    for (const change of changes) {
      assert.equal(believes(first, [builds], now_ms, change), null, JSON.stringify(change));
    }
  }
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
  const any = compile_policy(`version = 1
[gate]
sign_forwards = "env:FORWARDS"
[sources.any]
path = "/any"
secrets = ["env:RECEIVED"]
[sources.any.scheme]
sends = "any"
[sources.any.scheme.signature]
algorithm = "hmac-sha256"
from = { header = "x-hub-signature-256", prefix = "sha256=" }
encoding = "hex"
content = "{body}"
key = "utf8"
[[sources.any.routes]]
to = "https://origin.example.com/hooks"
`);
  const [secret] = signing_secrets;
  const gate = make_gate(any, { RECEIVED: received, FORWARDS: secret });
  const body = Buffer.from([0x7b, 0xff, 0x00, 0x80, 0xc0]);
  const { forwards: [{ headers }] } = await gate.deliver('/any', delivery_of(body, 1.7e12));
  const key = Buffer.from(secret.slice('whsec_'.length), 'base64');
  const mac = createHmac('sha256', key)
    .update(`${headers['webhook-id']}.${headers['webhook-timestamp']}.`).update(body);
  assert.equal(headers['webhook-signature'], `v1,${mac.digest('base64')}`);
});
