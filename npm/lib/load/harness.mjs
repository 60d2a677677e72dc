// The harness's module, where files can be read. Apart from the others: no gate needs it.

import { load } from './file.mjs';

export const load_harness = () =>
  load(new URL('../../../build/postern_harness.wasm', import.meta.url));
