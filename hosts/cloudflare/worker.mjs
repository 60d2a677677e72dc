// The entry that is deployed. What it is made of is in postern.mjs and ledger.mjs.

import { env } from 'cloudflare:workers';
import policy from 'postern-policy';

import compiled from '../../build/postern.wasm';
import { make_keys } from '../fetch/keys.mjs';
import { make_forward } from '../fetch/outbound.mjs';
import { lease_ms_max } from '../store/times.mjs';

import { make_ledger } from './ledger.mjs';
import { make_postern } from './postern.mjs';

const now = () => Date.now();
const log = (line) => console.log(line);
const outside = (url, options) => fetch(url, options);

const { carrying, ...handlers } = make_postern({
  compiled,
  policy: new Uint8Array(policy),
  env,
  now,
  token: () => crypto.getRandomValues(new Uint8Array(16)),
  client_address: (request) => request.headers.get('cf-connecting-ip') ?? '',
  keys: make_keys(outside, now),
  forward: make_forward(outside),
  carrying_fetch: outside,
  log,
});

export default handlers;

const first_started = () => Math.max(1, now() - lease_ms_max);
export const Ledger = make_ledger(
  { compiled, now, first_started, log, carrying: () => carrying });
