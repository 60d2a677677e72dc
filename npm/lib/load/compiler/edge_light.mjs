// As load/edge_light.mjs, for the compiler.

import compiled from '../../../../build/postern_compiler.wasm?module';

export const load_compiler = () => compiled;
