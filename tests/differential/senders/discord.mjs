import { createPrivateKey, sign as sign_with } from 'node:crypto';

import { verifyKey } from 'discord-interactions';

import { json_body } from '../bodies.mjs';
import {
  body_mutations, clock_mutations, encoded_body_mutation, header_mutations, hex_mutations,
  odd_spelling, signed_body_mutations,
} from '../mutations.mjs';
import * as reasons from '../reasons.mjs';

const header = 'x-signature-ed25519';
const time_header = 'x-signature-timestamp';
const time_of = ({ headers }) => headers[time_header];

/** What stands in a PKCS #8 key of Ed25519 before its 32 bytes (RFC 8410, section 7). */
const private_key_head = Buffer.from('302e020100300506032b657004220420', 'hex');

function key_of(seed_bytes) {
  const der = Buffer.concat([private_key_head, seed_bytes]);
  return createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
}

function sign_text({ secret, body, text }) {
  const signature = sign_with(null, Buffer.concat([Buffer.from(text), body]), secret.key);
  return { headers: { [time_header]: text, [header]: signature.toString('hex') } };
}

function body_of(random) {
  if (random.chance(0.1)) {
    return Buffer.from(random.pick(['{"type":1}', '{ "type": 1, "version": 1 }', '{"type":0}']));
  }
  return json_body(random, { id: random.text(19, '123456789'), type: random.between(2, 5) });
}

/** The group's order, little-endian: adding it to a signature's second half is another spelling. */
const order = Buffer.from(
  'edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010', 'hex');

function plus_order(signature) {
  const bytes = Buffer.from(signature, 'hex');
  let carry = 0;
  for (let i = 0; i < 32; i += 1) {
    carry += bytes[32 + i] + order[i];
    bytes[32 + i] = carry & 0xff;
    carry >>= 8;
  }
  return bytes.toString('hex');
}

export const discord = {
  name: 'discord-interactions',
  provider: 'discord',
  /** A key pair: the private half signs, the public one in hex is what the gate is given. */
  secret(random) {
    const key = key_of(random.bytes(32));
    const { x } = key.export({ format: 'jwk' });
    return { key, public_hex: Buffer.from(x, 'base64url').toString('hex') };
  },
  setting: ({ public_hex }) => public_hex,
  body: body_of,
  sign: ({ secret, body, signed_at }) => sign_text({ secret, body, text: String(signed_at) }),
  async accepts({ headers, body }, secrets) {
    for (const { public_hex } of secrets) {
      if (await verifyKey(body, headers[header], headers[time_header], public_hex)) {
        return true;
      }
    }
    return false;
  },
  mutations: [
    ...body_mutations,
    ...header_mutations(header),
    ...hex_mutations(header),
    ...header_mutations(time_header),
    ...clock_mutations,
    ...signed_body_mutations,
    encoded_body_mutation,
    {
      name: 'a time in another spelling',
      apply: (delivery, { random, secret, signed_at }) => ({ ...delivery, ...sign_text(
        { secret, body: delivery.body, text: odd_spelling(random, signed_at) }) }),
    },
    {
      name: 'the boundary of time and body moved',
      apply(delivery, { random }) {
        const time = delivery.headers[time_header];
        const at = random.between(0, time.length - 1);
        return { ...delivery, headers: { ...delivery.headers, [time_header]: time.slice(0, at) },
          body: Buffer.concat([Buffer.from(time.slice(at)), delivery.body]) };
      },
    },
    {
      name: 'the other spelling of a signature',
      apply: (delivery) => ({ ...delivery, headers: { ...delivery.headers,
        [header]: plus_order(delivery.headers[header]) } }),
    },
    {
      name: 'hex with a digit that is none',
      apply: (delivery) => ({ ...delivery, headers: { ...delivery.headers,
        [header]: delivery.headers[header].replaceAll(/(..)/g, (pair) =>
          (pair[0] === '0' ? `${pair[1]}g` : pair)) } }),
    },
  ],
  stricter: [
    reasons.other_form(['json']),
    reasons.unreadable_body,
    {
      ...reasons.no_identity('id'),
      reasons: ['missing_identity', 'malformed_identity', 'malformed_event_type'],
    },
    reasons.compressed_body,
    reasons.large_body,
    reasons.odd_time(time_of),
    reasons.future_time(time_of),
    reasons.old_time(time_of),
    {
      name: 'hex in another spelling',
      why: 'The library reads pairs with `parseInt`: upper case and digits that are none pass.',
      reasons: ['malformed_signature'],
      holds: ({ headers }) => !/^[0-9a-f]{128}$/.test(headers[header] ?? ''),
    },
  ],
  laxer: [],
};
