// As load/node.mjs, for the module that only verifies, by shared secrets.

import { load } from '../file.mjs';

export const load_verifying_shared = () =>
  load(new URL('../../../../build/postern_verify_shared.wasm', import.meta.url));
