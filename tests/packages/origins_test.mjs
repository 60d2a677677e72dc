// The examples for origins, each in its language, before forwards that the gate of the package
// made: they believe what it sent and nothing else. A language that this machine has not is
// skipped, and said so.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { after, before, test } from 'node:test';

import { fields, verify_forward } from '../../examples/origin/verify_forward.mjs';
import {
  gate, is_missing, languages, new_ledger, next, now, other, send, sender_secret, senders,
  twilio_url,
} from './origins/support.mjs';

let origin;
let address;
let received = [];
let is_deaf = false;

before(async () => {
  origin = createServer(async (incoming, outgoing) => {
    const body = Buffer.concat(await incoming.toArray());
    received.push({ method: incoming.method, path: incoming.url, headers: incoming.headers, body });
    if (is_deaf) {
      outgoing.destroy();
    } else {
      outgoing.end();
    }
  }).listen(0, '127.0.0.1');
  await once(origin, 'listening');
  address = `http://127.0.0.1:${origin.address().port}`;
});

after(() => {
  origin.close();
  origin.closeAllConnections();
});

/** Senders: one that signs an id, one that signs none, one that signs its address, a tenant's. */
function open(secrets) {
  const source = (name, more) => ({
    path: `/hooks/${name}`, provider: name, secrets: [sender_secret],
    routes: [{ to: `${address}/${name}` }], ...more,
  });
  return gate({
    development: true, ledger: new_ledger(), gate: { sign_forwards: ['env:A', 'env:B'] },
    env: { A: secrets[0], B: secrets[1] },
    sources: {
      stripe: source('stripe'), github: source('github'),
      twilio: source('twilio', { url: twilio_url }),
      tenants: source('tenants', {
        path: '/hooks/tenants/*', provider: 'stripe',
        secrets: () => ({ tenant: 'acme', secrets: sender_secret }),
      }),
    },
  });
}

/** What the origin got of each delivery, with the destination that the policy has. */
async function make_forwards() {
  received = [];
  const hooks = open([now, next]);
  assert.equal(await send(hooks, senders.stripe('evt_1')), 200);
  assert.equal(await send(hooks, senders.github('0b2c')), 200);
  assert.equal(await send(hooks, senders.twilio('SM1')), 200);
  const [, ...tenant] = senders.stripe('evt_1');
  assert.equal(await send(hooks, ['/hooks/tenants/acme', ...tenant]), 200);
  is_deaf = true;
  assert.equal(await send(hooks, senders.stripe('evt_2')), 504);
  is_deaf = false;
  assert.equal(await send(hooks, senders.stripe('evt_2')), 200);
  await hooks.close();
  const forwards = received.map((forward) => ({
    ...forward, url: `${address}${forward.path}`, secrets: [now],
    now_seconds: Number(forward.headers['webhook-timestamp']),
  }));
  assert.deepEqual(forwards.map(({ headers }) => [headers['postern-source'],
    headers['postern-id'] ?? '', headers['postern-maybe-duplicate'] ?? '']), [
    ['stripe', 'evt_1', ''], ['github', '', ''], ['twilio', '', ''],
    ['tenants', 'evt_1', ''], ['stripe', 'evt_2', ''],
    ['stripe', 'evt_2', 'true'],
  ]);
  assert.equal(forwards[3].headers['postern-tenant'], 'acme');
  return forwards;
}

/** What an origin is told by a forward, as the headers that the gate sent have it. */
const event_of = ({ headers: { ...sent } }) => [
  sent['postern-key'], sent['postern-content-key'], sent['postern-attempt'],
  sent['postern-maybe-duplicate'] ?? 'false', sent['postern-source'], sent['postern-event'],
  sent['postern-id'], sent['postern-proof'],
].map((value) => value ?? '').join('\t');

/** A forward with another value of one header; null takes it away. */
function with_header(forward, name, value) {
  const headers = { ...forward.headers, [name]: value };
  if (value === null) {
    delete headers[name];
  }
  return { ...forward, headers };
}

const signatures = ['webhook-signature', 'postern-signature'];

/** The forward with the signatures of one secret alone: its first, or its second. */
const signed_once = (forward, which = 0) => signatures.reduce((one, name) =>
  with_header(one, name, forward.headers[name].split(' ')[which]), forward);

function* changed_headers(forward) {
  for (const name of [...fields, 'webhook-id', 'webhook-timestamp', ...signatures]) {
    const value = forward.headers[name];
    const values = value === undefined
      ? ['true', 'x', '']
      : [null, '', `${value}x`, `${value}\n`, `x${value}`, value.slice(1), value.toUpperCase(),
        value === 'true' ? 'false' : `${value.slice(0, -1)}-`,
        // The same signature twice is still one.
        ...(signatures.includes(name) ? [] : [`${value}, ${value}`])];
    for (const changed of values.filter((one) => one !== value)) {
      yield with_header(forward, name, changed);
    }
  }
  yield with_header(forward, 'postern-role', 'x');
  yield with_header(forward, 'postern-', 'x');
  yield with_header(with_header(forward, 'postern-event', null), 'postern-source',
    `${forward.headers['postern-source']}\n${forward.headers['postern-event']}`);
}

const mac_of = (key, ...parts) =>
  parts.reduce((mac, part) => mac.update(part), createHmac('sha256', key)).digest('base64');

/** The forward as docs/ORIGIN.md has it signed, by a key that everybody knows. */
function signed_by(forward, key) {
  const { method, url, headers, body } = forward;
  const [id, timestamp] = [headers['webhook-id'], headers['webhook-timestamp']];
  const of_body = mac_of(key, `${id}.${timestamp}.`, body);
  const lines = ['postern-forward-1', method, url, id, timestamp, of_body,
    ...fields.filter((name) => name !== 'postern-tenant' || name in headers)
      .map((name) => headers[name] ?? '')];
  const of_fields = mac_of(key, lines.map((line) => `${line}\n`).join(''));
  return with_header(with_header(forward, signatures[0], `v1,${of_body}`), signatures[1],
    `v1,${of_fields}`);
}

function* refused_of(forward) {
  // A secret that is not set, that cannot be decoded, or that is a guess away.
  for (const [key, secret] of [['', ''], ['', 'whsec_'], ['', '%%%'], ['\0', 'whsec_AA==']]) {
    yield { ...signed_by(forward, key), secrets: [secret] };
  }
  yield* changed_headers(signed_once(forward));
  const [ours, theirs] = [signed_once(forward, 0), signed_once(forward, 1)];
  for (const name of signatures) {
    // Each header holds one, of another secret than the other header.
    yield { ...with_header(ours, name, theirs.headers[name]), secrets: [now, next] };
  }
  yield { ...forward, method: 'PUT' };
  yield { ...forward, url: `${forward.url}/` };
  yield { ...forward, url: forward.url.replace('127.0.0.1', 'localhost') };
  yield { ...forward, body: Buffer.concat([forward.body, Buffer.from(' ')]) };
  yield { ...forward, body: Buffer.alloc(0) };
  yield { ...forward, secrets: [other] };
  yield { ...forward, secrets: ['whsec_', '', 'whsec_AA==', '%%%'] };
  yield { ...forward, now_seconds: forward.now_seconds + 301 };
  yield { ...forward, now_seconds: forward.now_seconds - 301 };
}

function* believed_of(forward) {
  yield forward;
  yield signed_once(forward);
  yield signed_by(forward, Buffer.from(now.slice('whsec_'.length), 'base64'));
  yield { ...forward, secrets: [next] };
  yield { ...forward, secrets: [other, now] };
  yield { ...forward, secrets: [now.slice('whsec_'.length)] };
  yield { ...forward, now_seconds: forward.now_seconds + 300 };
  yield { ...forward, now_seconds: forward.now_seconds - 300 };
}

let cases;
const all_cases = async () => {
  cases ??= (await make_forwards()).flatMap((forward) => [
    ...[...believed_of(forward)].map((one) => [one, event_of(forward)]),
    ...[...refused_of(forward)].map((one) => [one, 'refused']),
  ]);
  return cases;
};

const base64_of = (value) => Buffer.from(value, 'latin1').toString('base64');

/** A request as a line: what a runner reads. */
const line_of = ({ method, url, now_seconds, secrets, body, headers }) => [
  method, url, now_seconds, secrets.join(' '), body.toString('base64'),
  ...Object.entries(headers).map(([name, value]) => `${name}=${base64_of(value)}`),
].join('\t');

test('the example in JavaScript believes what the gate sent, and nothing else', async () => {
  for (const [request, expected] of await all_cases()) {
    const event = verify_forward(request);
    const said = event === null ? 'refused' : [
      event.key, event.content_key, event.attempt, event.maybe_duplicate, event.source, event.type,
      event.id, event.proof,
    ].join('\t');
    assert.equal(said, expected, line_of(request));
  }
});

for (const [name, [, build]] of Object.entries(languages)) {
  test(`the example in ${name} does so too`, async (t) => {
    if (is_missing(t, name)) {
      return;
    }
    const requests = await all_cases();
    const [program, ...words] = build();
    const input = `${requests.map(([request]) => line_of(request)).join('\n')}\n`;
    const { stdout, stderr, status } =
      spawnSync(program, words, { input, encoding: 'utf8', maxBuffer: 1 << 26 });
    assert.equal(status, 0, stderr);
    assert.equal(stderr, '');
    const said = stdout.trimEnd().split('\n');
    assert.equal(said.length, requests.length);
    requests.forEach(([request, expected], at) =>
      assert.equal(said[at], expected, line_of(request)));
    assert.ok(said.filter((one) => one === 'refused').length > 300);
    t.diagnostic(`${said.length} requests`);
  });
}
