// The effect by which a key is fetched, for the providers that have one.

import { make_keys } from '../../hosts/fetch/keys.mjs';

export const fetches =
  /* @__PURE__ */ make_keys((url, options) => fetch(url, options), () => Date.now());
