// As load/edge_light.mjs, for the module that only verifies, by shared secrets.

import compiled from '../../../../build/postern_verify_shared.wasm?module';

export const load_verifying_shared = () => compiled;
