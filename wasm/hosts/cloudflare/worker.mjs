// The entry that is deployed. What it is made of is in postern.mjs and ledger.mjs.

import { env } from 'cloudflare:workers';

import policy from '../../../build/policy.bin';
import compiled from '../../../build/postern.wasm';

import { make_ledger } from './ledger.mjs';
import { make_postern } from './postern.mjs';

export default make_postern({
  compiled,
  policy: new Uint8Array(policy),
  env,
  now: () => Date.now(),
  token: () => crypto.getRandomValues(new Uint8Array(16)),
  fetch: (url, options) => fetch(url, options),
  log: (line) => console.log(line),
});

export const Ledger = make_ledger({ compiled, now: () => Date.now() });
