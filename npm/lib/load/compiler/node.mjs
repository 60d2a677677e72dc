// As load/node.mjs, for the compiler.

import { load } from '../file.mjs';

export const load_compiler = () =>
  load(new URL('../../../../build/postern_compiler.wasm', import.meta.url));
