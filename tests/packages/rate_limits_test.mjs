// Rate limits of a gate in one process: what comes through at which second.

import assert from 'node:assert/strict';
import { mock, test } from 'node:test';

import { make_hooks, signed } from './served.mjs';

/** Statuses of deliveries at `seconds`, for a source that takes three a minute. */
async function statuses_at(seconds) {
  const start_ms = Date.now();
  mock.timers.enable({ apis: ['Date'], now: start_ms });
  const { hooks } = make_hooks({ rate_limit: { requests: 3, per: '60s', by: 'source' } });
  const statuses = [];
  try {
    for (const second of seconds) {
      mock.timers.setTime(start_ms + second * 1000);
      const { headers, body } = signed();
      const request =
        new Request('https://app.example/hooks/stripe', { method: 'POST', headers, body });
      statuses.push((await hooks.fetch(request)).status);
    }
  } finally {
    mock.timers.reset();
  }
  await hooks.close();
  return statuses;
}

// What is taken comes back one by one, every twenty seconds: docs/POLICY.md.
test('a full bucket lets its requests through at once, and each comes back after its share',
  async () => {
    assert.deepEqual(await statuses_at([0, 0, 0, 0, 19, 20, 20, 59, 59, 60, 60]),
      [200, 200, 200, 429, 429, 200, 429, 200, 429, 200, 429]);
  });

test('no second brings twice the requests, as the end of a window would', async () => {
  assert.deepEqual(await statuses_at([0, 59, 59, 60, 60, 60]), [200, 200, 200, 200, 429, 429]);
});
