// One content under several hints in workerd: a claim touches two rows in one step, and what it
// wrote outlives the object.

import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';

import { quiet_leases_max } from '../../hosts/store/sqlite/starts.mjs';

import { compile_policy, device_policy, signed, until } from './edge.mjs';
import { start_live } from './live.mjs';

const { worker, origin } = await start_live();
const copies_policy = (options) => compile_policy('copies_test',
  device_policy(origin.url, options).replace(
    'identity = { body = "/id" }',
    'identity = "body"\nsame_content = "many"\nhint = { header = "x-delivery" }'));
const policy = copies_policy({});
let shard_prefix;
let content = 0;

beforeEach(async () => {
  shard_prefix = await worker.go_live(policy);
});

const new_body = () => `{"content":${content += 1}}`;
const deliver = (body, hint) => worker.deliver(body, { ...signed(body), 'x-delivery': hint });
const status_of = async (body, hint) => (await deliver(body, hint)).status;

/** What the origin saw of the deliveries of `body`, in order. */
const seen = () => origin.requests.map(({ headers, url }) => ({
  url,
  hint: headers['x-delivery'],
  key: headers['postern-key'],
  content_key: headers['postern-content-key'],
  is_marked: headers['postern-maybe-duplicate'] === 'true',
}));

/**
 * Sends `body` under the hint `a` to an origin that does not answer, though it answers others from
 * then on. Gives what will become of it, in a list, so that nobody waits for it here.
 */
async function hold_first(body) {
  origin.answer = () => {};
  const held = deliver(body, 'a');
  await until(() => origin.requests.length === 1);
  origin.answer = (_request, response) => response.end('done');
  return [held];
}

/** Leases are in memory from then on. */
async function begin_burst() {
  for (let sent = 0; sent <= quiet_leases_max; sent += 1) {
    assert.equal(await status_of(new_body(), 'a'), 200);
  }
  origin.requests.length = 0;
}

test('a copy goes on marked, under a key of its own', async () => {
  const body = new_body();
  for (const hint of ['a', 'b', 'a', 'b', 'c']) {
    assert.equal(await status_of(body, hint), 200);
  }
  const [first, second, third] = seen();
  assert.equal(origin.requests.length, 3);
  assert.deepEqual([first.is_marked, second.is_marked, third.is_marked], [false, true, true]);
  assert.equal(first.key, first.content_key);
  assert.deepEqual(new Set([second.content_key, third.content_key]), new Set([first.key]));
  assert.equal(new Set([first.key, second.key, third.key]).size, 3);
});

for (const [name, prepare] of [['in quiet times', async () => {}], ['in a burst', begin_burst]]) {
  test(`of many copies at once each hint goes on once, one of them unmarked, ${name}`, async () => {
    await prepare();
    origin.answer = (_request, response) => setTimeout(() => response.end('done'), 50);
    const body = new_body();
    const hints = Array.from({ length: 40 }, (_, number) => `hint ${number % 8}`);
    const statuses = await Promise.all(hints.map((hint) => status_of(body, hint)));
    statuses.forEach((status) => assert.ok(status === 200 || status === 503, `${status}`));
    const forwards = seen();
    assert.equal(forwards.length, 8);
    assert.equal(new Set(forwards.map(({ hint }) => hint)).size, 8);
    assert.equal(forwards.filter(({ is_marked }) => !is_marked).length, 1);
    assert.equal(new Set(forwards.map(({ content_key }) => content_key)).size, 1);
  });

  test(`a restart forgets neither a copy nor that there was one, ${name}`, async () => {
    await prepare();
    const body = new_body();
    const [held] = await hold_first(body);
    assert.equal(await status_of(body, 'b'), 200);
    await worker.ledger(shard_prefix, 'vanish');
    assert.equal(await status_of(body, 'b'), 200);
    assert.equal(origin.requests.length, 2, 'the copy is done');
    assert.equal(await status_of(body, 'c'), 200);
    assert.equal(await status_of(body, 'a'), 503);
    assert.deepEqual(seen().map(({ hint, is_marked }) => [hint, is_marked]),
      [['a', false], ['b', true], ['c', true]]);
    await held;
  });
}

test('a lease that a copy made durable is gone with its outcome\'s time', async () => {
  await begin_burst();
  const body = new_body();
  const [held] = await hold_first(body);
  assert.equal(await status_of(body, 'b'), 200);
  const tables = await worker.ledger(shard_prefix, 'tables');
  assert.ok(!tables.includes('seen_0'), `${tables}`);
  await held;
});

test('a copy is one for every destination, in whatever order they were', async () => {
  const queue = '{ schedule = ["1s"], horizon = "1m" }';
  shard_prefix = await worker.go_live(copies_policy({ to: ['/a', '/b'], queue }));
  const body = new_body();
  assert.equal(await status_of(body, 'a'), 200);
  await until(() => origin.requests.length === 2, 15_000);
  // The row of the first destination is the event's own.
  await worker.go_live(copies_policy({ to: ['/b', '/a'], queue }), { shard_prefix });
  assert.equal(await status_of(body, 'b'), 200);
  await until(() => origin.requests.length === 4, 15_000);
  const [first, , ...copies] = seen();
  assert.deepEqual(copies.map(({ url }) => url).sort(), ['/a', '/b']);
  copies.forEach(({ is_marked, key, content_key }) => {
    assert.ok(is_marked);
    assert.notEqual(key, first.key);
    assert.equal(content_key, first.key);
  });
});
