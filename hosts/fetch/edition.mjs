// Modules come in editions: the same code with all features, or with fewer. A policy says at its
// head which features it needs.

import * as features from '../../build/contract/features.mjs';
import { read_policy_head } from './effects.mjs';
import { ModuleFailure } from './module.mjs';

const bit_of = (number) => 2 ** number;

/** Those of a sum of bits, by their names; what is not known here by its number. */
function names_of(bits) {
  const known = new Map(Object.entries(features).map(([name, number]) => [number, name]));
  return Array.from({ length: 32 }, (_, number) => number)
    .filter((number) => Math.floor(bits / bit_of(number)) % 2 === 1)
    .map((number) => known.get(number) ?? `feature ${number}`);
}

/**
 * What `Module` does with the exports of each instance before it configures it with `policy`: it
 * throws a `ModuleFailure` that names the features which the module lacks, and the one that has
 * them.
 */
export function expect_features(policy) {
  const needed = read_policy_head(policy).features;
  return ({ postern_features }) => {
    const lacking = (needed & ~postern_features()) >>> 0;
    if (lacking !== 0) {
      throw new ModuleFailure(`the policy needs ${names_of(lacking).join(' and ')}, which this ` +
        'edition of the module is without: take postern.wasm, which has all features of its ' +
        'version');
    }
  };
}
