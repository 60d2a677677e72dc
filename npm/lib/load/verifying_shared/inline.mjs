// As load/inline.mjs, for the module that only verifies, by shared secrets.

import { verifying_shared } from '../../../../build/inline/verifying_shared.mjs';
import { load } from '../text.mjs';

export const load_verifying_shared = () => load(verifying_shared);
