// `postern/gate`: the gate without a compiler, for policies that were compiled before. On Workers,
// whose tool uploads every module of WebAssembly that a script can reach, and in bundles.

import { load_postern } from '#load';

import { compile_object } from './compiled_only.mjs';
import { make_gate } from './gate.mjs';

/** See types/index.d.ts. */
export const gate = (options) => make_gate(options, { load_postern, compile_object });

export { PolicyError } from './policy_error.mjs';
