// The class of the ledger's objects beside a gate of one's own. They carry no delivery: what takes
// the events is the script's.

import { lease_ms_max } from '../store/times.mjs';

import { make_ledger } from './ledger.mjs';

const now = () => Date.now();

/** `compiled` is any edition of the module: the ledger's rules are in each. */
export const make_bare_ledger = (compiled) => make_ledger({
  compiled, now,
  first_started: () => Math.max(1, now() - lease_ms_max),
  log: (line) => console.log(line),
  carrying: () => null,
});
