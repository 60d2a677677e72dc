// Chance that can be had again: the same seed gives the same deliveries on every machine.

import { createHash } from 'node:crypto';

import { read_count, read_seed } from '../budget.mjs';

/** A source of chance for one purpose. `name` says which, so that cases do not shift each other. */
export function make_random(name) {
  const digest = createHash('sha256').update(name).digest();
  const state = [0, 4, 8, 12].map((offset) => digest.readInt32LE(offset));
  const random = {
    /** 32 bits, by sfc32. */
    bits() {
      let [a, b, c, d] = state;
      const sum = (((a + b) | 0) + d) | 0;
      d = (d + 1) | 0;
      a = b ^ (b >>> 9);
      b = (c + (c << 3)) | 0;
      c = (((c << 21) | (c >>> 11)) + sum) | 0;
      state.splice(0, 4, a, b, c, d);
      return sum >>> 0;
    },
    /** A whole number from `low` to `high`, both possible. */
    between(low, high) {
      return low + Math.floor((random.bits() / 2 ** 32) * (high - low + 1));
    },
    chance(probability) {
      return random.bits() / 2 ** 32 < probability;
    },
    pick(list) {
      return list[random.between(0, list.length - 1)];
    },
    bytes(count) {
      return Buffer.from(Array.from({ length: count }, () => random.bits() & 0xff));
    },
    /** `count` characters out of `alphabet`. */
    text(count, alphabet = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789') {
      return Array.from({ length: count }, () => random.pick(alphabet)).join('');
    },
  };
  return random;
}

export const seed = read_seed('POSTERN_DIFFERENTIAL_SEED', '1');

/**
 * Deliveries in total, over all SDKs; a run of the default takes less than a minute on two cores.
 * Below some 16,000 not every known reason comes up, and that is a failure.
 */
export const deliveries_wanted = read_count('POSTERN_DIFFERENTIAL_COUNT', 24_000);
