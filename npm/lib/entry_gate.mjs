// `postern/gate`: see entry_verify.mjs.

import { provider_text } from '#catalogue';
import { load_compiler, load_postern } from '#load';

import { make_gate } from './gate.mjs';

/** See types/index.d.ts. */
export const gate = (options) => make_gate(options, { load_postern, load_compiler, provider_text });

export { PolicyError } from './gate.mjs';
