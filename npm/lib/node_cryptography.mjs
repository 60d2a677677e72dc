// The cryptography that the harness's module imports, by `node:crypto`: harness/wasm/
// cryptography.cpp says what each function gives.

import {
  createHash, createHmac, createPrivateKey, createPublicKey, randomFillSync, sign, verify,
} from 'node:crypto';

import * as algorithms from '../../build/contract/algorithms.mjs';
import * as hashes from '../../build/contract/hashes.mjs';
import * as key_formats from '../../build/contract/key_formats.mjs';

const hash_names = new Map([
  [hashes.sha1, 'sha1'], [hashes.sha224, 'sha224'], [hashes.sha256, 'sha256'],
  [hashes.sha384, 'sha384'], [hashes.sha512, 'sha512'],
]);

/** Of public keys: Node's name of the key, and of the hash; Ed25519 hashes by itself. */
const algorithm_facts = new Map([
  [algorithms.ed25519, { key: 'ed25519', hash: null }],
  [algorithms.ecdsa_p256_sha256, { key: 'ec', hash: 'sha256' }],
  [algorithms.rsa_pkcs1_sha1, { key: 'rsa', hash: 'sha1' }],
  [algorithms.rsa_pkcs1_sha256, { key: 'rsa', hash: 'sha256' }],
]);

const private_seed = 1;
const fault_unreadable = -1;
const fault_other_kind = -2;
const fault_refused = -3;

const unavailable = 0;
const valid = 1;
const invalid = 2;

/** What stands in DER before the bytes of a key: RFC 8410, and RFC 5480 for a point of P-256. */
const seed_head = Buffer.from('302e020100300506032b657004220420', 'hex');
const raw_heads = new Map([
  [algorithms.ed25519, Buffer.from('302a300506032b6570032100', 'hex')],
  [algorithms.ecdsa_p256_sha256,
    Buffer.from('3059301306072a8648ce3d020106082a8648ce3d030107034200', 'hex')],
]);

/** r and s of 32 bytes each. */
const p256_signature_bytes = 64;

function private_key_of(form, key) {
  return form === private_seed
    ? createPrivateKey({ key: Buffer.concat([seed_head, key]), format: 'der', type: 'pkcs8' })
    : createPrivateKey({ key: Buffer.from(key), format: 'pem' });
}

function public_key_of(algorithm, format, key) {
  const der = format === key_formats.raw ? Buffer.concat([raw_heads.get(algorithm), key]) : key;
  const read = createPublicKey({ key: Buffer.from(der), format: 'der', type: 'spki' });
  return read.asymmetricKeyType === algorithm_facts.get(algorithm).key ? read : null;
}

/** Nothing for what `make` throws at: a key that is none. */
function or_null(make) {
  try {
    return make();
  } catch {
    return null;
  }
}

function signature_of(algorithm, form, key, message) {
  const facts = algorithm_facts.get(algorithm);
  const read = or_null(() => private_key_of(form, key));
  if (read === null) {
    return fault_unreadable;
  }
  if (read.asymmetricKeyType !== facts?.key) {
    return fault_other_kind;
  }
  return or_null(() => sign(facts.hash, message, read)) ?? fault_refused;
}

function judged(algorithm, format, key, message, signature) {
  const read = or_null(() => public_key_of(algorithm, format, key));
  if (read === null) {
    return unavailable;
  }
  const is_p256 = algorithm === algorithms.ecdsa_p256_sha256;
  if (is_p256 && signature.byteLength !== p256_signature_bytes) {
    return invalid;
  }
  const { hash } = algorithm_facts.get(algorithm);
  const is_valid = or_null(() =>
    verify(hash, message, { key: read, dsaEncoding: 'ieee-p1363' }, signature));
  return is_valid === true ? valid : invalid;
}

/** `memory()` is the module's memory as it is then. */
export function cryptography_of(memory) {
  const view = (at, length) => new Uint8Array(memory(), at >>> 0, length >>> 0);
  /** Gives the length of what was written. */
  const put = (bytes, at, room) => {
    if (bytes.byteLength > room) {
      throw new RangeError(`${bytes.byteLength} bytes do not fit the module's ${room}.`);
    }
    view(at, room).set(bytes);
    return bytes.byteLength;
  };
  return {
    digest(hash, message, message_bytes, output, output_bytes) {
      const name = hash_names.get(hash);
      return name === undefined ? 0 : put(
        createHash(name).update(view(message, message_bytes)).digest(), output, output_bytes);
    },
    hmac(hash, key, key_bytes, message, message_bytes, output, output_bytes) {
      const name = hash_names.get(hash);
      return name === undefined ? 0 : put(
        createHmac(name, view(key, key_bytes)).update(view(message, message_bytes)).digest(),
        output, output_bytes);
    },
    sign(algorithm, form, key, key_bytes, message, message_bytes, output, output_bytes) {
      const made = signature_of(
        algorithm, form, view(key, key_bytes), view(message, message_bytes));
      return typeof made === 'number' ? made : put(made, output, output_bytes);
    },
    verify(algorithm, format, key, key_bytes, message, message_bytes, signature, signature_bytes) {
      return judged(algorithm, format, view(key, key_bytes), view(message, message_bytes),
        view(signature, signature_bytes));
    },
    random(output, output_bytes) {
      randomFillSync(view(output, output_bytes));
    },
  };
}
