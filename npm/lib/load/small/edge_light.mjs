// As load/edge_light.mjs, for the edition with fewer features.

import compiled from '../../../../build/postern_small.wasm?module';

export const load_small = () => compiled;
