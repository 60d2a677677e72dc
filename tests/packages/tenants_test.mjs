// Secrets by a function: each tenant's deliveries are its own, whatever it signs and whatever the
// function does.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

import { Stripe } from 'stripe';

import { listening } from './heard.mjs';
import { import_packed, make_project } from './packed.mjs';

const folder = make_project('tenants');
const [{ gate }, { sqlite }, { memory }] = await import_packed(
  folder, ['postern', 'postern/ledger/sqlite', 'postern/ledger/memory']);

const stripe = new Stripe('sk_test_none');
const secret_of = (tenant) =>
  `whsec_${createHash('sha256').update(tenant).digest('hex').slice(0, 32)}`;

/** A delivery of the event `id` to `/hooks/stripe/TENANT`, signed by the vendor's own code. */
function delivery(tenant, id, { with_secret = secret_of(tenant), body = {}, headers = {} } = {}) {
  const payload = JSON.stringify({ id, object: 'event', type: 'invoice.paid', ...body });
  const signature = stripe.webhooks.generateTestHeaderString({ payload, secret: with_secret });
  return new Request(`https://app.example/hooks/stripe/${encodeURIComponent(tenant)}?a=b`, {
    method: 'POST', body: payload,
    headers: { 'content-type': 'application/json', 'stripe-signature': signature, ...headers },
  });
}

const known = ({ path }) => {
  const tenant = decodeURIComponent(path.slice('/hooks/stripe/'.length));
  return tenant.startsWith('nobody') ? null : { tenant, secrets: [secret_of(tenant)] };
};

let files = 0;
function new_file() {
  files += 1;
  const file = join(folder, `${files}.db`);
  ['', '-wal', '-shm'].forEach((end) => rmSync(file + end, { force: true }));
  return file;
}

const make_gate = listening(gate);

/** A gate whose handler keeps its events; its records and failures are kept too. */
function open(secrets, { ledger = memory(), source = {}, route = {}, ...others } = {}) {
  const events = [];
  const made = make_gate({
    sources: {
      stripe: {
        path: '/hooks/stripe/*', provider: 'stripe', secrets,
        routes: [{ to: (event) => { events.push(event); }, ...route }], ...source,
      },
    },
    ledger, ...others,
  });
  return { ...made, events };
}

const status_of = async (hooks, request) => (await hooks.fetch(request)).status;

for (const [name, make_ledger] of [['memory', memory], ['sqlite', () => sqlite(new_file())]]) {
  test(`two tenants with the same event are two events, each of them done once, in ${name}`,
    async () => {
      const { hooks, events, records } = open(known, { ledger: make_ledger() });
      for (const tenant of ['acme', 'umbrella', 'acme', 'umbrella']) {
        assert.equal(await status_of(hooks, delivery(tenant, 'evt_1')), 200);
      }
      await hooks.close();
      assert.deepEqual(events.map(({ tenant, id, source }) => [tenant, id, source]),
        [['acme', 'evt_1', 'stripe'], ['umbrella', 'evt_1', 'stripe']]);
      assert.notEqual(events[0].key, events[1].key);
      assert.deepEqual(records.map(({ verdict, tenant, source, event_key }) =>
        [verdict, tenant, source, event_key]), [
        ['forwarded', 'acme', 'stripe', events[0].key],
        ['forwarded', 'umbrella', 'stripe', events[1].key],
        ['duplicate', 'acme', 'stripe', events[0].key],
        ['duplicate', 'umbrella', 'stripe', events[1].key],
      ]);
    });
}

test("one tenant's signature is nothing to another, and uses up nothing", async () => {
  const { hooks, events, records } = open(known);
  const stolen = delivery('umbrella', 'evt_1', { with_secret: secret_of('acme') });
  assert.equal(await status_of(hooks, stolen), 401);
  assert.equal(await status_of(hooks, delivery('umbrella', 'evt_1')), 200);
  await hooks.close();
  assert.deepEqual(events.map(({ tenant }) => tenant), ['umbrella']);
  assert.deepEqual(records.map(({ reason, tenant }) => [reason, tenant]),
    [['bad_signature', 'umbrella'], ['', 'umbrella']]);
});

test('names that mean something elsewhere are names like others', async () => {
  const { hooks, events } = open(known);
  const names = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'stripe', 'evt_1',
    'stripe evt_1'.replace(' ', '/'), 'null', 'undefined', '0', '*', '?', '"', '\\', '<script>',
    '{}', 'a:b', 'x'.repeat(128)];
  for (const name of names) {
    assert.equal(await status_of(hooks, delivery(name, 'evt_1')), 200, name);
    assert.equal(await status_of(hooks, delivery(name, 'evt_1')), 200, name);
  }
  assert.deepEqual(events.map(({ tenant }) => tenant), names);
  assert.equal(new Set(events.map(({ key }) => key)).size, names.length);
});

test('a tenant whom nobody knows gets what a wrong signature gets, and the record says so',
  async () => {
    const { hooks, events, records } = open(known);
    const answer_of = async (request) => {
      const response = await hooks.fetch(request);
      const headers = [...response.headers].map(([name, value]) =>
        [name, name === 'postern-delivery' ? value.length : value]);
      return { status: response.status, headers, body: await response.text() };
    };
    // Also before any tenant was known, and without a signature, and with one that is genuine.
    const before = await answer_of(delivery('nobody', 'evt_1'));
    assert.equal(await status_of(hooks, delivery('acme', 'evt_1')), 200);
    const wrong = await answer_of(delivery('acme', 'evt_2', { with_secret: secret_of('x') }));
    assert.deepEqual(before, wrong);
    assert.equal(wrong.status, 401);
    assert.deepEqual(await answer_of(delivery('nobody', 'evt_2')), wrong);
    assert.deepEqual(
      await answer_of(delivery('nobody', 'evt_2', { with_secret: secret_of('acme') })), wrong);
    assert.deepEqual(await answer_of(new Request('https://app.example/hooks/stripe/nobody',
      { method: 'POST', body: '{}' })), wrong);
    assert.equal(events.length, 1);
    const refused = records.filter(({ verdict }) => verdict === 'refused');
    assert.deepEqual(refused.map(({ reason, tenant }) => [reason, tenant]), [
      ['unknown_tenant', undefined], ['bad_signature', 'acme'], ['unknown_tenant', undefined],
      ['unknown_tenant', undefined], ['missing_signature', undefined],
    ]);
  });

test('a large body for a tenant whom nobody knows is hashed like any other', async () => {
  const { hooks, records } = open(known);
  const body = { large: 'x'.repeat(500_000) };
  assert.equal(await status_of(hooks, delivery('acme', 'evt_1', { body })), 200);
  const genuine = delivery('nobody', 'evt_1', { body, with_secret: secret_of('acme') });
  assert.equal(await status_of(hooks, genuine), 401);
  await hooks.close();
  assert.deepEqual(records.map(({ reason }) => reason).sort(), ['', 'unknown_tenant']);
});

test('a secret that changes counts from the next delivery on, and not for what is under way',
  async () => {
    const secrets = new Map([['acme', [secret_of('old')]]]);
    const waiting = [];
    const { hooks, events } = open(
      ({ path }) => ({ tenant: 'acme', secrets: secrets.get(path.slice(14)) }),
      { route: { to: () => new Promise((resolve) => { waiting.push(resolve); }) } });
    const first = hooks.fetch(delivery('acme', 'evt_1', { with_secret: secret_of('old') }));
    while (waiting.length === 0) {
      await sleep(5);
    }
    secrets.set('acme', [secret_of('new'), secret_of('old')]);
    const both = [secret_of('new'), secret_of('old')].map((one, at) =>
      hooks.fetch(delivery('acme', `evt_${2 + at}`, { with_secret: one })));
    while (waiting.length < 3) {
      await sleep(5);
    }
    secrets.set('acme', secret_of('new'));
    assert.equal(await status_of(hooks,
      delivery('acme', 'evt_4', { with_secret: secret_of('old') })), 401);
    waiting.forEach((resolve) => resolve());
    assert.deepEqual(await Promise.all([first, ...both].map(async (one) => (await one).status)),
      [200, 200, 200]);
    assert.equal(events.length, 0);
  });

test('more tenants than are kept are all judged by their own secrets', async () => {
  const { hooks, events } = open(known);
  for (const round of [1, 2]) {
    for (let at = 0; at < 300; at += 1) {
      assert.equal(await status_of(hooks, delivery(`tenant-${at}`, `evt_${round}`)), 200);
    }
  }
  const stolen = delivery('tenant-7', 'evt_3', { with_secret: secret_of('tenant-8') });
  assert.equal(await status_of(hooks, stolen), 401);
  assert.equal(events.length, 600);
});

test('the function is told what came, and may choose by a header', async () => {
  const asked = [];
  const { hooks, events } = open((request) => {
    asked.push(request);
    return { tenant: request.headers.get('x-tenant'), secrets: secret_of('any') };
  });
  const request = delivery('any', 'evt_1', { headers: { 'x-tenant': 'acme' } });
  assert.equal(await status_of(hooks, request), 200);
  assert.deepEqual(events.map(({ tenant }) => tenant), ['acme']);
  const [{ method, path, query, headers, signal }] = asked;
  assert.deepEqual([method, path, query], ['POST', '/hooks/stripe/any', 'a=b']);
  assert.equal(headers.get('content-type'), 'application/json');
  assert.equal(signal.aborted, false);
  assert.ok(Object.isFrozen(asked[0]));
});

test('what is owed keeps its tenant across a restart, also one that is gone by then', async () => {
  const ledger = sqlite(new_file());
  const route = { deliver: 'queue', retry: { schedule: ['1s'], attempts: 5 } };
  const first = open(known, { ledger, route: { ...route, to: () => { throw new Error('no'); } } });
  first.hooks.on('failure', () => {});
  for (const tenant of ['acme', 'umbrella']) {
    assert.equal(await status_of(first.hooks, delivery(tenant, 'evt_1')), 200);
  }
  await first.hooks.close();
  const events = [];
  const second = open(() => null,
    { ledger: sqlite(ledger.file ?? join(folder, `${files}.db`)),
      route: { ...route, to: (event) => { events.push(event); } } });
  for (const end = Date.now() + 15_000; events.length < 2 && Date.now() < end;) {
    await sleep(20);
  }
  await second.hooks.close();
  assert.deepEqual(events.map(({ tenant, id }) => `${tenant} ${id}`).sort(),
    ['acme evt_1', 'umbrella evt_1']);
  const done = second.records.filter(({ verdict }) => verdict === 'forwarded');
  assert.deepEqual(done.map(({ tenant }) => tenant).sort(), ['acme', 'umbrella']);
});

test('an origin is told the tenant, and a stranger cannot', async () => {
  const seen = [];
  const origin = createServer((request, response) => {
    seen.push(request.headers);
    request.resume().on('end', () => response.end());
  });
  await new Promise((resolve) => { origin.listen(0, '127.0.0.1', resolve); });
  const to = `http://127.0.0.1:${origin.address().port}/in`;
  const { hooks } = open(known, { route: { to }, development: true });
  const lying = delivery('acme', 'evt_1', { headers: { 'postern-tenant': 'umbrella' } });
  assert.equal(await status_of(hooks, lying), 200);
  await hooks.close();
  origin.close();
  assert.equal(seen[0]['postern-tenant'], 'acme');
  assert.equal(seen[0]['postern-source'], 'stripe');
});
