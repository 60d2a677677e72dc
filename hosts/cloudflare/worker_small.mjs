// The entry of a deployment whose policy needs no more than the smaller edition of the module
// has.

import compiled from '../../build/postern_small.wasm';

import { make_deployed } from './deployed.mjs';

const { handlers, Ledger } = make_deployed(compiled);

export default handlers;
export { Ledger };
