// As load/workerd.mjs. A file of its own, so that a Worker which only verifies carries no gate.

import compiled from '../../../../build/postern_verify.wasm';

export const load_verifying = () => compiled;
