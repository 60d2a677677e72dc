// The effects `mac` and `check_signature` on WebCrypto. The core has checked every encoding and
// judges every result; here bytes go in and bytes or a plain yes or no come out.

import { BoundedMap } from './bounded_map.mjs';
import { checked, no_key } from './effects.mjs';
import { hex_of } from './wire.mjs';

/** WebCrypto's names by the numbers of docs/ABI.md. It has no SHA-224. */
const hashes = new Map([[1, 'SHA-1'], [3, 'SHA-256'], [4, 'SHA-384'], [5, 'SHA-512']]);

/** What WebCrypto wants to import a key, and to verify with it, by the numbers of docs/ABI.md. */
const algorithms = new Map([
  [6, { import: { name: 'Ed25519' }, verify: { name: 'Ed25519' } }],
  [7, {
    import: { name: 'ECDSA', namedCurve: 'P-256' }, verify: { name: 'ECDSA', hash: 'SHA-256' },
  }],
  [8, {
    import: { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-1' }, verify: { name: 'RSASSA-PKCS1-v1_5' },
  }],
  [9, {
    import: { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' }, verify: { name: 'RSASSA-PKCS1-v1_5' },
  }],
]);

const key_formats = new Map([[1, 'raw'], [2, 'spki']]);

/** Public keys kept imported. More than the live keys of most policies; fetched ones change. */
export const public_keys_max = 64;

/**
 * Performers of `mac` and `check_signature`. Each key is imported once for as long as this object
 * lives. The keys of `mac` are those of the configuration of `module`, by their place. `subtle` is
 * WebCrypto's.
 */
export function make_cryptography(module, subtle) {
  const mac_keys = new Map();
  const public_keys = new BoundedMap(public_keys_max);

  async function mac_key(number) {
    let key = mac_keys.get(number);
    if (key === undefined) {
      const { hash, bytes } = module.configuration.keys[number];
      const algorithm = { name: 'HMAC', hash: hashes.get(hash) };
      key = await subtle.importKey('raw', bytes, algorithm, false, ['sign']);
      mac_keys.set(number, key);
    }
    return key;
  }

  async function mac_one(request, message) {
    const result = request.key === no_key
      ? subtle.digest(hashes.get(request.hash), message)
      : subtle.sign('HMAC', await mac_key(request.key), message);
    return new Uint8Array(await result);
  }

  async function public_key({ algorithm, key_format, key }) {
    const name = `${algorithm}.${key_format}.${hex_of(key)}`;
    let imported = public_keys.get(name);
    if (imported === undefined) {
      imported = await subtle.importKey(
        key_formats.get(key_format), key, algorithms.get(algorithm).import, false, ['verify']);
      public_keys.set(name, imported);
    }
    return imported;
  }

  async function check_one(check, message) {
    try {
      const key = await public_key(check);
      const { verify } = algorithms.get(check.algorithm);
      const holds = await subtle.verify(verify, key, check.signature, message);
      return holds ? checked.valid : checked.invalid;
    } catch {
      // A key that does not import, or an algorithm that this host lacks: nothing is known.
      return checked.unavailable;
    }
  }

  return {
    /** Gives the MACs and digests in order, or null when one of them cannot be had here. */
    async mac({ requests }, { body }) {
      try {
        return await with_messages(requests, body, mac_one);
      } catch {
        return null;
      }
    },

    async check_signature({ checks }, { body }) {
      try {
        return await with_messages(checks, body, check_one);
      } catch {
        return checks.map(() => checked.unavailable);
      }
    },
  };
}

/**
 * Gives the results of `compute(request, message)` in order. One after the other, since WebCrypto
 * copies its input; and a message is made once for all requests in a row that are over the same
 * parts, however many keys and signatures are tried.
 */
async function with_messages(requests, body, compute) {
  const results = [];
  let parts = null;
  let message = null;
  for (const request of requests) {
    if (parts === null || !are_same(parts, request.parts)) {
      ({ parts } = request);
      message = message_of(parts, body);
    }
    results.push(await compute(request, message));
  }
  return results;
}

function are_same(some, others) {
  return some.length === others.length && some.every((part, i) => part === others[i] ||
    (part !== null && others[i] !== null && part.byteLength === others[i].byteLength &&
      part.every((byte, at) => byte === others[i][at])));
}

/** The message's bytes. A message that is the body alone is not copied. */
function message_of(parts, body) {
  if (parts.includes(null) && body === null) {
    throw new RangeError('a message wants a body that was not read');
  }
  const pieces = parts.map((part) => part ?? body);
  if (pieces.length === 1) {
    return pieces[0];
  }
  const message = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.byteLength, 0));
  let position = 0;
  for (const piece of pieces) {
    message.set(piece, position);
    position += piece.byteLength;
  }
  return message;
}
