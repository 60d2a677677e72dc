// What an origin checks of a request before it believes it: that Postern signed it, for this
// address, and not long ago. Node's own crypto, no package. docs/ORIGIN.md says the same in words.

import { createHmac, timingSafeEqual } from 'node:crypto';

/** How far the clocks of gate and origin may be apart, in seconds. */
export const tolerance_seconds = 300;

/** The gate's own fields, in the order in which it signs them; the last has no line when absent. */
export const fields = [
  'postern-source', 'postern-event', 'postern-id', 'postern-key', 'postern-content-key',
  'postern-attempt', 'postern-maybe-duplicate', 'postern-proof', 'postern-verdict',
  'postern-reason', 'postern-tenant',
];

/**
 * The event of a forward, or null for a request that is not from the gate, was changed, or was
 * meant for another address. Every value that it gives is signed:
 * `{ key, content_key, attempt, maybe_duplicate, source, type, id, proof, tenant }`. `attempt` is a
 * BigInt: it does not fit a number.
 *
 * `url` is the destination as the policy has it, with the query that the request came with where
 * its sender signs one; never what a header says of it. `headers` are in lower case, `body` is the
 * bytes as they came, `secrets` the values of `sign_forwards`: one, or two while it is rotated.
 */
export function verify_forward({ method, url, headers, body, secrets, now_seconds }) {
  const id = headers['webhook-id'] ?? '';
  const timestamp = headers['webhook-timestamp'] ?? '';
  if (!/^[0-9a-f]{64}$/.test(id) || !/^[0-9]{1,12}$/.test(timestamp)) {
    return null;
  }
  if (Math.abs(now_seconds - Number(timestamp)) > tolerance_seconds || has_other_fields(headers)) {
    return null;
  }
  const values = fields.map((name) => headers[name] ?? '');
  const signed = values.at(-1) === '' ? values.slice(0, -1) : values;
  const is_signed = secrets.some((secret) => {
    const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
    const of_body = sign(key, [`${id}.${timestamp}.`, body]);
    const lines = ['postern-forward-1', method, url, id, timestamp, of_body, ...signed];
    const of_fields = sign(key, lines.map((line) => `${line}\n`));
    return key.length >= 24 && holds(headers['webhook-signature'], of_body) &&
      holds(headers['postern-signature'], of_fields);
  });
  if (!is_signed) {
    return null;
  }
  const [source, type, sender_id, key, content_key, attempt, maybe_duplicate, proof, , , tenant] =
    values;
  return {
    key, content_key, attempt: BigInt(attempt), maybe_duplicate: maybe_duplicate === 'true',
    source, type, id: sender_id, proof, tenant,
  };
}

/** Whether there is a `postern-` header as the gate never sends one: unsigned, or empty. */
function has_other_fields(headers) {
  return Object.entries(headers).some(([name, value]) => name.startsWith('postern-') &&
    name !== 'postern-signature' && (value === '' || !fields.includes(name)));
}

function sign(key, parts) {
  const mac = createHmac('sha256', key);
  parts.forEach((part) => mac.update(part));
  return mac.digest('base64');
}

/** Whether one of the signatures in a header is `mac`, in base64. */
function holds(header, mac) {
  return (header ?? '').split(' ').some((signature) => {
    const bytes = Buffer.from(signature);
    const wanted = Buffer.from(`v1,${mac}`);
    return bytes.length === wanted.length && timingSafeEqual(bytes, wanted);
  });
}
