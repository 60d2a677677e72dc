// gate(): a policy as an object, handlers, and what becomes of events when something breaks.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createHmac, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

import { Stripe } from 'stripe';

import { import_packed, make_project } from './packed.mjs';

const folder = make_project('gate');
const [{ gate }, { sqlite }] =
  await import_packed(folder, ['postern', 'postern/ledger/sqlite']);

const secret = 'whsec_f1c7e5ec2e70f1c7e5ec2e70f1c7e5e1';
const stripe = new Stripe('sk_test_none');

/** A delivery of the event `id`, signed by the vendor's own code. */
function delivery(id, { url = 'https://app.example/hooks/stripe', with_secret = secret } = {}) {
  const payload = JSON.stringify({ id, object: 'event', type: 'invoice.paid', amount: 1999 });
  const signature =
    stripe.webhooks.generateTestHeaderString({ payload, secret: with_secret });
  return new Request(url, {
    method: 'POST', body: payload,
    headers: { 'content-type': 'application/json', 'stripe-signature': signature },
  });
}

/** A delivery of a sender that never sends again, signed as its manual has it. */
function push(id) {
  const body = JSON.stringify({ ref: 'refs/heads/main', id });
  const mac = createHmac('sha256', secret).update(body).digest('hex');
  return new Request('https://app.example/hooks/github', {
    method: 'POST', body,
    headers: {
      'content-type': 'application/json', 'x-github-event': 'push', 'x-github-delivery': id,
      'x-hub-signature-256': `sha256=${mac}`,
    },
  });
}

let files = 0;
function new_file() {
  files += 1;
  const file = join(folder, `${files}.db`);
  ['', '-wal', '-shm'].forEach((end) => rmSync(file + end, { force: true }));
  return file;
}

/** A gate with one route to `to`; its records and failures are kept. */
function open(to, { route = {}, ledger = sqlite(new_file()), ...others } = {}) {
  const hooks = gate({
    sources: {
      stripe: {
        path: '/hooks/stripe', provider: 'stripe', secrets: [secret],
        routes: [{ events: ['invoice.*'], to, ...route }],
      },
    },
    ledger,
    ...others,
  });
  const records = [];
  const failures = [];
  hooks.on('record', (record) => records.push(record));
  hooks.on('failure', (text) => failures.push(text));
  return { hooks, records, failures };
}

const status_of = async (hooks, request) => (await hooks.fetch(request)).status;

async function until(condition, ms = 10_000) {
  for (const end = Date.now() + ms; !condition();) {
    assert.ok(Date.now() < end, `not within ${ms} ms: ${condition}`);
    await sleep(10);
  }
}

test('a handler gets a genuine event once, and strangers nothing', async () => {
  const events = [];
  const { hooks, records } = open((event) => {
    events.push(event);
  });
  assert.equal(await status_of(hooks, delivery('evt_1')), 200);
  assert.equal(await status_of(hooks, delivery('evt_1')), 200);
  const forged = delivery('evt_2', { with_secret: 'whsec_another_one_of_32' });
  assert.equal(await status_of(hooks, forged), 401);
  const plain = 'http://app.example/hooks/stripe';
  assert.equal(await status_of(hooks, delivery('evt_3', { url: plain })), 403);
  const elsewhere = 'https://app.example/x/../hooks';
  assert.equal(await status_of(hooks, delivery('evt_3', { url: elsewhere })), 404);
  await hooks.close();
  assert.deepEqual(records.map(({ verdict, reason }) => `${verdict} ${reason}`), [
    'forwarded ', 'duplicate ', 'refused bad_signature', 'refused not_https',
    'refused unknown_path',
  ]);
  const [event] = events;
  assert.equal(events.length, 1);
  assert.deepEqual([event.id, event.type, event.source, event.proof, event.maybeDuplicate],
    ['evt_1', 'invoice.paid', 'stripe', 'signature', false]);
  assert.match(event.key, /^[0-9a-f]{64}$/);
  assert.equal(event.json().amount, 1999);
  assert.equal(JSON.parse(event.text()).amount, 1999);
  assert.deepEqual([...event.bytes], [...Buffer.from(event.text())]);
  assert.equal(event.headers.get('content-type'), 'application/json');
  const amount = { '~standard': { validate: (value) => ({ value: value.amount }) } };
  assert.equal(await event.json(amount), 1999);
  await assert.rejects(event.json({
    '~standard': { validate: () => ({ issues: [{ message: 'is no text', path: ['amount'] }] }) },
  }), /amount: is no text/);
});

test('a throw is 503, is told, and marks the next run', async () => {
  let throws = 1;
  const marks = [];
  const { hooks, records, failures } = open((event) => {
    marks.push(event.maybeDuplicate);
    if (throws-- > 0) {
      throw new Error('the database is away');
    }
  });
  assert.equal(await status_of(hooks, delivery('evt_1')), 503);
  assert.equal(await status_of(hooks, delivery('evt_1')), 200);
  await hooks.close();
  assert.deepEqual(marks, [false, true]);
  assert.match(failures[0], /the database is away/);
  const { verdict, reason, status, handler_error } = records[0];
  assert.deepEqual([verdict, reason, status, handler_error],
    ['failed', 'handler_threw', 503, 'Error: the database is away']);
});

test('a handler that is late is aborted, and its return commits all the same', async () => {
  const signals = [];
  const { hooks, records } = open(async ({ signal }) => {
    await sleep(400);
    signals.push(signal.aborted);
  }, { route: { timeout: '200ms' } });
  assert.equal(await status_of(hooks, delivery('evt_1')), 504);
  await until(() => records.length === 2);
  assert.equal(await status_of(hooks, delivery('evt_1')), 200);
  await hooks.close();
  assert.deepEqual(signals, [true]);
  assert.deepEqual(records.map(({ verdict }) => verdict), ['failed', 'forwarded', 'duplicate']);
});

test('a handler that throws late commits nothing', async () => {
  let runs = 0;
  const { hooks } = open(async () => {
    runs += 1;
    if (runs === 1) {
      await sleep(300);
      throw new Error('late');
    }
  }, { route: { timeout: '100ms' } });
  assert.equal(await status_of(hooks, delivery('evt_1')), 504);
  await sleep(400);
  assert.equal(await status_of(hooks, delivery('evt_1')), 200);
  assert.equal(runs, 2);
  await hooks.close();
});

test('a copy that comes while the handler runs is busy', async () => {
  const { hooks } = open(() => sleep(300));
  const first = status_of(hooks, delivery('evt_1'));
  await sleep(50);
  const copy = await hooks.fetch(delivery('evt_1'));
  assert.ok([200, 503].includes(copy.status), `${copy.status}`);
  assert.equal(await first, 200);
  await hooks.close();
});

test('a response is treated like an origin\'s answer', async () => {
  const answers = {
    evt_1: () => new Response('taken', { status: 202, headers: { 'content-type': 'text/plain' } }),
    evt_2: () => new Response(null, { status: 429, headers: { 'retry-after': '7' } }),
    evt_3: () => new Response(null, { status: 422 }),
    evt_4: () => new Response(null, { status: 500 }),
  };
  const { hooks } = open((event) => answers[event.id]());
  const taken = await hooks.fetch(delivery('evt_1'));
  assert.deepEqual([taken.status, await taken.text()], [202, 'taken']);
  const later = await hooks.fetch(delivery('evt_2'));
  assert.deepEqual([later.status, later.headers.get('retry-after')], [429, '7']);
  assert.equal(await status_of(hooks, delivery('evt_3')), 422);
  assert.equal(await status_of(hooks, delivery('evt_4')), 503);
  await hooks.close();
});

test('an address is forwarded to, signed by the gate', async (context) => {
  const requests = [];
  const origin = createServer((incoming, outgoing) => {
    requests.push(incoming.headers);
    incoming.resume().on('end', () => outgoing.writeHead(204).end());
  }).listen(0, '127.0.0.1');
  context.after(() => origin.close());
  await once(origin, 'listening');
  const signing = `whsec_${randomBytes(32).toString('base64')}`;
  const { hooks } = open(`http://127.0.0.1:${origin.address().port}/in`,
    { development: true, gate: { sign_forwards: signing } });
  assert.equal(await status_of(hooks, delivery('evt_1')), 204);
  await hooks.close();
  assert.equal(requests.length, 1);
  assert.equal(requests[0]['postern-source'], 'stripe');
  assert.match(requests[0]['webhook-signature'], /^v1,/);
});

test('the ledger in a file outlives the gate, and belongs to one at a time', async () => {
  const file = new_file();
  const first = open(() => {}, { ledger: sqlite(file) });
  assert.equal(await status_of(first.hooks, delivery('evt_1')), 200);
  assert.throws(() => open(() => {}, { ledger: sqlite(file) }), /another process has it/);
  await first.hooks.close();
  const second = open(() => assert.fail('it was done before'), { ledger: sqlite(file) });
  assert.equal(await status_of(second.hooks, delivery('evt_1')), 200);
  await second.hooks.close();
  assert.equal(second.records[0].verdict, 'duplicate');
});

/** The same in queue mode, of a sender that never sends again. */
function open_queue(to, ledger = sqlite(new_file())) {
  const hooks = gate({
    sources: {
      github: {
        path: '/hooks/github', provider: 'github', secrets: [secret],
        routes: [{
          deliver: 'queue', to, timeout: '2s',
          retry: {
            schedule: 'exponential', first: '1s', longest: '2s', attempts: 3, horizon: '1h',
          },
        }],
      },
    },
    ledger,
  });
  const records = [];
  hooks.on('record', (record) => records.push(record));
  hooks.on('failure', () => {});
  return { hooks, records };
}

test('queue mode answers at once and tries until the handler has it', async () => {
  let runs = 0;
  const { hooks, records } = open_queue(() => {
    runs += 1;
    if (runs === 1) {
      throw new Error('not yet');
    }
  });
  assert.equal(await status_of(hooks, push('72d3162e-cc78-11e3-81ab-4c9367dc0958')), 200);
  await until(() => records.length === 3);
  assert.equal(await status_of(hooks, push('72d3162e-cc78-11e3-81ab-4c9367dc0958')), 200);
  await hooks.close();
  assert.equal(runs, 2);
  assert.deepEqual(records.map(({ verdict }) => verdict),
    ['accepted', 'failed', 'forwarded', 'duplicate']);
});

test('queue mode gives up by its schedule, says so, and tries again when told', async () => {
  let is_well = false;
  const { hooks, records } = open_queue(() => {
    if (!is_well) {
      throw new Error('not yet');
    }
  });
  assert.equal(await status_of(hooks, push('72d3162e-cc78-11e3-81ab-4c9367dc0959')), 200);
  await until(() => records.some(({ dead }) => dead), 15_000);
  assert.equal(records.filter(({ verdict }) => verdict === 'failed').length, 3);
  const dead = await Array.fromAsync(hooks.dead());
  assert.equal(dead.length, 1);
  assert.ok(Math.abs(Date.now() - dead[0].receivedAt) < 60_000);
  is_well = true;
  assert.equal(await hooks.redrive(dead[0].key), true);
  await until(() => records.at(-1).verdict === 'forwarded');
  assert.deepEqual(await Array.fromAsync(hooks.dead()), []);
  assert.equal(await hooks.redrive(dead[0].key), false);
  await assert.rejects(hooks.redrive('none'), /one of hooks\.dead/);
  await hooks.close();
});

test('what a killed process owed is driven by the next one, marked', async () => {
  const file = new_file();
  const script = join(folder, 'killed.mjs');
  writeFileSync(script, `
    import { gate } from 'postern';
    import { sqlite } from 'postern/ledger/sqlite';
    const hooks = gate({
      sources: { github: { path: '/hooks/github', provider: 'github', secrets: ['${secret}'],
        routes: [{ deliver: 'queue', timeout: '1s',
          to: () => process.kill(process.pid, 'SIGKILL') }] } },
      ledger: sqlite(${JSON.stringify(file)}),
    });
    const [, , url, method, headers, body] = process.argv;
    await hooks.fetch(new Request(url, { method, headers: JSON.parse(headers), body }));
    setTimeout(() => {}, 10_000);
  `);
  const request = push('72d3162e-cc78-11e3-81ab-4c9367dc0960');
  const child = spawn(process.execPath, [script, request.url, request.method,
    JSON.stringify(Object.fromEntries(request.headers)), await request.text()], { cwd: folder });
  const [, signal] = await once(child, 'exit');
  assert.equal(signal, 'SIGKILL');
  const events = [];
  const { hooks } = open_queue((event) => {
    events.push([event.type, event.maybeDuplicate]);
  }, sqlite(file));
  await until(() => events.length > 0, 30_000);
  await hooks.close();
  assert.deepEqual(events, [['push', true]]);
});

test('a response of another library counts, and what is none is a mistake', async () => {
  const answers = {
    evt_1: { status: 500, headers: new Map(), arrayBuffer: async () => new ArrayBuffer(0) },
    evt_2: { status: 500 },
    evt_3: false,
  };
  const { hooks } = open((event) => answers[event.id]);
  for (const id of Object.keys(answers)) {
    assert.equal(await status_of(hooks, delivery(id)), 503, id);
  }
  await hooks.close();
});

test('a handler knows the provider, and https from a proxy where the gate is told so', async () => {
  const providers = [];
  const { hooks } = open(({ provider }) => {
    providers.push(provider);
  }, { https: 'x-forwarded-proto' });
  const url = 'http://app.example/hooks/stripe';
  const through = delivery('evt_1', { url });
  through.headers.set('x-forwarded-proto', 'https');
  assert.equal(await status_of(hooks, through), 200);
  assert.equal(await status_of(hooks, delivery('evt_2', { url })), 403);
  await hooks.close();
  assert.deepEqual(providers, ['stripe']);
});

test('a gate that closes takes nothing new, and closes once', async () => {
  const { hooks } = open(() => sleep(200));
  const under_way = status_of(hooks, delivery('evt_1'));
  await sleep(50);
  const closed = hooks.close();
  assert.equal(await status_of(hooks, delivery('evt_2')), 503);
  assert.equal(await under_way, 200);
  await Promise.all([closed, hooks.close()]);
});

test('a ledger whose file is gone accepts nothing, and says so', async () => {
  const file = new_file();
  const { hooks } = open_queue(() => {}, sqlite(file));
  const failures = [];
  hooks.on('failure', (text) => failures.push(text));
  ['', '-wal', '-shm'].forEach((end) => rmSync(file + end, { force: true }));
  assert.equal(await status_of(hooks, push('72d3162e-cc78-11e3-81ab-4c9367dc0961')), 503);
  await hooks.close();
  assert.ok(failures.some((text) => /was deleted or replaced/.test(text)), failures.join('\n'));
});
