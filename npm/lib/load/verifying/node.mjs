// As load/node.mjs, for the module that only verifies.

import { load } from '../file.mjs';

export const load_verifying = () =>
  load(new URL('../../../../build/postern_verify.wasm', import.meta.url));
