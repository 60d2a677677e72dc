// `postern ledger`: what it asks of a gate and makes of the answers, against a server by script and
// against the Worker in workerd.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { after, before, beforeEach, test } from 'node:test';
import { crc32 } from 'node:zlib';

import {
  admin_token, compile_policy, device_policy, root, scratch, signed, start_origin, start_worker,
  until,
} from './edge.mjs';
import { operation } from './operations.mjs';

const key = 'ab'.repeat(32);
const hour_ms = 3_600_000;
/** 2023-11-14T22:13:20Z. */
const at_ms = 1_700_000_000_000;

const states = { retryable: 2, done: 3, accepted: 4, dead: 6 };

/** A row as bytes, by hand from wasm/ledger/ledger.h. */
function row_of(state, {
  epoch = 7n, expires_ms = 0, attempts = 0, is_marked = false, status = 0, due_ms = 0,
} = {}) {
  const row = Buffer.alloc(63);
  row.writeUInt8(2, 0);
  row.writeUInt8(states[state], 1);
  row.writeBigUInt64LE(epoch, 2);
  row.writeBigUInt64LE(BigInt(at_ms), 34);
  row.writeBigUInt64LE(BigInt(expires_ms), 42);
  row.writeUInt16LE(attempts, 50);
  row.writeUInt8(is_marked ? 1 : 0, 52);
  row.writeUInt16LE(status, 53);
  row.writeBigUInt64LE(BigInt(due_ms), 55);
  return row.toString('base64');
}

/** A reply that says 4, done, or 5, ignored. */
function reply_of(answer) {
  const reply = Buffer.alloc(23);
  reply.writeUInt8(2, 0);
  reply.writeUInt8(answer, 1);
  return reply.toString('base64');
}

let gate;
let calls;
let respond;

before(async () => {
  mkdirSync(scratch, { recursive: true });
  gate = createServer(async (request, response) => {
    const chunks = await Array.fromAsync(request);
    const call = JSON.parse(Buffer.concat(chunks).toString());
    calls.push({ call, url: request.url, authorization: request.headers.authorization });
    const { status = 200, answer } = respond(call);
    response.statusCode = status;
    response.end(answer === undefined ? '' : JSON.stringify(answer));
  });
  await new Promise((resolve) => gate.listen(0, '127.0.0.1', resolve));
});

after(() => gate.close());

beforeEach(() => {
  calls = [];
  respond = () => ({ status: 404, answer: { error: 'there is no such row' } });
});

const url = () => `http://127.0.0.1:${gate.address().port}`;

function write_policy(name, options) {
  const file = join(scratch, `${name}.toml`);
  writeFileSync(file, options.text ?? device_policy('https://origin.test', options));
  return file;
}

/** `{ code, out, err }`. In the background, as the server answers from this process. */
function run(args, { token = admin_token, policy = write_policy('ledger_command', {}) } = {}) {
  const env = { ...process.env, POSTERN_ADMIN_TOKEN: token };
  return new Promise((resolve) => {
    execFile(join(root, 'build/postern'), ['ledger', ...args, '--policy', policy],
      { cwd: root, encoding: 'utf8', env },
      (fault, out, err) => resolve({ code: fault?.code ?? 0, out, err }));
  });
}

const missing = { status: 404, answer: { error: 'there is no such row' } };

test('shows a row as it is, and sends the token as a bearer', async () => {
  respond = () => ({ answer: { row: row_of('done', {
    epoch: 111_411_200_000_000_001n, expires_ms: at_ms + hour_ms, is_marked: true, status: 202,
  }) } });
  const { code, out } = await run(['show', key, url(), '--source', 'device', '--json']);
  assert.deepEqual(JSON.parse(out), [{
    source: 'device', shard: 'device/0', key, state: 'done', epoch: '111411200000000001',
    attempts: 0, maybe_duplicate: true, status: 202, first_seen: '2023-11-14T22:13:20Z', due: null,
    leased_until: null, expires: '2023-11-14T23:13:20Z',
  }]);
  assert.equal(code, 0);
  assert.deepEqual(calls, [{
    call: { shard: 'device/0', key }, url: '/.postern/ledger',
    authorization: `Bearer ${admin_token}`,
  }]);
  const table = await run(['show', key, url()]);
  assert.match(table.out.split('\n')[0], /^source +key +state +epoch +attempts +maybe duplicate/);
  assert.match(table.out.split('\n')[1],
    /^device +(ab){32} +done +111411200000000001 +0 +yes +202 +- +- +2023-11-14T23:13:20Z$/);
});

test('looks first where the key belongs, then in the other shards', async () => {
  const text = device_policy('https://origin.test').replace('busy_wait', 'shards = 4\nbusy_wait');
  const policy = write_policy('ledger_shards', { text });
  const { code, out } = await run(['show', key, url()], { policy });
  // 0xab = 171 = 42 * 4 + 3.
  assert.deepEqual(calls.map(({ call }) => call.shard),
    ['device/3', 'device/0', 'device/1', 'device/2']);
  assert.deepEqual([code, out], [1, 'There is no such row.\n']);
});

test('shows the rows of all destinations of an event', async () => {
  const policy = write_policy('ledger_destinations', {
    to: ['/one', '/two'], queue: '{ schedule = "fixed", first = "1s" }',
  });
  const row_key = (to) => {
    const id = Buffer.alloc(4);
    id.writeUInt32LE(crc32(to));
    return createHash('sha256').update('postern1.to').update(Buffer.from(key, 'hex')).update(id)
      .digest('hex');
  };
  const other = row_key('https://origin.test/two');
  respond = (call) => (call.key === other
    ? { answer: { row: row_of('accepted', { attempts: 3, due_ms: at_ms + hour_ms }) } }
    : call.key === key ? { answer: { row: row_of('done', { status: 200 }) } } : missing);
  const { code, out } = await run(['show', key, url(), '--json'], { policy });
  assert.equal(code, 0);
  assert.deepEqual(JSON.parse(out).map(({ key: of, state, to, attempts, due }) =>
    ({ key: of, state, to, attempts, due })), [
    { key, state: 'done', to: undefined, attempts: 0, due: null },
    {
      key: other, state: 'accepted', to: 'https://origin.test/two', attempts: 3,
      due: '2023-11-14T23:13:20Z',
    },
  ]);
});

test('releases an event by the operation of that name, and sends nothing', async () => {
  respond = ({ operation: bytes }) => ({ answer: bytes === undefined
    ? { row: row_of('done') }
    : { row: row_of('retryable', { is_marked: true }), reply: reply_of(4), is_sent: false } });
  const { code, out } = await run(['release', key, url(), '--json']);
  assert.equal(code, 0);
  const [line] = JSON.parse(out);
  assert.deepEqual([line.state, line.note], ['retryable', 'was done']);
  const { call } = calls[1];
  assert.equal(call.redrive, undefined);
  // The row is kept for as long as the policy keeps any: 30 days where no time is signed.
  assert.equal(Buffer.from(call.operation, 'base64').toString('hex'),
    operation('reopen', { retain_ms: 30 * 24 * hour_ms }));
});

test('says that a dead letter that is released is owed again', async () => {
  respond = ({ operation: bytes }) => ({ answer: bytes === undefined
    ? { row: row_of('dead') }
    : { row: row_of('accepted', { due_ms: at_ms }), reply: reply_of(4), is_sent: false } });
  const { code, out } = await run(['release', key, url(), '--json']);
  assert.equal(code, 0);
  assert.equal(JSON.parse(out)[0].note,
    'was dead: still owed, the gate delivers it within minutes');
});

test('drives what is owed to one destination, and leaves what is done at another', async () => {
  const policy = write_policy('ledger_one_owed', {
    to: ['/one', '/two'], queue: '{ schedule = "fixed", first = "1s" }',
  });
  respond = ({ key: of, operation: bytes }) => (of === key ? { answer: { row: row_of('done') } }
    : { answer: bytes === undefined ? { row: row_of('dead') }
      : { row: row_of('accepted'), reply: reply_of(4), is_sent: true } });
  const { code, out } = await run(['redrive', key, url(), '--json'], { policy });
  assert.equal(code, 0);
  assert.deepEqual([...new Set(JSON.parse(out).map(({ note }) => note))],
    ['not owed: nothing to drive', 'was dead, message sent']);
});

test('says which words an action wants', async () => {
  assert.match((await run(['dead'])).err, /ledger dead: it wants the gate's URL\n/);
  assert.match((await run(['show', url()])).err, /an event's KEY and the gate's URL\n/);
  assert.match((await run(['redrive', url()])).err, /KEY and the gate's URL, or --all/);
});

test('lists dead letters page by page', async () => {
  const dead = Array.from({ length: 130 }, (_, at) => ({
    key: at.toString(16).padStart(64, '0'), row: row_of('dead', { attempts: 5 }), at_ms,
    method: 'PUT', body_bytes: 77,
  }));
  respond = ({ after: last, limit }) => {
    const start = dead.findIndex((one) => one.key > last);
    return { answer: { dead: start < 0 ? [] : dead.slice(start, start + limit) } };
  };
  const { code, out } = await run(['dead', url(), '--json']);
  assert.equal(code, 0);
  const listed = JSON.parse(out);
  assert.deepEqual(listed.map((line) => line.key), dead.map((one) => one.key));
  assert.deepEqual([listed[0].arrived, listed[0].method, listed[0].body_bytes, listed[0].attempts],
    ['2023-11-14T22:13:20Z', 'PUT', 77, 5]);
  assert.deepEqual(calls.map(({ call }) => [call.list, call.after]),
    [['dead', ''], ['dead', dead[99].key]]);
});

test('ends when a list does not go on', async () => {
  const again = { key, row: row_of('dead'), at_ms, method: 'POST', body_bytes: 1 };
  respond = () => ({ answer: { dead: Array(100).fill(again) } });
  assert.equal((await run(['dead', url()])).code, 4);
});

test('says that there is no dead letter', async () => {
  respond = () => ({ answer: { dead: [] } });
  assert.deepEqual(await run(['dead', url()]),
    { code: 0, out: 'There is no dead letter.\n', err: '' });
});

test('drives all dead letters, and says of which no message was sent', async () => {
  const other = 'cd'.repeat(32);
  const dead = [key, other].map((one) => ({
    key: one, row: row_of('dead'), at_ms, method: 'POST', body_bytes: 1,
  }));
  respond = ({ list, key: of }) => ({ answer: list === undefined
    ? { row: row_of('accepted', { due_ms: at_ms }), reply: reply_of(4), is_sent: of === key }
    : { dead } });
  const { code, out } = await run(['redrive', '--all', url(), '--json']);
  assert.equal(code, 0);
  assert.deepEqual(JSON.parse(out).map(({ state, note }) => [state, note]), [
    ['accepted', 'was dead, message sent'],
    ['accepted', 'was dead, the store sends a message within minutes'],
  ]);
  assert.deepEqual(calls.slice(1).map(({ call }) => [call.key, call.redrive]),
    [[key, true], [other, true]]);
});

test('drives nothing that is not owed', async () => {
  respond = () => ({ answer: { row: row_of('done') } });
  const { code, out } = await run(['redrive', key, url(), '--json']);
  assert.equal(code, 1);
  assert.equal(JSON.parse(out)[0].note, 'not owed: nothing to drive');
  assert.equal(calls.filter(({ call }) => call.operation !== undefined).length, 0);
});

test('tells by its exit whose fault it is', async () => {
  const cases = [
    [() => ({ status: 401 }), 4, /refuses this POSTERN_ADMIN_TOKEN/],
    [() => ({ status: 403 }), 4, /plain http/],
    [() => ({ status: 404 }), 4, /has no \/\.postern\/ledger/],
    [() => ({ status: 503, answer: { error: 'a shard takes too long' } }), 4, /takes too long/],
    [() => ({ answer: { row: 'AAAA' } }), 4, /cannot be read/],
    [() => ({ answer: [] }), 4, /cannot be read/],
    [() => ({ status: 500 }), 4, /answered 500\. Is this the address of the gate\?/],
    [() => ({ status: 500, answer: { error: 5 } }), 4, /answered 500\. Is this/],
  ];
  for (const [answer, code, message] of cases) {
    respond = answer;
    const ended = await run(['show', key, url()]);
    assert.equal(ended.code, code, ended.err);
    assert.match(ended.err, message);
  }
  assert.equal((await run(['show', key, 'http://127.0.0.1:1'])).code, 4);
  assert.equal((await run(['show', key, url()], { policy: 'none.toml' })).code, 3);
  calls = [];
  for (const args of [
    ['show', 'abc', url()], ['show', `${key}00`, url()], ['show', key], ['show', url()], ['dead'],
    ['redrive', url()], ['redrive', key, '--all', url()], ['forget', key, url()],
    ['dead', url(), '--source', 'other'],
  ]) {
    assert.equal((await run(args)).code, 2, args.join(' '));
  }
  assert.equal((await run(['dead', url()], { token: '' })).code, 2);
  assert.deepEqual(calls, []);
});

test('gives the token to no address that could be overheard or is not a gate', async () => {
  const { port } = gate.address();
  for (const address of [
    `http://127.0.0.1.example.com:${port}`, `http://gate.example.com`, `http://0.0.0.0:${port}`,
    `http://user@127.0.0.1:${port}`, `http://127.0.0.1:${port}/hooks`, `ftp://127.0.0.1:${port}`,
    `127.0.0.1:${port}`, 'https://', `http://localhost\t.example.com`,
  ]) {
    const { code, err } = await run(['dead', address]);
    assert.equal(code, 2, address);
    assert.doesNotMatch(err, /a token of the tests/);
  }
  assert.deepEqual(calls, []);
});

test('takes up dead letters of a Worker, from the list to the origin', async (context) => {
  const origin = await start_origin();
  const worker = await start_worker();
  context.after(() => {
    origin.close();
    return worker.close();
  });
  const text = device_policy(origin.url, {
    to: ['/one', '/two'], queue: '{ schedule = "fixed", first = "1s", attempts = 1 }',
  });
  const policy = write_policy('ledger_live', { text });
  await worker.go_live(compile_policy('ledger_live', text),
    { bindings: { POSTERN_ADMIN_TOKEN: admin_token } });
  const ask = async (...args) => {
    const { code, out, err } =
      await run([...args, worker.url.origin, '--json'], { policy });
    assert.equal(code, 0, err);
    return JSON.parse(out);
  };
  const list_dead = async (count) => {
    let dead = [];
    await until_async(async () => {
      dead = await ask('dead');
      return dead.length === count;
    });
    return dead;
  };

  origin.answer = (request, response) => {
    response.statusCode = request.url === '/two' ? 503 : 200;
    response.end();
  };
  const body = '{"id":"an event of the command"}';
  assert.equal((await worker.deliver(body, signed(body))).status, 200);
  const [dead] = await list_dead(1);
  assert.deepEqual([dead.state, dead.attempts, dead.method, dead.body_bytes],
    ['dead', 1, 'POST', body.length]);
  const event_key = origin.requests[0].headers['postern-key'];
  const rows = await ask('show', event_key);
  assert.deepEqual(rows.map(({ state, to }) => [state, to]),
    [['done', undefined], ['dead', `${origin.url}/two`]]);
  assert.equal(rows[1].key, dead.key);

  origin.requests.length = 0;
  origin.answer = (_request, response) => response.end();
  const [driven] = await ask('redrive', '--all');
  assert.deepEqual([driven.key, driven.note], [dead.key, 'was dead, message sent']);
  await until(() => origin.requests.length === 1, 15_000);
  assert.deepEqual([origin.requests[0].url, origin.requests[0].headers['postern-key']],
    ['/two', event_key]);
  await list_dead(0);

  const [released] = await ask('release', event_key);
  assert.deepEqual([released.state, released.note], ['retryable', 'was done']);
  assert.equal((await worker.deliver(body, signed(body))).status, 200);
  await until(() => origin.requests.some((request) => request.url === '/one'), 15_000);
  assert.equal(origin.requests.find((request) => request.url === '/one')
    .headers['postern-maybe-duplicate'], 'true');
});

async function until_async(holds) {
  const give_up_at = Date.now() + 15_000;
  while (!await holds()) {
    assert.ok(Date.now() < give_up_at, `waited too long for: ${holds}`);
  }
}
