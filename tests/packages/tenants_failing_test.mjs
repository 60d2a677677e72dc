// Secrets by a function that fails, is slow, or gives what is no secret: 503, a line of log without
// any secret in it, and nobody else is hurt.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { Stripe } from 'stripe';

import { listening } from './heard.mjs';
import { import_packed, make_project } from './packed.mjs';

const folder = make_project('tenants_failing');
const [{ gate }, { memory }, { durableObject }] = await import_packed(
  folder, ['postern', 'postern/ledger/memory', 'postern/ledger/durable-object']);

const stripe = new Stripe('sk_test_none');
const secret = 'whsec_5f1c7e5ec2e70f1c7e5ec2e70f1c7e5e1';

function delivery(path = '/hooks/stripe/acme', id = 'evt_1') {
  const payload = JSON.stringify({ id, object: 'event', type: 'invoice.paid' });
  const signature = stripe.webhooks.generateTestHeaderString({ payload, secret });
  return new Request(`https://app.example${path}`, {
    method: 'POST', body: payload,
    headers: { 'content-type': 'application/json', 'stripe-signature': signature },
  });
}

const make_gate = listening(gate);

function open(secrets, { sources = {}, ...others } = {}) {
  const events = [];
  const routes = [{ to: (event) => { events.push(event); } }];
  const made = make_gate({
    sources: {
      stripe: { path: '/hooks/stripe/*', provider: 'stripe', secrets, routes }, ...sources,
    },
    ledger: memory(), ...others,
  });
  return { ...made, events };
}

const status_of = async (hooks, request) => (await hooks.fetch(request)).status;

const ok = { tenant: 'acme', secrets: [secret] };
const failing = {
  'throws at once': [() => { throw new Error('no database'); }, /no database/],
  'rejects': [async () => { throw new Error('no database'); }, /no database/],
  'throws nothing': [() => { throw undefined; }, /undefined/],
  'gives a number': [() => 7, /`tenant` is a text of 1 to 128 characters/],
  'gives a list': [() => [secret], /`tenant` is a text/],
  'gives a tenant without a name': [() => ({ ...ok, tenant: '' }), /`tenant` is a text/],
  'gives a name that is too long': [() => ({ ...ok, tenant: 'x'.repeat(129) }), /`tenant`/],
  'gives a name of a megabyte': [() => ({ ...ok, tenant: 'x'.repeat(1 << 20) }), /`tenant`/],
  'gives a name with a blank': [() => ({ ...ok, tenant: 'a b' }), /`tenant`/],
  'gives a name with a line end': [() => ({ ...ok, tenant: 'acme\n' }), /`tenant`/],
  'gives a name beyond ASCII': [() => ({ ...ok, tenant: 'äcme' }), /`tenant`/],
  'gives a name that is half a character': [() => ({ ...ok, tenant: '\ud83d' }), /`tenant`/],
  'gives a String': [() => ({ ...ok, tenant: new String('acme') }), /`tenant`/],
  'gives no secrets': [() => ({ tenant: 'acme' }), /`secrets` is a list of 1 to 8 texts/],
  'gives an empty list': [() => ({ ...ok, secrets: [] }), /`secrets` is a list/],
  'gives nine secrets': [() => ({ ...ok, secrets: Array(9).fill(secret) }), /`secrets` is a list/],
  'gives a list of ten million': [
    () => ({ ...ok, secrets: new Array(1e7) }), /`secrets` is a list/],
  'gives a list with a hole': [() => ({ ...ok, secrets: [secret, , secret] }), /each of `secrets`/],
  'gives a Set': [() => ({ ...ok, secrets: new Set([secret]) }), /`secrets` is a list/],
  'gives bytes': [() => ({ ...ok, secrets: [Buffer.from(secret)] }), /each of `secrets`/],
  'gives an empty secret': [() => ({ ...ok, secrets: [secret, ''] }), /each of `secrets`/],
  'gives a secret that is too long': [() => ({ ...ok, secrets: ['x'.repeat(4097)] }), /4096 bytes/],
  'gives a secret whose bytes are too many': [
    () => ({ ...ok, secrets: ['ä'.repeat(3000)] }), /4096 bytes/],
  'gives a secret with half a character': [
    () => ({ ...ok, secrets: [`${secret}\ud83d`] }), /each of `secrets`/],
  'gives a short secret': [() => ({ ...ok, secrets: ['whsec_0f1c7e5'] }),
    /the source stripe answers 503 to its tenant acme: a secret is of another form, short/],
  'gives a secret of one character': [() => ({ ...ok, secrets: ['a'.repeat(32)] }),
    /the source stripe answers 503 to its tenant acme/],
  'gives a public key': [() => ({ ...ok, secrets: ['pk_live_0f1c7e5ec2e70f1c7e5ec2e70f1c'] }),
    /the source stripe answers 503 to its tenant acme/],
  'gives what breaks when it is read': [
    () => ({ get tenant() { throw new Error('a getter'); } }), /a getter/],
  'gives a thenable that throws': [() => ({ then() { throw new Error('then'); } }), /then/],
};
for (const [what, [secrets, message]] of Object.entries(failing)) {
  test(`a function that ${what}: 503, told without a secret`, async () => {
    const { hooks, events, records, failures } = open(secrets);
    const response = await hooks.fetch(delivery());
    assert.equal(response.status, 503);
    assert.match(response.headers.get('retry-after'), /^[1-9]/);
    assert.equal(events.length, 0);
    await hooks.close();
    assert.deepEqual(records.map(({ verdict, reason }) => [verdict, reason]),
      [['failed', 'source_unavailable']]);
    assert.equal(failures.length, 1);
    assert.match(failures[0], message);
    assert.match(failures[0], /stripe/);
    assert.doesNotMatch(failures[0], /0f1c7e5/);
  });
}

test('a function that is late is told to stop, and what it gives then counts for nothing',
  { timeout: 30_000 }, async () => {
    let signal;
    let answer;
    const { hooks, events, failures } = open((request) => new Promise((resolve) => {
      ({ signal } = request);
      answer = resolve;
    }));
    const began = Date.now();
    assert.equal(await status_of(hooks, delivery()), 503);
    assert.ok(Date.now() - began >= 2900 && Date.now() - began < 10_000);
    assert.equal(signal.aborted, true);
    assert.equal(signal.reason.name, 'TimeoutError');
    assert.match(failures[0], /the secrets of stripe: nothing came in 3000 ms/);
    answer(ok);
    await new Promise((resolve) => { setImmediate(resolve); });
    assert.equal(events.length, 0);
  });

test('of ten thousand at once a hundred are asked for, and then others again',
  { timeout: 60_000 }, async () => {
    const waiting = [];
    const { hooks, events, failures } = open(
      () => new Promise((resolve) => { waiting.push(resolve); }));
    const other = open(() => ok);
    const all = Array.from({ length: 10_000 }, (_, at) =>
      status_of(hooks, delivery('/hooks/stripe/acme', `evt_${at}`)));
    const early = await Promise.race([Promise.all(all.slice(100)), Promise.all(all.slice(0, 100))]);
    assert.equal(early.length, 9900);
    assert.ok(early.every((status) => status === 503));
    assert.equal(waiting.length, 100);
    assert.equal(await status_of(other.hooks, delivery()), 200);
    waiting.forEach((resolve) => resolve(ok));
    const late = await Promise.all(all.slice(0, 100));
    assert.ok(late.every((status) => status === 200));
    assert.equal(events.length, 100);
    assert.deepEqual(failures,
      ['the secrets of stripe: 100 calls are under way, more get 503']);
    const again = status_of(hooks, delivery('/hooks/stripe/acme', 'evt_again'));
    while (waiting.length < 101) {
      await new Promise((resolve) => { setImmediate(resolve); });
    }
    waiting.at(-1)(ok);
    assert.equal(await again, 200);
  });

test('a function that never answers costs its own source and no other', { timeout: 30_000 },
  async () => {
    const routes = [{ to: () => {} }];
    const { hooks } = open(() => new Promise(() => {}), {
      sources: {
        other: { path: '/hooks/other', provider: 'stripe', secrets: [secret], routes },
        asked: { path: '/hooks/asked', provider: 'stripe', secrets: () => ok, routes },
      },
    });
    const hung = Array.from({ length: 100 }, () => status_of(hooks, delivery()));
    assert.equal(await status_of(hooks, delivery('/hooks/other')), 200);
    assert.equal(await status_of(hooks, delivery('/hooks/asked')), 200);
    assert.equal(await status_of(hooks, delivery()), 503);
    assert.equal(hooks.is_ready(), true);
    assert.ok((await Promise.all(hung)).every((status) => status === 503));
  });

test('nobody is asked for what is at no path of the source', async () => {
  let calls = 0;
  const { hooks } = open(() => {
    calls += 1;
    return ok;
  });
  for (const path of ['/hooks/stripe', '/hooks/stripes/a', '/', '/hooks/']) {
    assert.equal(await status_of(hooks, delivery(path)), 404);
  }
  assert.equal(calls, 0);
});

test('a gate with a compiled policy takes the functions by the names of its sources', async () => {
  const text = `version = 1

[sources.stripe]
path = "/hooks/stripe/*"
provider = "stripe"
secrets = "per-tenant"

[[sources.stripe.routes]]
answer = 202
`;
  writeFileSync(join(folder, 'postern.toml'), text);
  execFileSync(process.execPath, [join(folder, 'node_modules/postern/npm/cli/main.mjs'),
    'build', 'postern.toml', '-o', 'policy.bin'], { cwd: folder });
  const policy = new Uint8Array(readFileSync(join(folder, 'policy.bin')));
  const make = (secrets, ledger = memory()) => make_gate({ policy, ledger, secrets });
  assert.throws(() => make(undefined), /secrets\.stripe is missing.*async \(\{ path \}\)/);
  assert.throws(() => make({ stripe: [secret] }), /secrets\.stripe is missing/);
  assert.throws(() => make({ stripe: () => ok, strip: () => ok }),
    /secrets\.strip: the policy has/);
  // In a process, and as on a Worker, whose ledger this route does not ask.
  for (const ledger of [memory(), durableObject({ getByName: () => ({}) })]) {
    const { hooks } =
      make({ stripe: ({ path }) => (path.endsWith('/acme') ? ok : null) }, ledger);
    assert.equal(await status_of(hooks, delivery()), 202, ledger.name);
    assert.equal(await status_of(hooks, delivery('/hooks/stripe/x')), 401, ledger.name);
  }
});

test('one tenant of a policy has no secret of the environment', async () => {
  const { hooks } = open(() => ({ ...ok, secrets: ['whsec_another_secret_of_that_tenant'] }),
    { env: { 'tenant:stripe:/hooks/stripe/*': secret, POSTERN_VALUE_0: secret } });
  assert.equal(await status_of(hooks, delivery()), 401);
});
