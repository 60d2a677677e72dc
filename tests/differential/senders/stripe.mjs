import { createHmac } from 'node:crypto';

import Stripe from 'stripe';

import { json_body } from '../bodies.mjs';
import {
  body_mutations, clock_mutations, encoded_body_mutation, header_mutations, hex_mutations,
  list_mutations, odd_spelling, signed_body_mutations, signed_bytes_mutation,
} from '../mutations.mjs';
import * as reasons from '../reasons.mjs';

const header = 'stripe-signature';
const { webhooks } = new Stripe('sk_test_differential');

const items_of = ({ headers }) => (headers[header] ?? '').split(',');
const values_of = (key) => (delivery) => items_of(delivery)
  .filter((item) => item.startsWith(`${key}=`)).map((item) => item.slice(key.length + 1));
const time_of = (delivery) => {
  const times = values_of('t')(delivery);
  return times.length === 1 ? times[0] : null;
};
const is_item = (item) => /^[^=\s]+=[\t -~]*$/.test(item) &&
  (!item.startsWith('v1=') || /^v1=[0-9a-f]{64}$/.test(item));

function sign({ secret, body, signed_at }) {
  const payload = body.toString();
  const value = webhooks.generateTestHeaderString({ payload, secret, timestamp: signed_at });
  return { headers: { [header]: value } };
}

function sign_bytes({ secret, body, signed_at }) {
  const mac = createHmac('sha256', secret).update(`${signed_at}.`).update(body).digest('hex');
  return { headers: { [header]: `t=${signed_at},v1=${mac}` } };
}

export const stripe = {
  name: 'stripe',
  provider: 'stripe',
  secret: (random) => `whsec_${random.text(32)}`,
  body: (random) => json_body(random, { id: `evt_${random.text(24)}`, type: 'charge.failed' }),
  sign,
  sign_bytes,
  accepts({ headers, body, now_ms }, secrets) {
    return secrets.some((secret) => {
      try {
        return webhooks.signature.verifyHeader(
          body, headers[header], secret, webhooks.DEFAULT_TOLERANCE, undefined, now_ms);
      } catch {
        return false;
      }
    });
  },
  mutations: [
    ...body_mutations,
    ...header_mutations(header),
    ...hex_mutations(header),
    ...list_mutations(header, ',', (random) => random.pick([
      `v1=${random.text(64, '0123456789abcdef')}`, `v0=${random.text(64, '0123456789abcdef')}`,
      'v2=x', 'k='])),
    ...clock_mutations,
    ...signed_body_mutations,
    signed_bytes_mutation,
    encoded_body_mutation,
    {
      name: 'a time in another spelling',
      apply(delivery, { random, secret, signed_at }) {
        const text = odd_spelling(random, signed_at);
        const mac = createHmac('sha256', secret).update(`${Number.parseInt(text, 10)}.`)
          .update(delivery.body).digest('hex');
        return { ...delivery, headers: { [header]: `t=${text},v1=${mac}` } };
      },
    },
    {
      name: 'two times',
      apply(delivery, { random, signed_at }) {
        const other = `t=${signed_at + random.pick([0, 1, -1, -9999])}`;
        const value = delivery.headers[header];
        return { ...delivery, headers: {
          [header]: random.chance(0.5) ? `${other},${value}` : `${value},${other}` } };
      },
    },
    {
      name: 'the signature of a test',
      apply: (delivery) => ({ ...delivery, headers: {
        [header]: delivery.headers[header].replace('v1=', 'v0=') } }),
    },
  ],
  stricter: [
    reasons.repaired_text,
    reasons.other_form(['json']),
    reasons.dropped_mark,
    reasons.unreadable_body,
    reasons.no_identity('id'),
    reasons.compressed_body,
    reasons.large_body,
    reasons.odd_time(time_of),
    reasons.future_time(time_of),
    reasons.many_items(values_of('v1')),
    reasons.long_header,
    reasons.malformed_item(header, ',', is_item),
  ],
  laxer: [reasons.text_only, reasons.signed_mark],
};
