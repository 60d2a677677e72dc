// How a provider is verified whose secrets are shared: by a module that asks its host for nothing,
// in one call.

import { load_verifying_shared } from '#load/verifying_shared';

import { decode_answer, encode_begin } from '../../../hosts/fetch/effects.mjs';

/** As by_effects.mjs. */
export const at_once = {
  load: () => load_verifying_shared(),
  async judge({ module, delivery, now, token }) {
    return decode_answer(module.begin(encode_begin(delivery, delivery.body, now(), token)));
  },
};
