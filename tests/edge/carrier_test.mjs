// A shard's side of carrying, with a module that answers by script: what the object does not
// perform goes back to the Worker, or is told. No decision record is lost without a word.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Carrier, Room, make_carry } from '../../hosts/store/carrying.mjs';

import {
  answer, bytes, claim, commit, dead_letter, finish, hex_of, retry_later, scripted,
} from './scripted_module.mjs';

const step = (kind, payload) => bytes(`01${kind}000100aa${payload}`);

// docs/ABI.md, *Effects*; the last has the number of none.
const limit = step('05', '0100' + hex_of('b') + '58020000' + '3c000000');
const elsewhere = step('08', '0100' + hex_of('t') + '22'.repeat(32) + '0000');
const enqueue = step('0f', '00' + '0100' + hex_of('s') + '01' + '22'.repeat(32));
const unknown = step('ff', '');

/** Carries a delivery through `frames` behind its claim: `{ back, ends }`. */
async function carried(frames) {
  const carrier = new Carrier({ apply: async () => new Uint8Array(0) });
  const ends = [];
  let settled;
  const parts = {
    module: scripted(frames), identity: async () => 'own', now: () => 1, room: new Room(),
    perform: {}, fetch: () => assert.fail('nothing is forwarded here'),
    report: (end) => ends.push(end),
  };
  const shard = { carry: (...call) => carrier.carry(call, parts, (promise) => {
    settled = promise;
  }) };
  const { identity, now } = parts;
  const carry = make_carry({ getByName: () => shard }, { identity, now });
  const delivery = { body: bytes('7b7d'), body_bytes: 2 };
  const back = await carry({ shard: 's' }, claim, delivery, 0);
  await settled;
  return { back, ends };
}

test('a step that the object does not perform goes back, and its record with it', async () => {
  for (const frame of [limit, elsewhere, enqueue]) {
    const { back, ends } = await carried([frame]);
    assert.deepEqual(back, { frame });
    assert.deepEqual(ends, [{ kind: 11, record: null, failure: null }]);
  }
});

test('what the object performs has its record told once', async () => {
  const { back, ends } = await carried([answer(false, ''), commit, finish('{"a":1}')]);
  assert.equal(back.answer.status, 200);
  assert.equal(ends.length, 1);
  assert.equal(JSON.parse(ends[0].record).a, 1);
});

test('after the answer, a step that nobody takes back is a failure that is told', async () => {
  for (const frame of [limit, elsewhere, enqueue, retry_later, dead_letter]) {
    const { back, ends } = await carried([answer(false, ''), frame]);
    assert.equal(back.answer.status, 200);
    assert.equal(ends.length, 1);
    assert.match(ends[0].failure?.message ?? 'nothing', /nobody takes the effect \d+ back/);
  }
});

test('an effect of no number that is known here is a failure, before and after the answer',
  async () => {
    const { back, ends } = await carried([unknown]);
    assert.equal(back.answer.status, 503);
    assert.match(ends[0].failure.message, /255 is not known/);
    const later = await carried([answer(false, ''), unknown]);
    assert.equal(later.back.answer.status, 200);
    assert.match(later.ends[0].failure.message, /255 is not known/);
  });
