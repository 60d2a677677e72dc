// The ledger of Workers where it cannot be had, or not all of it. What it does on a Worker is
// template_test.mjs.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { secret, signed_request } from './app.mjs';
import { import_packed, make_project } from './packed.mjs';

const folder = make_project('durable_object');
const [{ gate }, { durableObject }] =
  await import_packed(folder, ['postern', 'postern/ledger/durable-object']);

/** Objects that nobody reaches. */
const unreached = { getByName: () => ({}) };

function policy_with({ route = '', source = '' }) {
  writeFileSync(join(folder, 'p.toml'), ['version = 1', '[sources.stripe]',
    'path = "/hooks/stripe"', 'provider = "stripe"', 'secrets = ["env:SECRET"]',
    source, '[[sources.stripe.routes]]', 'to = "handler:book"', route, ''].join('\n'));
  const { status, stderr } = spawnSync(process.execPath,
    [join(folder, 'node_modules/postern/npm/cli/main.mjs'), 'build', 'p.toml', '-o', 'p.bin'],
    { cwd: folder, encoding: 'utf8' });
  assert.equal(status, 0, stderr);
  return new Uint8Array(readFileSync(join(folder, 'p.bin')));
}

function make(ledger, { env = {}, ...lines } = {}) {
  const told = [];
  const hooks = gate({
    policy: policy_with(lines), ledger, env: { SECRET: secret, ...env },
    handlers: { book: () => assert.fail('nothing may be taken without a ledger') },
  });
  hooks.on('failure', (text) => told.push(text));
  return { hooks, told };
}

test('a binding is its name or the namespace, and what is none is told', () => {
  for (const binding of [3, null, 'LEDGER', 'env:', {}, 'env:A B']) {
    assert.throws(() => durableObject(binding), /takes a binding of wrangler\.toml, 'env:LEDGER'/);
  }
  for (const env of [{}, { LEDGER: 'text' }]) {
    assert.throws(() => make(durableObject(), { env }),
      /env\.LEDGER is no Durable Object: bind one .* export \{ Ledger \} from postern\/cloudflare/);
  }
  make(durableObject('env:OTHER'), { env: { OTHER: unreached } });
  make(durableObject(unreached));
});

test('objects that are not reached take nothing: 503', async () => {
  const { hooks } = make(durableObject(unreached));
  const records = [];
  hooks.on('record', (record) => records.push(record));
  assert.equal((await hooks.fetch(signed_request())).status, 503);
  assert.equal((await hooks.fetch(signed_request({ key: 'whsec_other_other_other' }))).status, 401);
  await hooks.close();
  assert.deepEqual(records.map(({ reason }) => reason), ['ledger_unavailable', 'bad_signature']);
});

test('who sends is what the platform says', async () => {
  const source = 'allow_addresses = ["203.0.113.7"]';
  const { hooks } = make(durableObject(unreached), { source });
  const status_from = async (headers) => {
    const request = signed_request();
    Object.entries(headers).forEach(([name, value]) => request.headers.set(name, value));
    return (await hooks.fetch(request)).status;
  };
  assert.equal(await status_from({ 'cf-connecting-ip': '203.0.113.7' }), 503);
  assert.equal(await status_from({ 'cf-connecting-ip': '203.0.113.8' }), 403);
  assert.equal(await status_from({ 'x-forwarded-for': '203.0.113.7' }), 403);
});

test('queue mode without the queue that drives it takes nothing, and says why', async () => {
  const { hooks, told } = make(durableObject(unreached), { route: 'deliver = "queue"' });
  assert.equal((await hooks.fetch(signed_request())).status, 503);
  assert.ok(told.some((text) => /queue mode, and no queue is bound as DELIVERIES/.test(text)),
    told.join('\n'));
});

test('what a process does by itself the platform does here, and each call says so', async () => {
  const { hooks } = make(durableObject(unreached));
  const platform = /the platform drives what is owed, by hooks\.queue/;
  await assert.rejects(hooks.drive(), platform);
  await assert.rejects(hooks.redrive('0'.repeat(64)), platform);
  await assert.rejects(async () => {
    for await (const _ of hooks.dead()) {
      assert.fail('there is none');
    }
  }, platform);
  assert.equal(typeof hooks.queue, 'function');
});
