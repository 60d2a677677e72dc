// What the WebCrypto of this runtime lacks of what a policy's sources verify by. Ed25519 came to
// runtimes late; all else every one of them has, or the module.

import { ed25519 } from '../../build/contract/algorithms.mjs';

/** RFC 8032's base point: any point will do. */
const point = new Uint8Array(32).fill(0x66);
point[0] = 0x58;

/**
 * Gives the names of those sources that verify by Ed25519 where `subtle` does not know it.
 * `sources` is a configuration's `algorithms`. Never rejects.
 */
export async function find_lacking(sources, subtle) {
  const users = sources.filter(({ algorithms }) => (algorithms >> ed25519) % 2 === 1);
  return users.length === 0 || await knows_ed25519(subtle) ? [] : users.map(({ source }) => source);
}

/** A failure of another name says nothing of what it knows. */
async function knows_ed25519(subtle) {
  try {
    await subtle.importKey('raw', point, { name: 'Ed25519' }, false, ['verify']);
    return true;
  } catch ({ name }) {
    return name !== 'NotSupportedError';
  }
}
