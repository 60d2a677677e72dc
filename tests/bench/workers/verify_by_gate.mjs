// The gate as the Worker runs it, from the request's headers to the claim in the ledger, which is
// never answered: verification, identity, event type, route.

import { env } from 'cloudflare:workers';
import policy from 'postern-policy';

import compiled from '../../../build/postern.wasm';
import { receive } from '../../../wasm/hosts/common/arrival.mjs';
import { make_cryptography } from '../../../wasm/hosts/common/cryptography.mjs';
import { encode_configure, read_setting_names } from '../../../wasm/hosts/common/effects.mjs';
import { deliver } from '../../../wasm/hosts/common/gate.mjs';
import { Module } from '../../../wasm/hosts/common/module.mjs';

import { looped } from './looped.mjs';

const policy_bytes = new Uint8Array(policy);
const settings = read_setting_names(policy_bytes).map((name) => env[name] ?? '');
const module = new Module(compiled, encode_configure(policy_bytes, settings));
const { body_bytes_max } = module.configuration;

let claimed;
const perform = {
  ...make_cryptography(module),
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
