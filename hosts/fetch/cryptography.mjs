// The effects `mac` and `check_signature` on WebCrypto. The core has checked every encoding and
// judges every result; here bytes go in and bytes or a plain yes or no come out.

import * as algorithms from '../../build/contract/algorithms.mjs';
import * as checked from '../../build/contract/checked.mjs';
import * as hashes from '../../build/contract/hashes.mjs';
import * as key_formats from '../../build/contract/key_formats.mjs';
import { BoundedMap } from './bounded_map.mjs';
import { no_key } from './effects.mjs';
import { hex_of } from './wire.mjs';

/** WebCrypto's names of hashes. It has no SHA-224. */
const hash_names = new Map([
  [hashes.sha1, 'SHA-1'], [hashes.sha256, 'SHA-256'], [hashes.sha384, 'SHA-384'],
  [hashes.sha512, 'SHA-512'],
]);

/** What WebCrypto wants to import a key, and to verify with it. */
const public_keys_of = new Map([
  [algorithms.ed25519, { import: { name: 'Ed25519' }, verify: { name: 'Ed25519' } }],
  [algorithms.ecdsa_p256_sha256, {
    import: { name: 'ECDSA', namedCurve: 'P-256' }, verify: { name: 'ECDSA', hash: 'SHA-256' },
  }],
  [algorithms.rsa_pkcs1_sha1, {
    import: { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-1' }, verify: { name: 'RSASSA-PKCS1-v1_5' },
  }],
  [algorithms.rsa_pkcs1_sha256, {
    import: { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' }, verify: { name: 'RSASSA-PKCS1-v1_5' },
  }],
]);

const format_names = new Map([[key_formats.raw, 'raw'], [key_formats.spki, 'spki']]);

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
      const algorithm = { name: 'HMAC', hash: hash_names.get(hash) };
      key = await subtle.importKey('raw', bytes, algorithm, false, ['sign']);
      mac_keys.set(number, key);
    }
    return key;
  }

  async function mac_one(request, message) {
    const result = request.key === no_key
      ? subtle.digest(hash_names.get(request.hash), message)
      : subtle.sign('HMAC', await mac_key(request.key), message);
    return new Uint8Array(await result);
  }

  async function public_key({ algorithm, key_format, key }) {
    const name = `${algorithm}.${key_format}.${hex_of(key)}`;
    let imported = public_keys.get(name);
    if (imported === undefined) {
      imported = await subtle.importKey(
        format_names.get(key_format), key, public_keys_of.get(algorithm).import, false, ['verify']);
      public_keys.set(name, imported);
    }
    return imported;
  }

  async function check_one(check, message) {
    try {
      const key = await public_key(check);
      const { verify } = public_keys_of.get(check.algorithm);
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
 * content, however many keys and signatures are tried.
 */
async function with_messages(requests, body, compute) {
  const results = [];
  let content = null;
  let message = null;
  for (const request of requests) {
    if (content === null || !are_same(content, request.content)) {
      ({ content } = request);
      message = message_of(content, body);
    }
    results.push(await compute(request, message));
  }
  return results;
}

function are_same(some, others) {
  return some.length === others.length && some.every((piece, i) => piece === others[i] ||
    (piece !== null && others[i] !== null && piece.byteLength === others[i].byteLength &&
      piece.every((byte, at) => byte === others[i][at])));
}

/**
 * The message's bytes: those of each piece, and of the body for one that is null. A message that is
 * the body alone is not copied.
 */
function message_of(content, body) {
  if (content.includes(null) && body === null) {
    throw new RangeError('a message wants a body that was not read');
  }
  const pieces = content.map((piece) => piece ?? body);
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
