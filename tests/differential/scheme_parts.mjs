// What signers by Node's crypto have in common.

import { createHmac } from 'node:crypto';

export const text_secret = (random) => {
  const setting = random.text(32);
  return { setting, key: Buffer.from(setting) };
};

export const hmac = (hash, key, ...pieces) =>
  pieces.reduce((mac, piece) => mac.update(piece), createHmac(hash, key)).digest();

/** What most proofs cover. */
export const whole = { covers_body: true, is_signature: true };
