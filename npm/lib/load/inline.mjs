// Where nothing else is known: the WebAssembly as text in a script, which every bundler carries.

import { postern } from '../../../build/inline/postern.mjs';
import { compiler } from '../../../build/inline/compiler.mjs';
import { load } from './text.mjs';

export const load_postern = () => load(postern);
export const load_compiler = () => load(compiler);
