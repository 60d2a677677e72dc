// As load/edge_light.mjs, for the module that only verifies.

import compiled from '../../../../build/postern_verify.wasm?module';

export const load_verifying = () => compiled;
