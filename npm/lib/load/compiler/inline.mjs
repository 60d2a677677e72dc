// As load/inline.mjs, for the compiler.

import { compiler } from '../../../../build/inline/compiler.mjs';
import { load } from '../text.mjs';

export const load_compiler = () => load(compiler);
