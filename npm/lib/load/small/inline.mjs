// As load/inline.mjs, for the edition with fewer features.

import { small } from '../../../../build/inline/small.mjs';
import { load } from '../text.mjs';

export const load_small = () => load(small);
