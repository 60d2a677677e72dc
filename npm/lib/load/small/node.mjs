// As load/node.mjs, for the edition with fewer features.

import { load } from '../file.mjs';

export const load_small = () =>
  load(new URL('../../../../build/postern_small.wasm', import.meta.url));
