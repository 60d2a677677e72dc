// The effect loop, with a module that answers by script.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { deliver, failure_answer, steps_max } from '../../wasm/hosts/common/gate.mjs';

const bytes = (hex) => new Uint8Array(Buffer.from(hex, 'hex'));
const hex_of = (text) => Buffer.from(text).toString('hex');
const step = (kind, payload, flags = '00') => bytes(`01${kind}${flags}0100aa${payload}`);
const key = '22'.repeat(32);

const answer = (is_final, record) => step('0b', (is_final ? '01' : '00') + 'c800' + '0000' +
  '02000000' + hex_of('ok') + `${(record.length).toString(16).padStart(2, '0')}000000` +
  hex_of(record));
const finish = (record) =>
  step('0c', `${(record.length).toString(16).padStart(2, '0')}000000${hex_of(record)}`);
const claim = step('06', '0100' + hex_of('s') + key + '00000000' + '0000');
const commit = step('08', '0100' + hex_of('s') + key + '0000');
const supply_body = step('01', '', '01');

/** A module that answers with `frames` in turn, throwing those that are errors. */
function scripted(frames) {
  const calls = [];
  const next = (name, pieces) => {
    calls.push([name, Buffer.concat(pieces).toString('hex')]);
    const frame = frames.shift();
    if (frame instanceof Error) {
      throw frame;
    }
    return frame;
  };
  return {
    calls,
    configuration: { mac_inline_bytes_max: 4 },
    begin: (pieces) => next('begin', pieces),
    resume: (pieces) => next('resume', pieces),
  };
}

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
  await start(large, {}, '7b202020207d').settled;
  assert.doesNotMatch(large.calls[0][1], /7b202020207d/);
  assert.match(large.calls[1][1], /01060000007b202020207d01$/);
});

test('a module that fails before the answer costs a 503 that asks to come back', async () => {
  for (const frames of [[new Error('trap')], [claim, new Error('trap')], [bytes('ff')]]) {
    const module = scripted(frames);
    const { answer: answered, settled } = start(module, { claim: async () => null });
    assert.equal(await answered, failure_answer);
    assert.ok((await settled).failure instanceof Error);
  }
});

test('a module that fails after the answer does not take the answer back', async () => {
  const { answer: answered, settled } = start(scripted([answer(false, ''), new Error('trap')]), {});
  assert.equal((await answered).status, 200);
  assert.equal((await settled).failure.message, 'trap');
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
