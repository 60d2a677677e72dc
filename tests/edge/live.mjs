// What a file of tests with real deliveries has: a Worker in workerd and an origin, from its first
// test to its last.

import { after, beforeEach } from 'node:test';

import { start_origin, start_worker } from './edge.mjs';

/**
 * Starts both, `{ worker, origin }`. At the beginning of each test the origin has seen nothing, and
 * answers 200.
 */
export async function start_live() {
  const origin = await start_origin();
  const worker = await start_worker();
  after(() => {
    origin.close();
    return worker.close();
  });
  beforeEach(() => {
    origin.requests.length = 0;
    origin.answer = (_request, response) => response.end('done');
  });
  return { worker, origin };
}
