// `postern/gate/small`: as `postern/gate`, with the edition of the module that has fewer features.
// It refuses a policy that needs more, and names what is missing.

import { load_small } from '#load/small';

import { compile_object } from './compiled_only.mjs';
import { make_gate } from './gate.mjs';

/** See types/index.d.ts. */
export const gate = (options) => make_gate(options, { load_postern: load_small, compile_object });

export { PolicyError } from './policy_error.mjs';
