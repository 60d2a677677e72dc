// As load/inline.mjs, for the module that only verifies.

import { verifying } from '../../../../build/inline/verifying.mjs';
import { load } from '../text.mjs';

export const load_verifying = () => load(verifying);
