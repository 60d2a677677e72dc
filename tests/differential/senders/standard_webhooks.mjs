// Standard Webhooks and Svix: one format under two sets of headers, and one library inside another.

import { createHmac } from 'node:crypto';

import { Webhook as StandardWebhook } from 'standardwebhooks';
import { Webhook as SvixWebhook } from 'svix';

import { any_body } from '../bodies.mjs';
import { at_moment } from '../clock.mjs';
import { with_header } from '../delivery.mjs';
import {
  base64_mutations, body_mutations, clock_mutations, encoded_body_mutation, header_mutations,
  list_mutations, odd_spelling, signed_body_mutations, signed_bytes_mutation,
} from '../mutations.mjs';
import * as reasons from '../reasons.mjs';

const signature_item = /^[^,\s]+,[!-~]*$/;
const good_item = /^v1,[A-Za-z0-9+/]{43}=$/;
const is_item = (item) => signature_item.test(item) &&
  (!item.startsWith('v1,') || good_item.test(item));

const new_id = (random) => `msg_${random.text(random.between(1, 27))}`;

function key_of(secret) {
  return Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
}

/** A sender whose headers begin with `prefix`, verified by the library's class `Webhook`. */
function make_sender({ name, provider, prefix, Webhook, more_stricter, more_mutations }) {
  const id_header = `${prefix}-id`;
  const time_header = `${prefix}-timestamp`;
  const header = `${prefix}-signature`;
  const headers_of = (id, time, signature) =>
    ({ [id_header]: id, [time_header]: String(time), [header]: signature });
  const time_of = ({ headers }) => headers[time_header];
  const values = ({ headers }) => (headers[header] ?? '').split(' ')
    .filter((item) => item.startsWith('v1,'));

  function sign({ secret, body, signed_at, random }) {
    const id = new_id(random);
    const signature = new Webhook(secret).sign(id, new Date(signed_at * 1000), body.toString());
    return { headers: headers_of(id, signed_at, signature) };
  }

  function sign_bytes({ secret, body, signed_at, random }) {
    const id = new_id(random);
    const mac = createHmac('sha256', key_of(secret)).update(`${id}.${signed_at}.`).update(body);
    return { headers: headers_of(id, signed_at, `v1,${mac.digest('base64')}`) };
  }

  return {
    name,
    provider,
    // The libraries take a secret without its prefix too; the gate would not know its kind.
    secret: (random) => `whsec_${
      random.bytes(random.between(24, provider === 'svix' ? 75 : 64)).toString('base64')}`,
    body: any_body,
    sign,
    sign_bytes,
    accepts({ headers, body, now_ms }, secrets) {
      return secrets.some((secret) => at_moment(now_ms, () => {
        try {
          new Webhook(secret).verify(body, headers, { jsonParse: false });
          return true;
        } catch (failure) {
          // One of the two parses the body when its signature holds; the rest is not our question.
          return failure instanceof SyntaxError;
        }
      }));
    },
    mutations: [
      ...body_mutations,
      ...header_mutations(header),
      ...base64_mutations(header),
      ...header_mutations(id_header),
      ...header_mutations(time_header),
      ...list_mutations(header, ' ', (random) => random.pick([
        `v1,${random.bytes(32).toString('base64')}`, `v1a,${random.bytes(64).toString('base64')}`,
        'v2,x', 'v3,'])),
      ...clock_mutations,
      ...signed_body_mutations,
      signed_bytes_mutation,
      encoded_body_mutation,
      {
        name: 'a time in another spelling',
        apply(delivery, { random, secret, signed_at }) {
          const text = odd_spelling(random, signed_at);
          const id = delivery.headers[id_header];
          const mac = createHmac('sha256', key_of(secret))
            .update(`${id}.${Number.parseInt(text, 10)}.`).update(delivery.body).digest('base64');
          return { ...delivery, headers: headers_of(id, text, `v1,${mac}`) };
        },
      },
      {
        name: 'an id that is none',
        apply(delivery, { random, secret, signed_at }) {
          const id = random.pick(['a.b', 'a b', `msg_${'x'.repeat(253)}`, 'a:b', '{}', 'a,b', '"']);
          const at = new Date(signed_at * 1000);
          const signature = new Webhook(secret).sign(id, at, delivery.body.toString());
          return { ...delivery, headers: headers_of(id, signed_at, signature) };
        },
      },
      {
        name: 'the boundary of id and body moved',
        apply(delivery, { secret, signed_at }) {
          const at = new Date(signed_at * 1000);
          const signature = new Webhook(secret).sign('m', at, `${signed_at}.{}`);
          return { ...delivery, body: Buffer.from('{}'),
            headers: headers_of(`m.${signed_at}`, signed_at, signature) };
        },
      },
      ...more_mutations(headers_of),
    ],
    stricter: [
      reasons.repaired_text,
      reasons.compressed_body,
      reasons.large_body,
      reasons.odd_time(time_of),
      reasons.many_items(values),
      reasons.long_header,
      reasons.malformed_item(header, ' ', is_item),
      reasons.maybe_joined(header),
      {
        name: 'an id with other characters',
        why: 'What stands before a dot in signed text must not hold one; and ids have a limit.',
        reasons: ['malformed_id', 'headers_too_large'],
        holds: ({ headers }) => !/^[!-\-/-~]{1,256}$/.test(headers[id_header] ?? ''),
      },
      ...more_stricter,
    ],
    laxer: [reasons.text_only],
  };
}

export const standard_webhooks = make_sender({
  name: 'standardwebhooks',
  provider: 'standard-webhooks',
  prefix: 'webhook',
  Webhook: StandardWebhook,
  more_mutations: () => [],
  more_stricter: [],
});

export const svix = make_sender({
  name: 'svix',
  provider: 'svix',
  prefix: 'svix',
  Webhook: SvixWebhook,
  more_mutations: () => [
    {
      name: 'the headers of the standard',
      apply: (delivery) => ({ ...delivery, headers: Object.fromEntries(
        Object.entries(delivery.headers).map(([key, value]) =>
          [key.replace(/^svix-/, 'webhook-'), value])) }),
    },
    {
      name: 'one header of the standard beside',
      apply: (delivery, { random }) => with_header(
        delivery, random.pick(['webhook-id', 'webhook-signature', 'webhook-timestamp']), 'x'),
    },
  ],
  more_stricter: [{
    name: 'the headers of the standard',
    why: 'The library also reads `webhook-*` headers; those are a source of their own here.',
    reasons: ['missing_signature', 'missing_timestamp', 'missing_id'],
    holds: ({ headers }) => ['id', 'timestamp', 'signature'].some((name) =>
      headers[`svix-${name}`] === undefined && headers[`webhook-${name}`] !== undefined),
  }],
});
