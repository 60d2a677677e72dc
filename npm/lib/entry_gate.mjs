// `postern/gate`: see entry_verify.mjs.

import { load_postern } from '#load';
import { compile_object } from '#policy/object';

import { make_gate } from './gate.mjs';

/** See types/index.d.ts. */
export const gate = (options) => make_gate(options, { load_postern, compile_object });

export { PolicyError } from './policy_error.mjs';
