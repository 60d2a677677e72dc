// The effect `limit` in the memory of one process. Several processes count each for itself.

import * as limited from '../../build/contract/limited.mjs';
import { BoundedMap } from '../fetch/bounded_map.mjs';

/** Buckets that are kept, the ones used last: more addresses than that are a flood anyway. */
export const buckets_max = 10_000;

/**
 * Buckets as the harness has them: each holds `requests` tokens and begins full, and what is taken
 * comes back one by one, each after its share of the period. So `requests` come through at once,
 * and never more than twice that within one period.
 */
export function make_limit(now) {
  /** When each is full again: unix milliseconds times `requests`, whole however long they are. */
  const full_at = new BoundedMap(buckets_max);

  return async function limit({ bucket, requests, period_seconds }) {
    const name = `${requests}/${period_seconds}/${bucket}`;
    const count = BigInt(requests);
    const token = BigInt(period_seconds) * 1000n;
    const now_units = BigInt(now()) * count;
    const full_units = full_at.get(name) ?? now_units;
    const missing = full_units > now_units ? full_units - now_units : 0n;
    if (missing + token > token * count) {
      return limited.denied;
    }
    full_at.delete(name);  // What is put in last is forgotten last.
    full_at.set(name, now_units + missing + token);
    return limited.allowed;
  };
}
