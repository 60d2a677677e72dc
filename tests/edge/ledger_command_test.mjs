// `postern ledger`: what it asks of a gate and makes of the answers, against a server by script.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, beforeEach, test } from 'node:test';
import { crc32 } from 'node:zlib';

import { admin_token, device_policy } from './edge.mjs';
import { operation } from './operations.mjs';
import {
  at_ms, hour_ms, key, missing, reply_of, row_of, run, start_scripted_gate, write_policy,
} from './scripted_gate.mjs';

let gate;
before(async () => {
  gate = await start_scripted_gate();
});
after(() => gate.close());
beforeEach(() => gate.forget());

test('shows a row as it is, and sends the token as a bearer', async () => {
  gate.respond = () => ({ answer: { row: row_of('done', {
    epoch: 111_411_200_000_000_001n, expires_ms: at_ms + hour_ms, is_marked: true, status: 202,
  }) } });
  const { code, out } = await run(['show', key, gate.url, '--source', 'device', '--json']);
  assert.deepEqual(JSON.parse(out), [{
    source: 'device', shard: 'device/0', key, state: 'done', epoch: '111411200000000001',
    attempts: 0, maybe_duplicate: true, status: 202, first_seen: '2023-11-14T22:13:20Z', due: null,
    leased_until: null, expires: '2023-11-14T23:13:20Z',
  }]);
  assert.equal(code, 0);
  assert.deepEqual(gate.calls, [{
    call: { shard: 'device/0', key }, url: '/.postern/ledger',
    authorization: `Bearer ${admin_token}`,
  }]);
  const shown = await run(['show', key, gate.url]);
  assert.equal(shown.out, `device/0: done
  key              ${key}
  attempts         0
  status           202
  maybe seen       yes
  epoch            111411200000000001
  first seen       2023-11-14T22:13:20Z
  expires          2023-11-14T23:13:20Z
`);
});

test('shows what the origin said last of what is dead, and that nobody has what was dropped',
  async () => {
    gate.respond = () => ({ answer: { row: row_of('dead', { attempts: 5, status: 503 }) } });
    const dead = (await run(['show', key, gate.url])).out;
    assert.match(dead, /^device\/0: dead\n/);
    assert.match(dead, /\n  last status      503\n/);
    assert.match(dead, /\n  expires          never\n$/);
    gate.respond = () => ({ answer: { row: row_of('done') } });
    const dropped = (await run(['show', key, gate.url])).out;
    assert.match(dropped, /^device\/0: done, dropped by an operator\n/);
  });

test('looks first where the key belongs, then in the other shards', async () => {
  const text = device_policy('https://origin.test').replace('busy_wait', 'shards = 4\nbusy_wait');
  const policy = write_policy('ledger_shards', { text });
  const { code, out } = await run(['show', key, gate.url], { policy });
  // 0xab = 171 = 42 * 4 + 3.
  assert.deepEqual(gate.calls.map(({ call }) => call.shard),
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
  gate.respond = (call) => (call.key === other
    ? { answer: { row: row_of('accepted', { attempts: 3, due_ms: at_ms + hour_ms }) } }
    : call.key === key ? { answer: { row: row_of('done', { status: 200 }) } } : missing);
  const { code, out } = await run(['show', key, gate.url, '--json'], { policy });
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
  gate.respond = ({ operation: bytes }) => ({ answer: bytes === undefined
    ? { row: row_of('done') }
    : { row: row_of('retryable', { is_marked: true }), reply: reply_of(4), is_sent: false } });
  const { code, out } = await run(['release', key, gate.url, '--json']);
  assert.equal(code, 0);
  const [line] = JSON.parse(out);
  assert.deepEqual([line.state, line.note], ['retryable', 'was done']);
  const { call } = gate.calls[1];
  assert.equal(call.redrive, undefined);
  // The row is kept for as long as the policy keeps any: 30 days where no time is signed.
  assert.equal(Buffer.from(call.operation, 'base64').toString('hex'),
    operation('reopen', { retain_ms: 30 * 24 * hour_ms }));
});

test('says that a dead letter that is released is owed again', async () => {
  gate.respond = ({ operation: bytes }) => ({ answer: bytes === undefined
    ? { row: row_of('dead') }
    : { row: row_of('accepted', { due_ms: at_ms }), reply: reply_of(4), is_sent: false } });
  const { code, out } = await run(['release', key, gate.url, '--json']);
  assert.equal(code, 0);
  assert.equal(JSON.parse(out)[0].note,
    'was dead: still owed, the gate delivers it within minutes');
});

test('drives what is owed to one destination, and leaves what is done at another', async () => {
  const policy = write_policy('ledger_one_owed', {
    to: ['/one', '/two'], queue: '{ schedule = "fixed", first = "1s" }',
  });
  gate.respond = ({ key: of, operation: bytes }) => (of === key
    ? { answer: { row: row_of('done') } }
    : { answer: bytes === undefined ? { row: row_of('dead') }
      : { row: row_of('accepted'), reply: reply_of(4), is_sent: true } });
  const { code, out } = await run(['redrive', key, gate.url, '--json'], { policy });
  assert.equal(code, 0);
  assert.deepEqual([...new Set(JSON.parse(out).map(({ note }) => note))],
    ['not owed: nothing to drive', 'was dead, message sent']);
});

const help = 'Run with --help for more information.\n';

test('says which words an action wants', async () => {
  const gate_words = `the gate's URL, here or in POSTERN_GATE\n${help}`;
  for (const [args, words] of [
    [['dead'], `ledger dead: it wants ${gate_words}`],
    [['owed'], `ledger owed: it wants ${gate_words}`],
    [['show', gate.url], `ledger show: it wants an event's KEY, and ${gate_words}`],
    [['show', key], `ledger show: it wants an event's KEY, and ${gate_words}`],
    [['redrive', gate.url], `ledger redrive: it wants an event's KEY or --all, and ${gate_words}`],
    [['drop', key], `ledger drop: it wants an event's KEY or --all, and ${gate_words}`],
  ]) {
    assert.deepEqual(await run(args), { code: 2, out: '', err: words }, args.join(' '));
  }
});

test('says which actions there are', async () => {
  const actions = `\`show\`, \`release\`, \`dead\`, \`owed\`, \`redrive\`, \`drop\`.\n${help}`;
  assert.deepEqual(await run(['forget', key, gate.url]), {
    code: 2, out: '', err: `There is no action \`forget\` of \`postern ledger\`. It has ${actions}`,
  });
  assert.deepEqual(await run([]), {
    code: 2, out: '', err: `\`postern ledger\` wants one of its actions: ${actions}`,
  });
});

test('takes the gate from the environment, unless the command line has one', async () => {
  gate.respond = ({ list }) => (list === undefined ? { answer: { row: row_of('done') } }
    : { answer: { [list]: [] } });
  const elsewhere = 'http://127.0.0.1:1';
  for (const args of [['dead'], ['owed'], ['show', key], ['redrive', '--all']]) {
    assert.equal((await run(args, { gate: gate.url })).code, 0, args.join(' '));
    assert.equal((await run([...args, gate.url], { gate: elsewhere })).code, 0, args.join(' '));
    assert.equal((await run([...args, elsewhere], { gate: gate.url })).code, 4, args.join(' '));
  }
  gate.calls = [];
  for (const gate_address of ['http://gate.example.com', '127.0.0.1', `${gate.url}/hooks`]) {
    const { code, err } = await run(['dead'], { gate: gate_address });
    assert.equal(code, 2);
    assert.ok(err.startsWith(`${gate_address} is not an address that the token may go to`), err);
  }
  assert.deepEqual(gate.calls, []);
});

test('drives nothing that is not owed', async () => {
  gate.respond = () => ({ answer: { row: row_of('done') } });
  const { code, out } = await run(['redrive', key, gate.url, '--json']);
  assert.equal(code, 1);
  assert.equal(JSON.parse(out)[0].note, 'not owed: nothing to drive');
  assert.equal(gate.calls.filter(({ call }) => call.operation !== undefined).length, 0);
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
    gate.respond = answer;
    const ended = await run(['show', key, gate.url]);
    assert.equal(ended.code, code, ended.err);
    assert.match(ended.err, message);
  }
  assert.equal((await run(['show', key, 'http://127.0.0.1:1'])).code, 4);
  assert.equal((await run(['show', key, gate.url], { policy: 'none.toml' })).code, 3);
  gate.calls = [];
  for (const args of [
    ['show', 'abc', gate.url], ['show', `${key}00`, gate.url], ['show', key],
    ['show', gate.url], ['dead'],
    ['redrive', gate.url], ['redrive', key, '--all', gate.url], ['forget', key, gate.url],
    ['drop', gate.url], ['drop', key, '--all', gate.url], ['drop', '--all', gate.url],
    ['dead', gate.url, '--source', 'other'],
  ]) {
    assert.equal((await run(args)).code, 2, args.join(' '));
  }
  assert.equal((await run(['dead', gate.url], { token: '' })).code, 2);
  assert.deepEqual(gate.calls, []);
});

test('gives the token to no address that could be overheard or is not a gate', async () => {
  const { port } = new URL(gate.url);
  for (const address of [
    `http://127.0.0.1.example.com:${port}`, `http://gate.example.com`, `http://0.0.0.0:${port}`,
    `http://user@127.0.0.1:${port}`, `http://127.0.0.1:${port}/hooks`, `ftp://127.0.0.1:${port}`,
    `127.0.0.1:${port}`, 'https://', `http://localhost\t.example.com`,
  ]) {
    const { code, err } = await run(['dead', address]);
    assert.equal(code, 2, address);
    assert.doesNotMatch(err, /a token of the tests/);
  }
  assert.deepEqual(gate.calls, []);
});
