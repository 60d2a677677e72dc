// The entry that is deployed, with the module that has all features.

import compiled from '../../build/postern.wasm';

import { make_deployed } from './deployed.mjs';

const { handlers, Ledger } = make_deployed(compiled);

export default handlers;
export { Ledger };
