// The effect loop, with a module that answers by script.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { deliver, drive, failure_answer, steps_max } from '../../hosts/fetch/gate.mjs';

import {
  answer, bytes, claim, commit, dead_letter, finish, forward, hex_of, retry_later, scripted,
  supply_body,
} from './scripted_module.mjs';

function start(module, perform, body = '7b7d') {
  const body_bytes = bytes(body);
  const delivery = {
    https: true, method: 'POST', path: '/h', query: '', client_address: '', headers: [],
    body: body_bytes, body_bytes: body_bytes.byteLength, is_over_limit: false,
  };
  return deliver({ module, perform, delivery, now: () => 1, token: new Uint8Array(16) });
}

test('gives the answer and a record with the durations of the host', async () => {
  const module = scripted([answer(true, '{"verdict":"refused"}')]);
  const { answer: answered, settled } = start(module, {});
  const { status, body } = await answered;
  assert.equal(status, 200);
  assert.deepEqual(body, bytes(hex_of('ok')));
  const { record, failure } = await settled;
  assert.equal(failure, null);
  const { verdict, host } = JSON.parse(record);
  assert.equal(verdict, 'refused');
  assert.deepEqual(Object.keys(host), ['answer_ms', 'total_ms', 'origin_ms', 'ledger_ms']);
});

test('performs what the module asks for and settles after the answer', async () => {
  const order = [];
  let release_commit;
  const perform = {
    claim: async ({ shard }) => {
      order.push(`claim ${shard}`);
      return bytes('01');
    },
    commit: () => new Promise((resolve) => {
      release_commit = () => resolve(null);
    }),
  };
  const module = scripted([claim, answer(false, ''), commit, finish('{"a":1}')]);
  const { answer: answered, settled } = start(module, perform);
  assert.equal((await answered).status, 200);
  let is_settled = false;
  settled.then(() => {
    is_settled = true;
  });
  await new Promise((resolve) => setTimeout(resolve, 20));
  assert.equal(is_settled, false);
  release_commit();
  assert.equal(JSON.parse((await settled).record).a, 1);
  assert.deepEqual(order, ['claim s']);
  assert.deepEqual(module.calls.map(([name]) => name), ['begin', 'resume', 'resume', 'resume']);
  assert.match(module.calls[3][1], /0800$/);
});

test('sends a small body along and a larger one when it is asked for', async () => {
  const small = scripted([answer(true, '{"a":1}')]);
  await start(small, {}, '7b7d').settled;
  assert.match(small.calls[0][1], /7b7d$/);
  const large = scripted([supply_body, answer(true, '{"a":1}')]);
  // The module sees how it begins, which says what form it is of.
  const body = `7b${'20'.repeat(198)}7d`;
  await start(large, {}, body).settled;
  assert.match(large.calls[0][1], /7b(20){127}$/);
  assert.ok(large.calls[1][1].endsWith(`01c8000000${body}01`));
});

test('a module that fails before the answer costs a 503 that asks to come back', async () => {
  for (const frames of [[new Error('trap')], [claim, new Error('trap')], [bytes('ff')]]) {
    const module = scripted(frames);
    const { answer: answered, settled } = start(module, { claim: async () => null });
    assert.equal(await answered, failure_answer);
    assert.ok((await settled).failure instanceof Error);
  }
  assert.deepEqual(failure_answer,
    { status: 503, headers: [['retry-after', '1']], body: new Uint8Array(0) });
});

test('an effect that this host cannot perform is a failure, not an outcome', async () => {
  const module = scripted([claim, answer(true, '{"a":1}')]);
  const { answer: answered, settled } = start(module, {});
  assert.equal(await answered, failure_answer);
  assert.match((await settled).failure.message, /cannot perform/);
  assert.equal(module.calls.length, 1);
});

test('a module that fails after the answer does not take the answer back', async () => {
  const { answer: answered, settled } = start(scripted([answer(false, ''), new Error('trap')]), {});
  assert.equal((await answered).status, 200);
  assert.equal((await settled).failure.message, 'trap');
});

function start_drive(module, perform) {
  const delivery = { method: 'PUT', body: bytes('7b7d'), body_bytes: 2 };
  return drive({
    module, perform, delivery, ticket: bytes('aabb'), now: () => 1, token: bytes('77'.repeat(16)),
  });
}

test('goes on from a stored ticket with fresh randomness, as docs/ABI.md says', async () => {
  const module = scripted([claim, forward, commit, finish('{"a":1}')]);
  const forwards = [];
  const end = await start_drive(module, {
    claim: async () => bytes('01'),
    forward: async ({ url, method }, { body }) => {
      forwards.push([url, method, body]);
      return { kind: 4 };
    },
    commit: async () => bytes('01'),
  });
  assert.deepEqual(forwards, [['u', 'PUT', bytes('7b7d')]]);
  assert.deepEqual([end.kind, end.failure], [12, null]);
  assert.equal(JSON.parse(end.record).a, 1);
  assert.deepEqual(module.calls[0], ['resume',
    '01' + '0100000000000000' + '02000000' + 'aabb' + '00' + '0d' + '77'.repeat(16)]);
});

test('a drive ends with the delay after which it wants to be driven again', async () => {
  const end = await start_drive(scripted([retry_later]), {});
  assert.deepEqual([end.kind, end.delay_ms], [13, 60_000]);
  assert.equal((await start_drive(scripted([dead_letter]), {})).kind, 14);
});

test('a drive that asks to answer somebody, or whose module fails, is a failure', async () => {
  for (const frames of [[answer(true, '{}')], [answer(false, '')], [new Error('trap')]]) {
    const { failure, record } = await start_drive(scripted(frames), {});
    assert.ok(failure instanceof Error);
    assert.equal(record, null);
  }
});

test('an effect that the host cannot perform is a failure, not a guess', async () => {
  const { answer: answered } = start(scripted([claim]), {});
  assert.equal(await answered, failure_answer);
});

test('a delivery that never ends is ended', async () => {
  const module = scripted(Array.from({ length: 2 * steps_max }, () => claim));
  const { answer: answered } = start(module, { claim: async () => null });
  assert.equal(await answered, failure_answer);
  assert.equal(module.calls.length, steps_max + 1);
});
