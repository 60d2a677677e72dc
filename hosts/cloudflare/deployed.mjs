// What is deployed: the Worker's handlers and the class of the ledger's objects, by the policy that
// wrangler.toml names. What they are made of is in postern.mjs and ledger.mjs.

import { env } from 'cloudflare:workers';
import policy from 'postern-policy';

import { make_keys } from '../fetch/keys.mjs';
import { make_forward } from '../fetch/outbound.mjs';
import { lease_ms_max } from '../store/times.mjs';

import { make_ledger } from './ledger.mjs';
import { make_postern } from './postern.mjs';

const now = () => Date.now();
const log = (line) => console.log(line);
const outside = (url, options) => fetch(url, options);
const first_started = () => Math.max(1, now() - lease_ms_max);

/** Gives `{ handlers, Ledger }` with the edition `compiled` of the module. */
export function make_deployed(compiled) {
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
  const Ledger = make_ledger({ compiled, now, first_started, log, carrying: () => carrying });
  return { handlers, Ledger };
}
