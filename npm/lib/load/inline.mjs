// Where nothing else is known: the WebAssembly as text in a script, which every bundler carries.

import { postern } from '../../../build/inline/postern.mjs';
import { load } from './text.mjs';

export const load_postern = () => load(postern);
