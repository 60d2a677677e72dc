// How a provider is verified that signs by a key of its own: the module has the signature checked
// by its host, so it is asked in steps.

import { load_verifying } from '#load/verifying';

import { make_cryptography } from '../../../hosts/fetch/cryptography.mjs';
import { deliver } from '../../../hosts/fetch/gate.mjs';

/**
 * A way to verify. `load` gives the module, as a WebAssembly.Module. `judge` takes a delivery
 * through an instance of it that is configured, and gives the answer to the sender with the
 * decision record, `{ status, headers, body, record }`; it rejects with what failed. `fetches` are
 * the performers of a provider whose keys are fetched.
 */
export const by_effects = {
  load: () => load_verifying(),
  async judge({ module, fetches, delivery, now, token }) {
    const perform = { ...make_cryptography(module, crypto.subtle), ...fetches };
    const { answer, settled } = deliver({ module, perform, delivery, now, token });
    const reply = await answer;
    const { record, failure } = await settled;
    if (failure !== null) {
      throw failure;
    }
    return { ...reply, record };
  },
};
