// As load/workerd.mjs. A file of its own, so that a Worker whose policy was compiled before carries
// no compiler.

import compiled from '../../../../build/postern_compiler.wasm';

export const load_compiler = () => compiled;
