// A gate in an application: what a handler makes of an event, what survives a restart, and what the
// program may have wrong.

import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { inspect } from 'node:util';

import { folder, gate, secret, signed, sqlite, make_hooks } from './served.mjs';
import { write_files } from './packed.mjs';

const closing = [];
after(() => Promise.all(closing.map((hooks) => hooks.close())));

function made(to, route = {}) {
  const all = make_hooks({ routes: [{ events: ['invoice.*'], to, ...route }] });
  closing.push(all.hooks);
  return all;
}

const request_of = ({ headers, body }) =>
  new Request('https://app.example/hooks/stripe', { method: 'POST', headers, body });

/** What a handler does, what the sender gets of it, and whether it is called again for a repeat. */
const outcomes = [
  ['returns nothing', () => {}, 200, false],
  ['returns what is no Response', () => 'done', 503, true],
  ['answers 204', () => new Response(null, { status: 204 }), 204, false],
  ['declines', () => new Response('no', { status: 404 }), 404, true],
  ['redirects', () => Response.redirect('https://b.example/', 302), 502, true],
  ['fails', () => new Response(null, { status: 500 }), 503, true],
  ['throws', () => { throw new Error('no database'); }, 503, true],
  ['throws nothing', () => { throw null; }, 503, true],
  ['throws what has no text', () => { throw Object.create(null); }, 503, true],
  ['throws a symbol', () => { throw Symbol('no database'); }, 503, true],
  ['throws what breaks when it is looked at', () => {
    throw { get stack() { throw new Error('again'); }, toString() { throw new Error('again'); } };
  }, 503, true],
  ['answers without an end', () => new Response(new ReadableStream({
    pull: (controller) => controller.enqueue(new Uint8Array(1 << 20)),
  })), 200, false],
  ['has read its answer itself', () => {
    const response = new Response('text');
    response.text();
    return response;
  }, 503, true],
  ['gives Response.error()', () => Response.error(), 504, true],
  ['gives a body that breaks', () => new Response(new ReadableStream({
    start: (controller) => controller.error(new Error('broken')),
  })), 503, true],
  ['is not done in time', () => new Promise(() => {}), 504, true],
];
for (const [what, act, status, is_again] of outcomes) {
  test(`a handler that ${what}: ${status}${is_again ? ', and a repeat calls it again' : ''}`,
    async () => {
      let calls = 0;
      const { hooks } = made(() => {
        calls += 1;
        return act();
      }, { timeout: '1s' });
      const delivery = signed();
      assert.equal((await hooks.fetch(request_of(delivery))).status, status);
      await hooks.fetch(request_of(delivery));
      assert.equal(calls, is_again ? 2 : 1);
    });
}

test('of what a handler throws the record has the first part', async () => {
  const { hooks, records, told } = made(() => { throw new Error('x'.repeat(1 << 20)); });
  await hooks.fetch(request_of(signed()));
  await hooks.close();
  assert.match(records[0].handler_error, /^Error: x{4000}/);
  assert.ok(records[0].handler_error.length < 5000);
  assert.ok(told[0].length < 5000);
});

test('plain HTTP is told of once, with the cure', async (context) => {
  const { hooks } = made(() => {});
  const warn = context.mock.method(console, 'warn', () => {});
  for (let count = 0; count < 3; count += 1) {
    const { headers, body } = signed();
    const plain = new Request('http://app.example/hooks/stripe', { method: 'POST', headers, body });
    assert.equal((await hooks.fetch(plain)).status, 403);
  }
  const told = warn.mock.calls.map(({ arguments: [text] }) => text);
  assert.equal(told.length, 1);
  assert.match(told[0], /plain HTTP.*403.*x-forwarded-proto.*development: true/);
});

test('a handler that returns nothing leaves the answer to its source, late or not', async () => {
  const acknowledge = { type: 'text/plain', body: '[accepted]' };
  const wait_for = async (event) => {
    if (event.json().more !== '') {
      await sleep(1200);
    }
  };
  const { hooks, records } = make_hooks({
    acknowledge, routes: [{ timeout: '1s', to: wait_for }],
  });
  for (const answers of [['[accepted]', '[accepted]'], ['', '[accepted]']]) {
    const delivery = signed({ bytes: answers[0] === '' ? 10 : 0 });
    for (const text of answers) {
      const answer = await hooks.fetch(request_of(delivery));
      assert.equal(await answer.text(), text);
      assert.equal(answer.headers.get('content-type'), text === '' ? null : 'text/plain');
      await sleep(text === '' ? 400 : 0);
    }
  }
  await hooks.close();
  assert.deepEqual(records.map(({ verdict, status }) => `${verdict} ${status}`),
    ['forwarded 200', 'duplicate 200', 'failed 504', 'forwarded 200', 'duplicate 200']);
});

function new_ledger(name) {
  const file = join(folder, name);
  for (const one of [file, `${file}-wal`, `${file}-shm`]) {
    rmSync(one, { force: true });
  }
  return file;
}

const gate_of = (file, to) => gate({
  sources: {
    stripe: { path: '/hooks/stripe', provider: 'stripe', secrets: [secret], routes: [{ to }] },
  },
  ledger: sqlite(file),
});

test('after a throw the next run may be a duplicate, and knows it', async () => {
  const doubts = [];
  const told = [];
  const hooks = gate_of(new_ledger('throw.db'), (event) => {
    doubts.push(event.maybeDuplicate);
    if (doubts.length === 1) {
      throw new Error('no database');
    }
  });
  closing.push(hooks);
  hooks.on('failure', (text) => told.push(text));
  const delivery = signed();
  assert.equal((await hooks.fetch(request_of(delivery))).status, 503);
  assert.equal((await hooks.fetch(request_of(delivery))).status, 200);
  assert.deepEqual(doubts, [false, true]);
  assert.match(told[0], /^the handler of stripe threw on the event [0-9a-f]{64}: Error: no data/);
});

test('the time limit of a route keeps a process running that waits for nothing else', () => {
  write_files(folder, { 'waits.mjs': `
    import { gate } from 'postern';
    import { memory } from 'postern/ledger/memory';
    const { url, secret, ...init } = JSON.parse(process.argv[2]);
    const hooks = gate({ ledger: memory(), sources: { stripe: { path: '/hooks/stripe',
      provider: 'stripe', secrets: [secret],
      routes: [{ timeout: '1s', to: () => new Promise(() => {}) }] } } });
    console.log((await hooks.fetch(new Request(url, init))).status);
    await hooks.close();` });
  const delivery =
    { url: 'https://app.example/hooks/stripe', method: 'POST', secret, ...signed() };
  const told = execFileSync(process.execPath, ['waits.mjs', JSON.stringify(delivery)],
    { cwd: folder, encoding: 'utf8', stdio: 'pipe' });
  assert.equal(told.trim(), '504');
});

test('what is committed is known after a restart, and one process has the file', async () => {
  const file = new_ledger('restart.db');
  const events = [];
  const open = () => gate_of(file, (event) => { events.push(event.key); });
  const delivery = signed();
  for (let run = 0; run < 3; run += 1) {
    const hooks = open();
    assert.throws(open, /another process has it/);
    assert.equal((await hooks.fetch(request_of(delivery))).status, 200);
    await hooks.close();
    assert.equal((await hooks.fetch(request_of(delivery))).status, 503);
  }
  assert.equal(events.length, 1);
});

test('listeners that throw or reject cost no delivery', async () => {
  const { hooks, events, records } = make_hooks();
  const off = hooks.on('record', () => assert.fail('it was taken off'));
  off();
  hooks.on('record', () => { throw new Error('a listener'); });
  hooks.on('record', async () => { throw new Error('another listener'); });
  assert.equal((await hooks.fetch(request_of(signed()))).status, 200);
  assert.equal((await hooks.fetch(request_of(signed()))).status, 200);
  await hooks.close();
  assert.deepEqual(records.map(({ verdict }) => verdict), ['forwarded', 'forwarded']);
  assert.equal(events.length, 2);
});

test('a body that was read before is a mistake of the program, and told so', async () => {
  const { hooks, told } = make_hooks();
  closing.push(hooks);
  const read = request_of(signed());
  await read.text();
  assert.equal((await hooks.fetch(read)).status, 500);
  assert.match(told[0], /read before.*as it came/);
});

const source = { path: '/h', provider: 'stripe', secrets: [secret], routes: [{ to() {} }] };
const { make_gate: _make_gate, ...no_ledger } = sqlite('unused.db');
function circle() {
  const own = { ...source };
  own.self = own;
  return own;
}

const mistakes = [
  ['no options', undefined, /needs a ledger.*sqlite.*memory/],
  ['no ledger', { sources: { stripe: source } }, /needs a ledger/],
  ['what is no ledger', { sources: { stripe: source }, ledger: no_ledger }, /needs a ledger/],
  ['a policy that is no bytes', { policy: 'postern.bin' }, /Uint8Array/],
  ['a compiled policy and an object', { policy: new Uint8Array(9), sources: { a: source } },
    /^sources does nothing beside a compiled policy/],
  ['a compiled policy in development', { policy: new Uint8Array(9), development: true },
    /^development does nothing/],
  ['no sources', { sources: null }, /^sources is null/],
  ['a source that is null', { sources: { a: null } }, /^sources\.a is null/],
  ['a secret under another key', { sources: { a: { ...source, secrets: undefined, secret } } },
    /sources\.a\.secret: .*did you mean `secrets`/],
  ['secrets that are bytes', { sources: { a: { ...source, secrets: Buffer.from(secret) } } },
    /^sources\.a\.secrets is an object of the class Buffer/],
  ['sources in a Map', { sources: new Map([['a', source]]) },
    /^sources is an object of the class Map/],
  ['no source at all', { sources: {} }, /^the policy: the policy has no source/],
  ['a version that is none', { version: 9, sources: { a: source } }, /^version: .*1/],
  ['itself in it', { sources: { a: circle() } }, /^sources\.a\.self\.self.* stands deeper/],
  ['a setting that is no text',
    { sources: { a: { ...source, secrets: ['env:A'] } }, env: { A: 5 } }, /^env\.A is a number/],
  ['development as a text', { development: 'yes', sources: { a: source } }, /true or false/],
  ['an unknown provider', { sources: { a: { ...source, provider: 'strpie' } } },
    /sources\.a\.provider: .*strpie.*did you mean "stripe"/],
  ['an unknown key of a route', { sources: { a: { ...source, routes: [{ too() {} }] } } },
    /sources\.a\.routes\[0\]\.too is a function/],
  ['a route to nowhere', { sources: { a: { ...source, routes: [{ to: 3 }] } } },
    /sources\.a\.routes\[0\]\.to/],
];
for (const [name, options, says] of mistakes) {
  test(`a gate with ${name} throws, with the path and without the secret`, () => {
    const ledger =
      { name: 'none', is_durable: true, make_gate: () => assert.fail('it was opened') };
    const given = options === undefined || /ledger/.test(name) ? options : { ledger, ...options };
    assert.throws(() => gate(given), (failure) => {
      assert.ok(failure instanceof TypeError, inspect(failure));
      assert.match(failure.message, says);
      assert.ok(!inspect(failure, { depth: 9 }).includes(secret));
      return true;
    });
  });
}

test('a file that is no ledger is told, and left alone', () => {
  const file = new_ledger('text.db');
  const text = 'a file of somebody else, longer than the header of a database\n'.repeat(20);
  write_files(folder, { 'text.db': text });
  assert.throws(() => gate_of(file, () => {}), /The ledger .*text\.db cannot be opened: .*not a/);
  assert.equal(readFileSync(file, 'utf8'), text);
  assert.throws(() => gate_of(join(folder, 'no/such/folder.db'), () => {}), /cannot be opened/);
});

test('what failed is told, also where SQLite has ended the transaction by itself', async () => {
  const { NodeStorage } = await import(pathToFileURL(
    join(folder, 'node_modules/postern/hosts/store/sqlite/node_storage.mjs')));
  const storage = new NodeStorage(new_ledger('full.db'), () => {});
  storage.sql.exec('CREATE TABLE rows (value BLOB)');
  storage.sql.exec('PRAGMA max_page_count = 4');
  const fill = () => storage.transactionSync(() =>
    storage.sql.exec('INSERT INTO rows VALUES (?)', new Uint8Array(100_000)));
  assert.throws(fill, /full/);
  storage.before_commit = () => {
    storage.sql.exec('ROLLBACK');
    throw new Error('the disk is gone');
  };
  assert.throws(() => storage.transactionSync(() => {}), /the disk is gone/);
  storage.before_commit = () => {};
  assert.equal(storage.transactionSync(() => 1), 1);
  assert.equal(storage.sql.exec('SELECT count(*) AS rows FROM rows').one().rows, 0);
  storage.close();
});

const queued = (secrets, to) => ({
  stripe: {
    path: '/hooks/stripe', provider: 'stripe', secrets,
    routes: [{
      deliver: 'queue', to,
      retry: { schedule: 'exponential', first: '1s', longest: '2s', attempts: 9, horizon: '1h' },
    }],
  },
});

/** Runs until it has accepted, and worked on where it says so, and is killed then. */
const killed_program = `
  import { gate } from 'postern';
  import { sqlite } from 'postern/ledger/sqlite';
  const { file, is_worked_on, url, secret, ...init } = JSON.parse(process.argv[2]);
  const kill = () => process.kill(process.pid, 'SIGKILL');
  const queued = ${queued};
  const hooks = gate({ ledger: sqlite(file), sources: queued([secret], () => { throw 0; }) });
  hooks.on('failure', () => {});
  hooks.on('record', ({ verdict }) => verdict === 'failed' && kill());
  const { status } = await hooks.fetch(new Request(url, init));
  if (status !== 200 || !is_worked_on) kill();
  setTimeout(() => {}, 10_000);`;

for (const is_worked_on of [false, true]) {
  const what = is_worked_on ? 'accepted and has failed' : 'accepted';
  test(`what was ${what} is done after a crash`, async () => {
    write_files(folder, { 'killed.mjs': killed_program });
    const file = new_ledger(`killed-${is_worked_on}.db`);
    const delivery = {
      file, secret, is_worked_on, url: 'https://app.example/hooks/stripe', method: 'POST',
      ...signed(),
    };
    const { signal } = spawnSync(process.execPath, ['killed.mjs', JSON.stringify(delivery)],
      { cwd: folder });
    assert.equal(signal, 'SIGKILL');
    const { promise, resolve } = Promise.withResolvers();
    const hooks = gate({ ledger: sqlite(file), sources: queued([secret], resolve) });
    const started_ms = Date.now();
    const event = await promise;
    assert.ok(Date.now() - started_ms < 10_000);
    assert.equal(event.text(), delivery.body);
    assert.equal(event.maybeDuplicate, is_worked_on);
    await hooks.close();
    const again = gate({
      ledger: sqlite(file), sources: queued([secret], () => assert.fail('it was done')),
    });
    await again.drive();
    await again.close();
  });
}
