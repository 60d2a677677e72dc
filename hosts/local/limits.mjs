// The effect `limit` in the memory of one process: requests are counted in windows of the rule's
// period, each counter from its first request on. Several processes count each for itself.

import * as limited from '../../build/contract/limited.mjs';
import { BoundedMap } from '../fetch/bounded_map.mjs';

/** Counters that are kept, the ones used last: more addresses than that are a flood anyway. */
export const counters_max = 10_000;

export function make_limit(now) {
  const counters = new BoundedMap(counters_max);

  return async function limit({ bucket, requests, period_seconds }) {
    const name = `${requests}/${period_seconds}/${bucket}`;
    const now_ms = now();
    let counter = counters.get(name);
    if (counter === undefined || now_ms >= counter.until_ms) {
      counter = { until_ms: now_ms + period_seconds * 1000, count: 0 };
      counters.set(name, counter);
    }
    counter.count += 1;
    return counter.count <= requests ? limited.allowed : limited.denied;
  };
}
