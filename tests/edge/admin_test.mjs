// The operators' door in workerd: who gets in, what it does, and what it says of both.

import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';

import { call_bytes_max, listed_max } from '../../hosts/fetch/admin.mjs';

import {
  admin_token, compile_policy, device_policy, open_raw, start_worker, until,
} from './edge.mjs';
import { operation, read_reply, state_of } from './operations.mjs';

const shard = 'device/0';
const key = (number) => number.toString(16).padStart(64, '0');
const base64 = (hex) => Buffer.from(hex, 'hex').toString('base64');
const hex = (text) => Buffer.from(text, 'base64').toString('hex');

let worker;
let policy;
let shard_prefix;
let logged_before;

before(async () => {
  policy = compile_policy('admin_test', device_policy('http://127.0.0.1:9'));
  worker = await start_worker();
});
after(() => worker?.close());

beforeEach(async () => {
  shard_prefix = await worker.go_live(policy, { bindings: { POSTERN_ADMIN_TOKEN: admin_token } });
  logged_before = worker.logs().length;
});

const audit = () => worker.logs().slice(logged_before).map(({ message }) => message)
  .filter((line) => line.includes('"audit"')).map((line) => JSON.parse(line));

const apply = (number, verb, fields = {}) => worker.administer(
  { shard, key: key(number), operation: base64(operation(verb, fields)) });

/** Accepts a delivery of `bytes`, and gives it up. */
async function bury(number) {
  const keys = [key(number)];
  await worker.ledger(shard_prefix, 'accept_keys',
    { keys, operation: operation('accept'), bytes: 5, value: 1 });
  const { answer } = await apply(number, 'take', { lease_ms: 5000 });
  const { epoch } = read_reply(hex(answer.reply));
  await apply(number, 'bury', { epoch });
}

test('without a token, or with a short one, there is no door', async () => {
  for (const POSTERN_ADMIN_TOKEN of [undefined, '', 'x'.repeat(31)]) {
    await worker.go_live(policy, { bindings: { POSTERN_ADMIN_TOKEN } });
    assert.equal((await worker.administer({}, POSTERN_ADMIN_TOKEN)).status, 404);
  }
  assert.deepEqual(audit(), []);
});

test('only a POST to the very path meets the door', async () => {
  const headers = { authorization: `Bearer ${admin_token}` };
  for (const [method, path] of [
    ['GET', '/.postern/ledger'], ['PUT', '/.postern/ledger'], ['POST', '/.postern/ledger/'],
    ['POST', '/hooks/.postern/ledger'], ['POST', '/.postern/ledger?a'],
  ]) {
    const { status } = await fetch(new URL(path, worker.url), { method, headers });
    assert.equal(status, 404, `${method} ${path}`);
  }
  assert.deepEqual(audit(), []);
});

test('a stranger gets a status, and the audit line names nothing that he sent', async () => {
  for (const token of ['', 'x', `${admin_token}x`, admin_token.slice(1)]) {
    assert.deepEqual(await worker.administer({ shard, key: key(1) }, token),
      { status: 401, answer: null });
  }
  const line = {
    audit: 'ledger', action: '', shard: '', key: '', client: '127.0.0.1', outcome: 'refused',
  };
  assert.deepEqual(audit().map(({ at: _, ...rest }) => rest), Array(4).fill(line));
});

test('plain HTTP is refused, whatever the token and whatever host it names', async () => {
  for (const plain_http of [undefined, '', 'true', 'localhost']) {
    await worker.go_live(policy, {
      bindings: { POSTERN_ADMIN_TOKEN: admin_token, POSTERN_ADMIN_PLAIN_HTTP: plain_http ?? '' },
    });
    for (const host of ['gate.example', 'localhost', '127.0.0.1', '[::1]', '127.0.0.1:443',
      'localhost.', 'LOCALHOST', worker.url.host]) {
      const { socket, read } = await open_raw(worker.url, 'POST /.postern/ledger HTTP/1.1\r\n' +
        `Host: ${host}\r\nAuthorization: Bearer ${admin_token}\r\n` +
        'X-Forwarded-Proto: https\r\nForwarded: proto=https;host=localhost\r\n' +
        'Content-Length: 2\r\n\r\n{}');
      await until(() => read().startsWith('HTTP/1.1 403 '));
      socket.destroy();
    }
  }
});

test('what is no call is malformed', async () => {
  const calls = [
    'text', {}, { shard }, { shard: '', key: key(1) }, { shard, key: 'ab' }, { shard, key: 1 },
    { shard, key: `${key(1).slice(1)}g` }, { shard, key: key(1), other: 1 },
    { shard, key: key(1), operation: '*' }, { shard, key: key(1), operation: 1 },
    { shard, key: key(1), operation: base64('00'.repeat(129)) },
    { shard, key: key(1), operation: '' },
    { shard, key: key(1), operation: '', redrive: false },
    { shard, key: key(1), operation: '', drop: false }, { shard, key: key(1), drop: true },
    { shard, key: key(1), operation: '', redrive: true, drop: true },
    { shard, list: 'dead', drop: true },
    { shard, key: key(1), operation: '', redrive: null, drop: true },
    { shard, list: 'all' }, { shard, list: 'dead', limit: 0 },
    { shard, list: 'dead', limit: listed_max + 1 }, { shard, list: 'dead', key: key(1) },
    { shard: 'x'.repeat(257), key: key(1) }, { shard, key: key(1), x: 'y'.repeat(call_bytes_max) },
  ];
  for (const call of calls) {
    const { status, answer } = await worker.administer(call);
    assert.equal(status, 400, JSON.stringify(call));
    assert.equal(typeof answer.error, 'string');
  }
  assert.deepEqual(new Set(audit().map(({ outcome }) => outcome)), new Set(['malformed']));
});

test('an operation that the module refuses is malformed, and costs nobody anything', async () => {
  const call = { shard, key: key(1), operation: base64('ff') };
  assert.equal((await worker.administer(call)).status, 400);
  assert.equal((await apply(1, 'claim', { lease_ms: 5000 })).status, 200);
});

test('nothing can be owed without its delivery', async () => {
  assert.equal((await apply(1, 'accept')).status, 400);
  assert.equal((await worker.administer({ shard, key: key(1) })).status, 404);
});

test('a row can be looked up, and an operation applied to it', async () => {
  assert.equal((await worker.administer({ shard, key: key(1) })).status, 404);
  const claimed = await apply(1, 'claim', { owner: 9, lease_ms: 60_000 });
  assert.equal(read_reply(hex(claimed.answer.reply)).answer, 'granted');
  assert.equal(state_of(hex(claimed.answer.row)), 'claimed');
  const found = await worker.administer({ shard, key: key(1) });
  assert.deepEqual(found, { status: 200, answer: { row: claimed.answer.row } });
  const reopened = await apply(1, 'reopen');
  assert.equal(state_of(hex(reopened.answer.row)), 'retryable');
  assert.deepEqual(audit().map(({ action, shard: of, key: which, outcome }) =>
    [action, of, which, outcome]), [
    ['look_up', shard, key(1), 'not_found'], ['apply', shard, key(1), 'done'],
    ['look_up', shard, key(1), 'done'], ['apply', shard, key(1), 'done'],
  ]);
  assert.match(audit()[0].at, /^20[0-9-]{8}T[0-9:.]{12}Z$/);
});

test('what was given up is listed in pages, until it is taken up again', async () => {
  for (const number of [3, 1, 2]) {
    await bury(number);
  }
  const list = async (fields) => (await worker.administer({ shard, list: 'dead', ...fields }))
    .answer.dead;
  const all = await list({});
  assert.deepEqual(all.map((dead) => dead.key), [key(1), key(2), key(3)]);
  const { row, ticket, at_ms, ...rest } = all[0];
  assert.equal(state_of(hex(row)), 'dead');
  assert.equal(hex(ticket), key(1));
  assert.ok(Math.abs(at_ms - Date.now()) < 60_000);
  assert.deepEqual(rest, { key: key(1), method: 'POST', body_bytes: 5 });
  assert.deepEqual((await list({ limit: 1 })).map((dead) => dead.key), [key(1)]);
  assert.deepEqual((await list({ limit: 2, after: key(1) })).map((dead) => dead.key),
    [key(2), key(3)]);
  const redriven = await worker.administer(
    { shard, key: key(2), redrive: true, operation: base64(operation('redrive')) });
  assert.equal(redriven.answer.is_sent, true);
  assert.equal(state_of(hex(redriven.answer.row)), 'accepted');
  assert.deepEqual((await list({})).map((dead) => dead.key), [key(1), key(3)]);
});

test('taking up what is not owed changes nothing and sends no message', async () => {
  await apply(1, 'commit', { status: 200 });
  const { answer } = await worker.administer(
    { shard, key: key(1), redrive: true, operation: base64(operation('redrive')) });
  assert.deepEqual([state_of(hex(answer.row)), answer.is_sent], ['done', false]);
});

const drop = (number) => worker.administer(
  { shard, key: key(number), drop: true, operation: base64(operation('drop')) });

test('a dead letter that is dropped is deleted, and its repeats are duplicates', async () => {
  await bury(1);
  const { answer } = await drop(1);
  assert.deepEqual([state_of(hex(answer.row)), answer.is_sent], ['done', false]);
  assert.equal(await worker.ledger(shard_prefix, 'owed_key', key(1)), null);
  assert.deepEqual((await worker.administer({ shard, list: 'dead' })).answer.dead, []);
  assert.equal(await worker.ledger(shard_prefix, 'accept_keys',
    { keys: [key(1)], operation: operation('accept'), bytes: 5, value: 1 })
    .then((reply) => read_reply(reply).answer), 'duplicate');
  await worker.ledger(shard_prefix, 'vanish');
  for (const verb of ['claim', 'take']) {
    const again = await apply(1, verb, { lease_ms: 5000 });
    assert.equal(read_reply(hex(again.answer.reply)).answer, 'duplicate', verb);
  }
  const { at, ...line } = audit().find(({ action }) => action === 'drop');
  assert.match(at, /^20[0-9-]{8}T[0-9:.]{12}Z$/);
  assert.deepEqual(line, {
    audit: 'ledger', action: 'drop', shard, key: key(1), client: '127.0.0.1', outcome: 'done',
  });
});

test('what five runs cannot take is given up, with all its bytes', async () => {
  const accept = (number) => worker.ledger(shard_prefix, 'accept_keys',
    { keys: [key(number)], operation: operation('accept'), bytes: 5, value: 1 });
  const fail_runs = (number, count) =>
    worker.ledger(shard_prefix, 'fail_runs', { key: key(number), count });
  const look_up = async (number) =>
    state_of(hex((await worker.administer({ shard, key: key(number) })).answer.row));
  await accept(1);
  assert.deepEqual(await fail_runs(1, 4), [false, false, false, false]);
  assert.equal(await look_up(1), 'accepted');
  // The count outlives the object, and ends with a run that tells of itself.
  await worker.ledger(shard_prefix, 'vanish');
  assert.deepEqual(await fail_runs(1, 2), [true, false]);
  assert.equal(await look_up(1), 'dead');
  assert.deepEqual((await worker.administer({ shard, list: 'dead' })).answer.dead.map(
    (dead) => [dead.key, dead.body_bytes, hex(dead.ticket)]), [[key(1), 5, key(1)]]);
  assert.deepEqual(await worker.ledger(shard_prefix, 'owed_key', key(1)),
    { ticket: key(1), bytes: 5, value: 1 });
  // Without a message: its run would fail too, some time.
  await apply(1, 'redrive');
  assert.equal(await look_up(1), 'accepted');
  assert.deepEqual(await fail_runs(1, 4), [false, false, false, false]);
  const { answer } = await apply(1, 'take', { lease_ms: 5000 });
  await apply(1, 'fail', { epoch: read_reply(hex(answer.reply)).epoch, delay_ms: 0 });
  assert.deepEqual(await fail_runs(1, 4), [false, false, false, false]);
  assert.equal(await look_up(1), 'accepted');
});

test('a run that is at an event is not given up, and nobody owes what is done', async () => {
  await worker.ledger(shard_prefix, 'accept_keys',
    { keys: [key(1)], operation: operation('accept'), bytes: 5, value: 1 });
  const { answer } = await apply(1, 'take', { lease_ms: 60_000 });
  const fail_runs = (count) =>
    worker.ledger(shard_prefix, 'fail_runs', { key: key(1), count });
  assert.deepEqual(new Set(await fail_runs(7)), new Set([false]));
  await apply(1, 'commit', { epoch: read_reply(hex(answer.reply)).epoch, status: 200 });
  assert.deepEqual(new Set(await fail_runs(7)), new Set([false]));
  const { row } = (await worker.administer({ shard, key: key(1) })).answer;
  assert.equal(state_of(hex(row)), 'done');
});

test('a destination that is dropped leaves the body to the others', async () => {
  const keys = [1, 2].map(key);
  await worker.ledger(shard_prefix, 'accept_keys',
    { keys, operation: operation('accept'), bytes: 5, value: 1 });
  const taken = await apply(1, 'take', { lease_ms: 5000 });
  await apply(1, 'bury', { epoch: read_reply(hex(taken.answer.reply)).epoch });
  await drop(1);
  assert.deepEqual(await worker.ledger(shard_prefix, 'owed_key', key(2)),
    { ticket: key(2), bytes: 5, value: 1 });
});

test('what is not dead cannot be dropped', async () => {
  await worker.ledger(shard_prefix, 'accept_keys',
    { keys: [key(1)], operation: operation('accept'), bytes: 5, value: 1 });
  for (const [number, state] of [[1, 'accepted'], [2, 'absent'], [3, 'done']]) {
    if (state === 'done') {
      await apply(number, 'commit', { status: 200 });
    }
    const { answer } = await drop(number);
    assert.equal(read_reply(hex(answer.reply)).answer, 'ignored', state);
    assert.equal(answer.row === '' ? 'absent' : state_of(hex(answer.row)), state);
  }
  assert.notEqual(await worker.ledger(shard_prefix, 'owed_key', key(1)), null);
});

test('the token is in no line of the log', () => {
  assert.doesNotMatch(worker.logs().map(({ message }) => message).join('\n'),
    /a token of the tests/);
});
