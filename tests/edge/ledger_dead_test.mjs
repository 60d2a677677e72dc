// `postern ledger` and dead letters: how they are listed, named, driven again and dropped, against
// a server by script.

import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';

import { operation } from './operations.mjs';
import {
  at_ms, hour_ms, key, reply_of, row_of, run, start_scripted_gate, ticket_of, write_policy,
} from './scripted_gate.mjs';

let gate;
before(async () => {
  gate = await start_scripted_gate();
});
after(() => gate.close());
beforeEach(() => gate.forget());

const origin = 'https://app.example.com/hooks/payments';
const origin_policy = () => write_policy('ledger_origin', { text: `version = 1
[sources.billing]
path = "/hooks/billing"
provider = "stripe"
secrets = ["env:STRIPE_SECRET"]
[[sources.billing.routes]]
to = ["${origin}", "env:AUDIT_URL"]
deliver = "queue"
` });

const other_key = `${'ab'.repeat(6)}${'cd'.repeat(26)}`;
const one_dead = (dead_key, to, row) => ({
  key: dead_key, row: row_of('dead', row), at_ms, method: 'POST', body_bytes: 4711,
  ticket: ticket_of({ event_key: key, event_type: 'customer.subscription.updated', to }),
});

test('a list of dead letters is read in 100 columns, by destination', async () => {
  gate.respond = () => ({ answer: { dead: [
    one_dead(key, origin, { attempts: 20, status: 503 }),
    one_dead(other_key, 'AUDIT_URL', { attempts: 20, is_marked: true }),
  ] } });
  const { code, out } = await run(['dead', gate.url], { policy: origin_policy() });
  assert.equal(code, 0);
  // The keys share their first twelve digits, so that more are shown.
  assert.equal(out, `billing to ${origin}: 1 dead letter
  key            arrived               event                          attempts  status  maybe seen
  ababababababa  2023-11-14T22:13:20Z  customer.subscription.updated  20        503     no

billing to env:AUDIT_URL: 1 dead letter
  key            arrived               event                          attempts  status  maybe seen
  ababababababc  2023-11-14T22:13:20Z  customer.subscription.updated  20        -       yes
`);
  assert.ok(out.split('\n').every((line) => line.length <= 100));
  const wide = await run(['dead', '--wide', gate.url], { policy: origin_policy() });
  assert.match(wide.out, new RegExp(`  ${other_key}  .* yes +POST 4711 bytes\n`));
  const listed = await run(['dead', '--json', gate.url], { policy: origin_policy() });
  const json = JSON.parse(listed.out);
  assert.deepEqual(json.map(({ key: of, to, event_key, event_type, status }) =>
    [of, to, event_key, event_type, status]), [
    [key, origin, key, 'customer.subscription.updated', 503],
    [other_key, 'env:AUDIT_URL', key, 'customer.subscription.updated', null],
  ]);
});

test('lists what is owed in the same way, with the time when it is due', async () => {
  const owed = { ...one_dead(key, origin, {}),
    row: row_of('accepted', { attempts: 2, status: 503, due_ms: at_ms + hour_ms }) };
  gate.respond = ({ list }) => ({ answer: { [list]: list === 'owed' ? [owed] : [] } });
  const { code, out } = await run(['owed', gate.url], { policy: origin_policy() });
  assert.equal(code, 0);
  assert.equal(out, `billing to ${origin}: 1 owed
  key           due                   event                          attempts  status  maybe seen
  abababababab  2023-11-14T23:13:20Z  customer.subscription.updated  2         503     no
`);
  const [json] = JSON.parse((await run(['owed', '--json', gate.url])).out);
  assert.deepEqual([json.state, json.due, json.arrived],
    ['accepted', '2023-11-14T23:13:20Z', '2023-11-14T22:13:20Z']);
  gate.respond = ({ list }) => ({ answer: { [list]: [] } });
  assert.deepEqual(await run(['owed', gate.url]), { code: 0, out: 'Nothing is owed.\n', err: '' });
});

test('takes the beginning of a key for what is owed, too', async () => {
  gate.respond = ({ list, operation: bytes }) => (list === undefined
    ? { answer: { row: row_of('accepted'), reply: reply_of(4), is_sent: bytes !== undefined } }
    : { answer: { [list]: list === 'owed' ? [{ ...one_dead(key, origin, {}),
      row: row_of('accepted') }] : [] } });
  const { code, out } = await run(['redrive', 'abababab', '--source', 'device', gate.url]);
  assert.equal(code, 0);
  assert.match(out, /was accepted, message sent/);
});

test('lists dead letters without events when the tickets are of another version', async () => {
  const dead = { ...one_dead(key, origin, { attempts: 3 }), ticket: 'AxAAAA==' };
  gate.respond = () => ({ answer: { dead: [dead] } });
  const { out } = await run(['dead', gate.url], { policy: origin_policy() });
  assert.match(out, /^billing: 1 dead letter\n/);
  assert.match(out, /\n  abababababab  2023-11-14T22:13:20Z  -  /);
});

test('takes the beginning of a dead letter\'s key for it', async () => {
  gate.respond = ({ list, key: of, operation: bytes }) => {
    if (list !== undefined) {
      return { answer: list === 'owed' ? { owed: [] } : { dead: [
        one_dead(key, origin, {}), one_dead(other_key, 'AUDIT_URL', {}),
      ] } };
    }
    return { answer: { row: row_of(of === key ? 'done' : bytes ? 'accepted' : 'dead'),
      reply: reply_of(4), is_sent: true } };
  };
  const policy = origin_policy();
  const { code, out } = await run(['redrive', 'ABABABABABABC', gate.url], { policy });
  assert.equal(code, 0);
  assert.equal(out.split('\n')[1], 'abababababab  billing  accepted  was dead, message sent');
  const several = await run(['redrive', 'abababab', gate.url], { policy });
  assert.deepEqual(several, {
    code: 2, out: '', err: '2 keys begin with abababab: give more digits.\n',
  });
  const none = await run(['show', 'cdcdcdcd', gate.url], { policy });
  assert.deepEqual([none.code, none.out], [1, '']);
  assert.match(none.err,
    /^Nothing that is dead or owed has a key that begins with cdcdcdcd\. .* all 64 digits\.\n$/);
  const short = await run(['show', 'abababa', gate.url], { policy });
  assert.equal(short.code, 2);
  assert.match(short.err, /or of an event that is dead or owed the first 8 or more\.\n$/);
});

test('drops a dead letter by the operation of that name, and by the audit line\'s', async () => {
  gate.respond = ({ operation: bytes }) => ({ answer: bytes === undefined
    ? { row: row_of('dead', { status: 503 }) }
    : { row: row_of('done'), reply: reply_of(4), is_sent: false } });
  const { code, out } = await run(['drop', key, '--source', 'device', gate.url, '--json']);
  assert.equal(code, 0);
  const [line] = JSON.parse(out);
  assert.deepEqual([line.state, line.note], ['done', 'was dead, dropped']);
  const { call } = gate.calls[1];
  assert.deepEqual([call.drop, call.redrive], [true, undefined]);
  // Repeats are absorbed for as long as the policy keeps any row: 30 days where no time is signed.
  assert.equal(Buffer.from(call.operation, 'base64').toString('hex'),
    operation('drop', { retain_ms: 30 * 24 * hour_ms }));
});

test('drops nothing that is not dead', async () => {
  for (const state of ['claimed', 'retryable', 'done', 'accepted']) {
    gate.respond = () => ({ answer: { row: row_of(state) } });
    const { code, out } = await run(['drop', key, gate.url, '--json']);
    assert.equal(code, 1, state);
    assert.equal(JSON.parse(out)[0].note, 'not dead: nothing to drop');
  }
  assert.ok(gate.calls.every(({ call }) => call.operation === undefined));
  // Somebody drove it between the look and the drop.
  gate.respond = ({ operation: bytes }) => ({ answer: bytes === undefined ? { row: row_of('dead') }
    : { row: row_of('accepted'), reply: reply_of(5), is_sent: false } });
  const { code, out } = await run(['drop', key, gate.url, '--json']);
  assert.deepEqual([code, JSON.parse(out)[0].note], [1, 'unchanged']);
});

test('drops all dead letters of a source, or of every source when that is meant', async () => {
  const dead = [key, other_key].map((each) => one_dead(each, origin, {}));
  gate.respond = ({ list }) => ({ answer: list === undefined
    ? { row: row_of('done'), reply: reply_of(4), is_sent: false } : { dead } });
  const refused = await run(['drop', '--all', gate.url]);
  assert.deepEqual([refused.code, refused.out], [2, '']);
  assert.match(refused.err, /^--all without --source .*: add --yes\.\n/);
  assert.deepEqual(gate.calls, []);
  for (const args of [['--source', 'device'], ['--yes']]) {
    gate.calls = [];
    const { code, out } = await run(['drop', '--all', ...args, gate.url]);
    assert.equal(code, 0);
    assert.equal(out.match(/was dead, dropped/g).length, 2);
    assert.deepEqual(gate.calls.slice(1).map(({ call }) => [call.key, call.drop]),
      [[key, true], [other_key, true]]);
  }
  gate.respond = () => ({ answer: { dead: [] } });
  assert.deepEqual(await run(['drop', '--all', '--source', 'device', gate.url]),
    { code: 0, out: 'There is no dead letter.\n', err: '' });
});

test('lists dead letters page by page', async () => {
  const dead = Array.from({ length: 130 }, (_, at) => ({
    key: at.toString(16).padStart(64, '0'), row: row_of('dead', { attempts: 5 }), at_ms,
    method: 'PUT', body_bytes: 77,
  }));
  gate.respond = ({ after: last, limit }) => {
    const start = dead.findIndex((one) => one.key > last);
    return { answer: { dead: start < 0 ? [] : dead.slice(start, start + limit) } };
  };
  const { code, out } = await run(['dead', gate.url, '--json']);
  assert.equal(code, 0);
  const listed = JSON.parse(out);
  assert.deepEqual(listed.map((line) => line.key), dead.map((one) => one.key));
  assert.deepEqual([listed[0].arrived, listed[0].method, listed[0].body_bytes, listed[0].attempts],
    ['2023-11-14T22:13:20Z', 'PUT', 77, 5]);
  assert.deepEqual(gate.calls.map(({ call }) => [call.list, call.after]),
    [['dead', ''], ['dead', dead[99].key]]);
});

test('ends when a list does not go on', async () => {
  const again = { key, row: row_of('dead'), at_ms, method: 'POST', body_bytes: 1 };
  gate.respond = () => ({ answer: { dead: Array(100).fill(again) } });
  assert.equal((await run(['dead', gate.url])).code, 4);
});

test('says that there is no dead letter', async () => {
  gate.respond = () => ({ answer: { dead: [] } });
  assert.deepEqual(await run(['dead', gate.url]),
    { code: 0, out: 'There is no dead letter.\n', err: '' });
});

test('drives all dead letters, and says of which no message was sent', async () => {
  const other = 'cd'.repeat(32);
  const dead = [key, other].map((one) => ({
    key: one, row: row_of('dead'), at_ms, method: 'POST', body_bytes: 1,
  }));
  gate.respond = ({ list, key: of }) => ({ answer: list === undefined
    ? { row: row_of('accepted', { due_ms: at_ms }), reply: reply_of(4), is_sent: of === key }
    : { dead } });
  const { code, out } = await run(['redrive', '--all', gate.url, '--json']);
  assert.equal(code, 0);
  assert.deepEqual(JSON.parse(out).map(({ state, note }) => [state, note]), [
    ['accepted', 'was dead, message sent'],
    ['accepted', 'was dead, the store sends a message within minutes'],
  ]);
  assert.deepEqual(gate.calls.slice(1).map(({ call }) => [call.key, call.redrive]),
    [[key, true], [other, true]]);
});
