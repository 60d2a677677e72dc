// As objects.mjs, beside a gate of `postern/gate/small`: with the same module, so that the script
// carries one.

import compiled from '../../build/postern_small.wasm';

import { make_bare_ledger } from './bare_ledger.mjs';

export const Ledger = make_bare_ledger(compiled);
