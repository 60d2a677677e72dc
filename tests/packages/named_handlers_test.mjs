// Functions that a policy knows by name: gate({ policy, handlers }) and to = "handler:NAME".

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, mock, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

import { secret, signed_request } from './app.mjs';
import { import_packed, make_project } from './packed.mjs';

const folder = make_project('named_handlers');
const [{ gate, PolicyError }, { memory }, { sqlite }] = await import_packed(folder,
  ['postern', 'postern/ledger/memory', 'postern/ledger/sqlite']);
const program = join(folder, 'node_modules/postern/npm/cli/main.mjs');
const env = { SECRET: secret };

const postern = (...words) => spawnSync(process.execPath, [program, ...words],
  { cwd: folder, encoding: 'utf8', timeout: 20_000 });

/** The policy with these routes, as `postern build` makes it. */
function compiled(routes) {
  const head = 'version = 1\n[sources.stripe]\npath = "/hooks/stripe"\nprovider = "stripe"\n' +
    'secrets = ["env:SECRET"]\n';
  writeFileSync(join(folder, 'p.toml'),
    head + routes.map((lines) => `[[sources.stripe.routes]]\n${lines}\n`).join(''));
  const { status, stderr } = postern('build', 'p.toml', '-o', 'p.bin');
  assert.equal(status, 0, stderr);
  return new Uint8Array(readFileSync(join(folder, 'p.bin')));
}

const open = [];
function make(options) {
  const hooks = gate({ ledger: memory(), env, ...options });
  open.push(hooks);
  return hooks;
}
afterEach(async () => {
  await Promise.all(open.splice(0).map((hooks) => hooks.close({ grace: 0 })));
  mock.restoreAll();
});

/** What `console[name]` is told while `run` runs. */
function told_by(name, run) {
  const spy = mock.method(console, name, () => {});
  run();
  return spy.mock.calls.map(({ arguments: [text] }) => text);
}

async function until(is_so) {
  for (let tries = 0; !is_so(); tries += 1) {
    assert.ok(tries < 500, 'it took too long');
    await sleep(10);
  }
}

test('a route of a compiled policy calls the function of that name, for genuine ones alone',
  async () => {
    const seen = [];
    const hooks = make({
      policy: compiled(['events = ["invoice.*"]\nto = "handler:book"', 'to = "handler:rest"']),
      handlers: {
        book: async (event) => { seen.push(['book', event.type, event.source]); },
        rest: () => { seen.push(['rest']); },
      },
    });
    assert.equal((await hooks.fetch(signed_request())).status, 200);
    assert.equal((await hooks.fetch(signed_request({ key: 'whsec_somebody_else_00000' }))).status,
      401);
    assert.deepEqual(seen, [['book', 'invoice.paid', 'stripe']]);
  });

test('a missing one throws, and says what the policy needs and what was meant', () => {
  const policy = compiled(['events = ["a"]\nto = "handler:book_invoice"',
    'to = ["handler:archive", "https://origin.example/"]\ndeliver = "queue"']);
  assert.throws(() => make({ policy, handlers: { book_invoise: () => {}, archive: () => {} } }),
    (failure) => failure instanceof PolicyError &&
      /handlers has no book_invoice\. Did you mean "book_invoise"\?/.test(failure.message) &&
      /The policy delivers to: book_invoice, archive\./.test(failure.message));
  assert.throws(() => make({ policy }), /has no book_invoice\.\n.*has no archive\.\n/);
  assert.throws(() => make({ policy, handlers: { book_invoice: 'x' } }),
    /handlers\.book_invoice is no function/);
  assert.throws(() => make({ policy, handlers: [() => {}] }), /handlers is an object: /);
});

test('names that every object has are no handlers', () => {
  const policy = compiled(['to = "handler:constructor"']);
  assert.throws(() => make({ policy, handlers: {} }), /has no constructor/);
});

test('one that no route delivers to is told, with what was meant', () => {
  const policy = compiled(['to = "handler:book"']);
  const told = told_by('warn', () =>
    make({ policy, handlers: { book: () => {}, boook: () => {} } }));
  assert.ok(told.includes('postern: handlers.boook: no route of the policy delivers to it. ' +
    'Did you mean "book"?'), told.join('\n'));
});

test('an object names them too, beside functions that stand in it', async () => {
  const seen = [];
  const source = (routes) => ({
    stripe: { path: '/hooks/stripe', provider: 'stripe', secrets: ['env:SECRET'], routes },
  });
  const hooks = make({
    sources: source([{ events: ['x'], to: () => {} }, { to: 'handler:book' }]),
    handlers: { book: (event) => { seen.push(event.provider); } },
  });
  assert.equal((await hooks.fetch(signed_request())).status, 200);
  assert.deepEqual(seen, ['stripe']);
  assert.throws(() => make({
    sources: source([{ to: () => {} }]),
    handlers: { 'sources.stripe.routes[0].to': () => {} },
  }), /a function in the policy has this name/);
  assert.throws(() => make({ sources: source([{ to: 'handler:bok' }]), handlers: { book() {} } }),
    /has no bok\. Did you mean "book"\?/);
  assert.throws(() => make({ sources: source([{ to: 'handler:a b' }]), handlers: {} }),
    /sources\.stripe\.routes\[0\]\.to: this is not the name of a handler/);
});

test('what is owed finds its function after a deployment that moved its route', async () => {
  const file = join(folder, 'owed.db');
  ['', '-wal', '-shm'].forEach((end) => rmSync(`${file}${end}`, { force: true }));
  const retry = 'deliver = "queue"\nretry = { schedule = "fixed", first = "1s" }';
  let runs = 0;
  const first = make({
    policy: compiled([`to = ["handler:book", "handler:tell"]\n${retry}`]),
    ledger: sqlite(file),
    handlers: {
      book() {
        runs += 1;
        throw new Error('not yet');
      },
      tell() {},
    },
  });
  first.on('failure', () => {});
  assert.equal((await first.fetch(signed_request())).status, 200);
  await until(() => runs > 0);
  await first.close();
  open.length = 0;
  const seen = [];
  const destinations = [];
  const second = make({
    policy: compiled(['events = ["other"]\nto = "handler:other"',
      `to = ["handler:tell", "handler:other", "handler:book"]\n${retry}`]),
    ledger: sqlite(file),
    handlers: {
      book: (event) => { seen.push(['book', event.type, event.maybeDuplicate]); },
      tell: () => { seen.push(['tell']); },
      other: () => { seen.push(['other']); },
    },
  });
  second.on('record', ({ destination }) => destinations.push(destination));
  await until(() => seen.length > 0);
  await second.close();
  assert.deepEqual(seen, [['book', 'invoice.paid', true]]);
  assert.deepEqual([...new Set(destinations)], ['handler:book']);
});

test('who has no functions says so: serve, and what names the values', () => {
  compiled(['to = "handler:book"']);
  const served = postern('serve', '--policy', 'p.toml', '--ledger', 'memory:', '--port', '0');
  assert.equal(served.status, 3);
  assert.match(served.stderr, /p\.toml:7:6: error: .*handler:book.* \[no-handlers\]\n.*gate\(/);
  assert.equal(postern('compile', 'p.toml', '--names').stdout, 'SECRET\n');
  const needs = JSON.parse(postern('compile', 'p.toml', '--names', '--json').stdout);
  assert.deepEqual([needs.handlers, needs.values.map(({ name }) => name)], [['book'], ['SECRET']]);
  assert.match(postern('compile', 'p.toml', '-o', 'p.bin').stdout,
    /1 values? from the environment\n.*handlers.* book\n/);
  writeFileSync(join(folder, 'wrangler.toml'),
    'main = "node_modules/postern/hosts/cloudflare/worker.mjs"\n' +
    '[[durable_objects.bindings]]\nname = "LEDGER"\n');
  assert.match(postern('lint', 'p.toml').stdout, /\[missing-handlers\]/);
  rmSync(join(folder, 'wrangler.toml'));
});
