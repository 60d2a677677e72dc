import { load_postern } from '#load';

import { make_gate } from './gate.mjs';
import { compile_object } from './policy_object.mjs';

/** See types/index.d.ts. */
export const gate = (options) => make_gate(options, { load_postern, compile_object });

export { verify } from './entry_verify.mjs';
export { PolicyError } from './policy_error.mjs';
