// What a script of one's own exports besides its gate: the class of the ledger's objects.

import compiled from '../../build/postern.wasm';

import { make_bare_ledger } from './bare_ledger.mjs';

export const Ledger = make_bare_ledger(compiled);
