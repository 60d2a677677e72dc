// Keys that a delivery points at: how often anybody is asked for them, and what is kept of it. With
// a Fetch by script and a clock by hand.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import {
  failure_ms, kept_keys_max, key_timeout_ms, make_keys, poll_ms, polls_max, waiting_max,
} from '../../hosts/fetch/keys.mjs';

const bytes = (text) => new TextEncoder().encode(text);
const wanted = (url, fields = {}) => ({
  url: `https://keys.example/${url}`, bytes_max: 3, cache_seconds: 3600, source: 's',
  fetches_per_minute: 4, ...fields,
});

/** Keys whose Fetch answers what `make(url, options)` gives; `asked` has what it was asked. */
function start(make = () => new Response('abc')) {
  const asked = [];
  const clock = { now_ms: 1_700_000_000_000 };
  const keys = make_keys(async (url, options) => {
    asked.push({ url, ...options });
    return make(url, options);
  }, () => clock.now_ms);
  /** As the loop of effects does it, for a key that is of use or is not. */
  const take = async (effect, is_of_use = true) => {
    const got = await keys.fetch_key(effect);
    if (got !== null) {
      keys.judge_key(effect, got, is_of_use);
    }
    return got;
  };
  return { ...keys, take, asked, clock };
}

test('a key comes from where the scheme says, whole or not at all', async () => {
  const ask = (make) => start(make).take(wanted('k'));
  assert.deepEqual(await ask(), bytes('abc'));
  assert.equal(await ask(() => new Response('abcd')), null);
  assert.equal(await ask(() => new Response('abc', { status: 206 })), null);
  assert.equal(await ask(() => Response.redirect('https://elsewhere.example/', 302)), null);
  assert.equal(await ask(() => new Response(null)), null);
  assert.equal(await ask(() => { throw new TypeError('no connection'); }), null);
  const { take, asked } = start();
  await take(wanted('k'));
  assert.equal(asked[0].redirect, 'manual');
});

test('a key of use is kept for as long as its scheme says', async () => {
  const { take, asked, clock } = start();
  for (const [after_ms, fetches] of [[0, 1], [1, 1], [3_599_998, 1], [1, 2], [3_599_999, 2]]) {
    clock.now_ms += after_ms;
    assert.deepEqual(await take(wanted('k')), bytes('abc'));
    assert.equal(asked.length, fetches);
  }
  const uncached = start();
  await uncached.take(wanted('k', { cache_seconds: 0 }));
  await uncached.take(wanted('k', { cache_seconds: 0 }));
  assert.equal(uncached.asked.length, 2);
});

test('what is no key of use is a failure: nobody is asked again for a while', async () => {
  let text = '<html>';
  const { take, asked, clock } = start(() => new Response(text.slice(0, 3)));
  assert.deepEqual(await take(wanted('k'), false), bytes('<ht'));
  text = 'abc';
  for (let i = 0; i < 200; i += 1) {
    assert.equal(await take(wanted('k')), null);
  }
  assert.equal(asked.length, 1);
  clock.now_ms += failure_ms;
  assert.deepEqual(await take(wanted('k')), bytes('abc'));
  assert.deepEqual(await take(wanted('k')), bytes('abc'));
  assert.equal(asked.length, 2);
});

test('a kept key that is of no use any more is forgotten', async () => {
  const { take, asked, clock } = start();
  await take(wanted('k'));
  await take(wanted('k'), false);
  assert.equal(await take(wanted('k')), null);
  clock.now_ms += failure_ms;
  assert.deepEqual(await take(wanted('k')), bytes('abc'));
  assert.equal(asked.length, 2);
});

test('what one source has no use for is neither taken from another nor refused to it', async () => {
  const { take, asked, clock } = start();
  const of = (source) => wanted('k', { source });
  // Forgeries to a source that wants other names, before and after the first genuine delivery.
  assert.deepEqual(await take(of('strict'), false), bytes('abc'));
  assert.deepEqual(await take(of('first')), bytes('abc'));
  await take(of('strict'), false);
  assert.deepEqual(await take(of('first')), bytes('abc'));
  assert.equal(asked.length, 2);
  // Two have use for it; when it is of none any more, either may say so.
  assert.deepEqual(await take(of('second')), bytes('abc'));
  await take(of('second'), false);
  assert.equal(await take(of('second')), null);
  assert.deepEqual(await take(of('first')), bytes('abc'));
  assert.equal(asked.length, 3);
  clock.now_ms += failure_ms;
  assert.deepEqual(await take(of('second')), bytes('abc'));
  assert.equal(asked.length, 3);
});

test('a failed fetch is remembered by its exact address, for a bounded time', async () => {
  const { take, asked, clock } = start((url) => new Response('abc',
    { status: url.endsWith('/bad') ? 503 : 200 }));
  assert.equal(await take(wanted('bad')), null);
  assert.equal(await take(wanted('bad')), null);
  assert.deepEqual(await take(wanted('good')), bytes('abc'));
  assert.equal(asked.length, 2);
  clock.now_ms += failure_ms - 1;
  assert.equal(await take(wanted('bad')), null);
  assert.equal(asked.length, 2);
  clock.now_ms += 1;
  assert.equal(await take(wanted('bad')), null);
  assert.equal(asked.length, 3);
});

test('a source has so many fetches in a minute, and what is kept needs none', async () => {
  const { take, asked, clock } = start();
  await take(wanted('good'));
  for (let i = 0; i < 200; i += 1) {
    await take(wanted(`forged-${i}`), false);
    assert.deepEqual(await take(wanted('good')), bytes('abc'));
  }
  assert.equal(asked.length, 4);
  assert.deepEqual(await take(wanted('other', { source: 'other' })), bytes('abc'));
  clock.now_ms += 3_600_000 - 1;
  for (let i = 0; i < 10; i += 1) {
    await take(wanted(`again-${i}`), false);
  }
  assert.equal(asked.length, 5 + 4);
  // An address that was of use before is asked whatever forgeries have used up.
  clock.now_ms += 1;
  assert.deepEqual(await take(wanted('good')), bytes('abc'));
  assert.equal(asked.length, 5 + 4 + 1);
});

test('only so many keys are kept, the ones that were used last', async () => {
  const many = { fetches_per_minute: 1000 };
  const { take, asked } = start();
  for (let i = 0; i < 3 * kept_keys_max; i += 1) {
    await take(wanted('good', many));
    await take(wanted(`other-${i}`, many));
  }
  assert.equal(asked.length, 1 + 3 * kept_keys_max);
  await take(wanted('other-0', many));
  assert.equal(asked.length, 2 + 3 * kept_keys_max);
});

test('one fetch at a time goes to an address, and others have what came of it', async () => {
  const { promise, resolve } = Promise.withResolvers();
  const { take, asked } = start(() => promise);
  const all = Array.from({ length: 50 }, () => take(wanted('k')));
  await new Promise((done) => setTimeout(done, 2 * poll_ms));
  assert.equal(asked.length, 1);
  resolve(new Response('abc'));
  assert.deepEqual(await Promise.all(all), Array(50).fill(bytes('abc')));
  assert.equal(asked.length, 1);
});

test('nobody waits for the fetch of another without a limit, in time or in number', async () => {
  const { take, asked, clock } = start(() => new Promise(() => {}));
  const first = take(wanted('k'));
  const began = performance.now();
  const waiting = Array.from({ length: waiting_max }, () => take(wanted('k')));
  assert.equal(await take(wanted('k')), null, 'one more than may wait');
  assert.ok(performance.now() - began < polls_max * poll_ms / 2);
  assert.deepEqual(new Set(await Promise.all(waiting)), new Set([null]));
  assert.ok(performance.now() - began >= polls_max * poll_ms * 0.9);
  assert.equal(asked.length, 1);
  // The request that fetched is gone, and never said what came of it.
  clock.now_ms += key_timeout_ms;
  void take(wanted('k'));
  assert.equal(asked.length, 2);
  void first;
});
