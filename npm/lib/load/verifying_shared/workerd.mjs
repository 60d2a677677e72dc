// As load/workerd.mjs. A file of its own: see verifying/workerd.mjs.

import compiled from '../../../../build/postern_verify_shared.wasm';

export const load_verifying_shared = () => compiled;
