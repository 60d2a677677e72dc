// As load/workerd.mjs, for the edition with fewer features. A file of its own, so that a Worker
// carries one of them.

import compiled from '../../../../build/postern_small.wasm';

export const load_small = () => compiled;
