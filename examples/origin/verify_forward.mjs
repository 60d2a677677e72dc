// What an origin checks of a request before it believes it: that Postern signed it, and not long
// ago. Node's own crypto, no package. The scheme is Standard Webhooks, so its libraries do as well.

import { createHmac, timingSafeEqual } from 'node:crypto';

/** How far the clocks of gate and origin may be apart, in seconds. */
export const tolerance_seconds = 300;

/**
 * The event of a forward: `{ key, attempt, maybe_duplicate, source, type }`, or null for a request
 * that is not from the gate. `headers` are in lower case, `body` is the bytes as they came, `secret`
 * the value of POSTERN_SIGNING_SECRET. `attempt` is a BigInt: it does not fit a number.
 */
export function verify_forward({ headers, body, secret, now_seconds }) {
  const id = headers['webhook-id'] ?? '';
  const timestamp = headers['webhook-timestamp'] ?? '';
  if (!/^[0-9a-f]{64}$/.test(id) || !/^[0-9]{1,12}$/.test(timestamp)) {
    return null;
  }
  if (Math.abs(now_seconds - Number(timestamp)) > tolerance_seconds) {
    return null;
  }
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
  const mac = createHmac('sha256', key).update(`${id}.${timestamp}.`).update(body).digest();
  const signatures = (headers['webhook-signature'] ?? '').split(' ');
  if (!signatures.some((signature) => is_mac(signature, mac))) {
    return null;
  }
  return {
    key: id,
    attempt: BigInt(headers['postern-attempt']),
    maybe_duplicate: headers['postern-maybe-duplicate'] === 'true',
    source: headers['postern-source'],
    type: headers['postern-event'] ?? '',
  };
}

function is_mac(signature, mac) {
  const [version, text] = signature.split(',');
  const bytes = Buffer.from(text ?? '', 'base64');
  return version === 'v1' && bytes.length === mac.length && timingSafeEqual(bytes, mac);
}
