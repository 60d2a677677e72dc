// Queue mode's messages and their consumer, with a module, an outbox and queues by script.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { LargeBodies, small_bytes_max } from '../../hosts/store/large_bodies.mjs';
import { make_ledger_calls } from '../../hosts/store/calls.mjs';
import { queue_message_bytes_max as whole_bytes_max } from '../../build/contract/cloudflare.mjs';
import { hold_ms, make_consumer, make_enqueue } from '../../hosts/cloudflare/queue.mjs';
import { ModuleFailure } from '../../hosts/fetch/module.mjs';
import { hex_of } from '../../hosts/fetch/wire.mjs';

import {
  bytes, claim, dead_letter, finish, forward, long_forward, retry_later, scripted,
} from './scripted_module.mjs';

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const key = '22'.repeat(32);
const reference = { shard: 'device/0', key };
const owed = { ticket: bytes('aabb'), method: 'PUT', body: bytes('7b7d') };
const end = '{"a":1}';

/** A queue that keeps what it is sent. */
function queue_of(sent) {
  return { sendBatch: async (messages) => sent.push(...messages) };
}

test('a reference becomes a message for each key', async () => {
  const sent = [];
  const keys = [bytes(key), bytes('33'.repeat(32))];
  assert.equal(await make_enqueue(queue_of(sent))({ shard: 'device/0', keys }, owed), true);
  assert.deepEqual(sent, [
    { body: { shard: 'device/0', key }, contentType: 'json' },
    { body: { shard: 'device/0', key: '33'.repeat(32) }, contentType: 'json' },
  ]);
});

test('a whole delivery becomes one message up to a size, and none above it', async () => {
  const sent = [];
  const enqueue = make_enqueue(queue_of(sent));
  const whole = bytes('aabb');
  const delivery = (body_bytes) => ({ method: 'PUT', body: new Uint8Array(body_bytes) });
  assert.equal(await enqueue({ whole }, delivery(whole_bytes_max - 2)), true);
  assert.equal(await enqueue({ whole }, delivery(whole_bytes_max - 1)), false);
  assert.deepEqual(sent, [
    { body: { ticket: whole, ...delivery(whole_bytes_max - 2) }, contentType: 'v8' },
  ]);
});

test('a queue that fails, or is not bound, is said to have failed', async () => {
  const failing = { sendBatch: async () => Promise.reject(new Error('no')) };
  for (const queue of [undefined, failing]) {
    assert.equal(await make_enqueue(queue)({ shard: 's', keys: [bytes(key)] }, owed), false);
  }
});

test('nothing is accepted where no queue would drive it', async () => {
  const namespace = { getByName: () => assert.fail('nobody is to be asked') };
  const { accept } = make_ledger_calls(namespace, { is_driven: false });
  assert.equal(await accept({ shard: 's', entries: [] }, owed), null);
});

/** Consumes messages of `contents` in one batch: `{ acks, retries, reports, dead, waits }`. */
async function consume(
  contents, { frames, perform = {}, read_owed, note_failed_run, dead_letters, asked = [] }) {
  const seen = { verdicts: contents.map(() => null), reports: [], waits: [] };
  const stub = {
    read_owed: read_owed ?? (async () => owed),
    note_failed_run: note_failed_run ?? (async () => false),
  };
  const module = scripted(frames);
  const consumer = make_consumer({
    module, perform, now: () => 1, token: () => new Uint8Array(16),
    ledger: {
      getByName: (shard) => {
        asked.push(shard);
        return stub;
      },
    },
    dead_letters,
    report: (what) => seen.reports.push(what),
  });
  const messages = contents.map((body, at) => ({
    body,
    ack: () => (seen.verdicts[at] = 'ack'),
    retry: ({ delaySeconds }) => (seen.verdicts[at] = delaySeconds),
  }));
  await consumer({ messages }, { waitUntil: (promise) => seen.waits.push(promise) });
  return { ...seen, calls: module.calls };
}

test('a reference is driven from its stored ticket until it is done', async () => {
  const asked = [];
  const forwards = [];
  const { verdicts, reports, calls } = await consume([reference], {
    frames: [forward, finish(end)],
    asked,
    perform: {
      forward: async (effect, { body }) => {
        forwards.push([effect.url, effect.method, body]);
        return { kind: 3 };
      },
    },
  });
  assert.deepEqual(verdicts, ['ack']);
  assert.deepEqual(asked, ['device/0']);
  assert.deepEqual(forwards, [['u', 'PUT', bytes('7b7d')]]);
  assert.match(calls[0][1], /02000000aabb000d(00){16}$/);
  assert.equal(JSON.parse(reports[0].record).a, 1);
});

test('a whole message is driven without an outbox', async () => {
  const read_owed = () => assert.fail('nobody is to be asked');
  const { verdicts } = await consume([owed], { frames: [finish(end)], read_owed });
  assert.deepEqual(verdicts, ['ack']);
});

test('a reference to nothing is done with, without a record', async () => {
  const read_owed = async () => null;
  const { verdicts, calls, reports } = await consume([reference], { frames: [], read_owed });
  assert.deepEqual([verdicts, calls], [['ack'], []]);
  assert.deepEqual(reports.filter(({ record, failure }) => record ?? failure), []);
});

test('what is to come again comes after the delay that the module names', async () => {
  assert.deepEqual((await consume([reference], { frames: [retry_later] })).verdicts, [60]);
});

test('a delivery that is given up goes to the dead letters, and is done with', async () => {
  const dead = [];
  const dead_letters = { send: async (record) => dead.push(JSON.parse(record).a) };
  const { verdicts } = await consume([reference], { frames: [dead_letter], dead_letters });
  assert.deepEqual([verdicts, dead], [['ack'], [1]]);
  assert.deepEqual((await consume([reference], { frames: [dead_letter] })).verdicts, ['ack']);
});

test('dead letters that cannot be sent are reported, and stay in the outbox', async () => {
  const dead_letters = { send: async () => Promise.reject(new Error('no queue')) };
  const { verdicts, reports } =
    await consume([reference], { frames: [dead_letter], dead_letters });
  assert.deepEqual(verdicts, ['ack']);
  assert.equal(reports.at(-1).failure.message, 'no queue');
});

test('a module or an outbox that fails costs a delay, and is reported', async () => {
  const read_owed = async () => Promise.reject(new Error('no store'));
  for (const parts of [{ frames: [new Error('trap')] }, { frames: [], read_owed }]) {
    const { verdicts, reports } = await consume([reference], parts);
    assert.deepEqual(verdicts, [30]);
    assert.ok(reports[0].failure instanceof Error);
  }
});

test('a run that fails over its event is counted, and the one that is too many is the last',
  async () => {
    const trap = () => new ModuleFailure('trap');
    const malformed = () => bytes('0163');
    for (const frame of [trap, malformed]) {
      const noted = [];
      const parts = (is_last) => ({
        frames: [frame()],
        note_failed_run: async (of) => {
          noted.push(hex_of(of));
          return is_last;
        },
      });
      const { verdicts } = await consume([reference], parts(false));
      assert.deepEqual([verdicts, noted], [[30], [key]]);
      const sent = [];
      const { verdicts: last, reports } = await consume([reference],
        { ...parts(true), dead_letters: { send: async (record) => sent.push(record) } });
      assert.deepEqual([last, noted], [['ack'], [key, key]]);
      assert.ok(reports[0].failure instanceof Error);
      const { verdict, reason, source, row_key, dead } = JSON.parse(reports[1].record);
      assert.deepEqual([verdict, reason, source, row_key, dead],
        ['failed', 'gate_failed', 'device', key, true]);
      assert.deepEqual(sent, [reports[1].record]);
    }
  });

test('a run that fails for want of a module, a store or a body is not counted', async () => {
  const note_failed_run = () => assert.fail('it says nothing of the event');
  const no_module = Object.assign(new ModuleFailure('no memory'), { is_of_start: true });
  const read_owed = async () => Promise.reject(new Error('no store'));
  for (const parts of [{ frames: [no_module] }, { frames: [], read_owed }]) {
    const { verdicts } = await consume([reference], { ...parts, note_failed_run });
    assert.deepEqual(verdicts, [30]);
  }
  const whole = { ticket: bytes('aabb'), method: 'PUT', body: bytes('7b7d') };
  const { verdicts } =
    await consume([whole], { frames: [new ModuleFailure('trap')], note_failed_run });
  assert.deepEqual(verdicts, [30]);
});

test('a failure costs the other messages of its batch nothing', async () => {
  const read_owed = async (asked_key) =>
    (asked_key[0] === 0x22 ? Promise.reject(new Error('no store')) : owed);
  const other = { shard: 'device/0', key: '44'.repeat(32) };
  const { verdicts } = await consume([reference, other, reference],
    { frames: [finish(end)], read_owed });
  assert.deepEqual(verdicts, [30, 'ack', 30]);
});

test('large bodies are driven as far as there is room for them, and come again later', async () => {
  const twenty = { ...owed, body: new Uint8Array(20 << 20) };
  const read_owed = async (_key, bytes_max) =>
    (twenty.body.byteLength <= bytes_max ? twenty : { ...twenty, body: null });
  const { verdicts } = await consume([reference, reference, owed],
    { frames: [finish(end), finish(end)], read_owed });
  assert.deepEqual(verdicts.toSorted(), [5, 'ack', 'ack']);
});

test('room for large bodies comes back when one is done, or cannot be read', async () => {
  const bodies = new LargeBodies();
  const five = { body: new Uint8Array(5 << 20) };
  const read = async (bytes_max) => (bytes_max >= 5 << 20 ? five : { body: null });
  const failing = async (bytes_max) => (bytes_max === small_bytes_max
    ? { body: null } : Promise.reject(new Error('no store')));
  const is_there = async ({ body }) => body !== null;
  for (let round = 0; round < 20; round += 1) {
    assert.equal(await bodies.with_body(read, is_there), true);
    await assert.rejects(bodies.with_body(failing, is_there), /no store/);
    const use = () => Promise.reject(new Error('no use'));
    await assert.rejects(bodies.with_body(read, use), /no use/);
  }
  // Six times five fit into 32 MiB.
  const ends = await Promise.all(Array.from({ length: 8 }, () => bodies.with_body(
    read, async ({ body }) => {
      await pause(50);
      return body !== null;
    })));
  assert.deepEqual(ends, [true, true, true, true, true, true, false, false]);
});

/** A forward that ends after `ms`. */
const forward_after = (ms) => ({
  forward: () => new Promise((resolve) => setTimeout(resolve, ms, { kind: 3 })),
});

test('a slow forward comes again after its lease, while it goes on behind the batch', async () => {
  const started = performance.now();
  const { verdicts, reports, waits } = await consume([reference],
    { frames: [forward, finish(end)], perform: forward_after(hold_ms + 500) });
  assert.ok(performance.now() - started < hold_ms + 400);
  // The lease runs five seconds longer than the forward's eight.
  assert.deepEqual([verdicts, reports], [[13], []]);
  await Promise.all(waits);
  assert.equal(JSON.parse(reports[0].record).a, 1);
});

test('a slow forward of one message holds up the others of its batch for a second', async () => {
  const started = performance.now();
  const { verdicts } = await consume([reference, owed],
    { frames: [claim, forward, finish(end)], perform: {
      claim: async () => bytes('01'), ...forward_after(hold_ms + 500),
    } });
  assert.ok(performance.now() - started < hold_ms + 400);
  assert.deepEqual(verdicts.toSorted(), [13, 'ack']);
});

test('a forward that may take longer than what is left behind has is waited for', async () => {
  const { verdicts } = await consume([reference],
    { frames: [long_forward, finish(end)], perform: forward_after(hold_ms + 500) });
  assert.deepEqual(verdicts, ['ack']);
});
