// The gate as the Worker runs it, from the request's headers to the claim in the ledger, which is
// never answered: verification, identity, event type, route.

import { env } from 'cloudflare:workers';
import policy from 'postern-policy';

import compiled from '../../../build/postern.wasm';
import { receive } from '../../../hosts/fetch/arrival.mjs';
import { make_cryptography } from '../../../hosts/fetch/cryptography.mjs';
import { encode_configure, read_policy_head } from '../../../hosts/fetch/effects.mjs';
import { deliver } from '../../../hosts/fetch/gate.mjs';
import { Module } from '../../../hosts/fetch/module.mjs';
import { rehearse } from '../../../hosts/fetch/rehearsal.mjs';

import { looped } from './looped.mjs';

const policy_bytes = new Uint8Array(policy);
const settings = read_policy_head(policy_bytes).setting_names.map((name) => env[name] ?? '');
const module = new Module(compiled, encode_configure(policy_bytes, settings));
const { body_bytes_max } = module.configuration;
rehearse(compiled, policy_bytes).then((problem) => problem === null || console.error(problem));

let claimed;
const perform = {
  ...make_cryptography(module, crypto.subtle),
  claim: () => {
    claimed();
    return new Promise(() => {});  // One each: a shared one would keep every delivery alive.
  },
};
const now = () => Date.now();

export default looped(async ({ url, method, headers, bytes }) => {
  const request = { url, method, headers, body: bytes, arrayBuffer: async () => bytes.buffer };
  const delivery = await receive(request, '', body_bytes_max);
  await new Promise((resolve, reject) => {
    claimed = resolve;
    const token = crypto.getRandomValues(new Uint8Array(16));
    const { answer } = deliver({ module, perform, delivery, now, token });
    answer.then(({ status }) => reject(new Error(`not claimed but answered ${status}`)));
  });
});
