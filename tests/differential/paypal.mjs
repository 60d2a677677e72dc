// What a sender by PayPal's scheme has: a source, a key whose certificate is made here, and
// deliveries that Node's crypto signs.

import { generateKeyPairSync, sign } from 'node:crypto';
import { crc32 } from 'node:zlib';

import { make_certificate } from './certificate.mjs';
import { compile_policy } from './node_host.mjs';

export const policy = compile_policy(`version = 1
[sources.paypal]
path = "/paypal"
provider = "paypal"
secrets = ["env:WEBHOOK_ID"]
[[sources.paypal.routes]]
to = "https://origin.example.com/hooks"
`);
export const webhook_id = '0EH40505U7160970P';
export const certificate_name = 'messageverificationcerts.paypal.com';
export const certificate_folder = 'https://api.paypal.com/v1/notifications/certs/';
export const from_seconds = 1_600_000_000;
export const until_seconds = 2_000_000_000;

export const make_key_pair = (bits = 2048) => generateKeyPairSync('rsa', { modulusLength: bits });

/** A certificate in PEM of a key pair; `changes` in place of what a good one has. */
export function certificate_of({ publicKey, privateKey }, changes = {}) {
  return make_certificate({
    name: certificate_name, from_seconds, until_seconds, public_key: publicKey,
    private_key: privateKey, ...changes,
  });
}

/**
 * A delivery as `make_gate` takes it: `body`, sent at `now_ms`, which says `time`, under the
 * certificate's address `url`, and signed by `private_key` for the webhook `id`.
 */
export function make_delivery({
  body, now_ms, private_key, transmission, url = `${certificate_folder}CERT-good`,
  time = new Date(now_ms).toISOString(), id = webhook_id,
}) {
  const message = Buffer.from(`${transmission}|${time}|${id}|${crc32(body)}`);
  return {
    method: 'POST', query: '', body, now_ms,
    headers: {
      'paypal-auth-algo': 'SHA256withRSA',
      'paypal-cert-url': url,
      'paypal-transmission-id': transmission,
      'paypal-transmission-time': time,
      'paypal-transmission-sig': sign('sha256', message, private_key).toString('base64'),
    },
  };
}
