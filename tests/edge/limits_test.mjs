// The effect `limit` with the platform's counters, as far as workerd has them.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';


import * as limited from '../../build/contract/limited.mjs';
import { start_worker } from './edge.mjs';

let worker;
before(async () => {
  worker = await start_worker();
});
after(() => worker?.close());

const { unavailable, allowed, denied } = limited;
const effect = (bucket, requests, period_seconds) => ({ bucket, requests, period_seconds });

test('each bucket of a rule is counted by itself, and denied above its limit', async () => {
  const effects = [...Array(6).fill(effect('one', 5, 60)), effect('other', 5, 60)];
  assert.deepEqual(await worker.limit(effects),
    [allowed, allowed, allowed, allowed, allowed, denied, allowed]);
});

test('a rule without its binding cannot be counted', async () => {
  assert.deepEqual(await worker.limit([effect('one', 6, 60), effect('one', 5, 10)]),
    [unavailable, unavailable]);
});
