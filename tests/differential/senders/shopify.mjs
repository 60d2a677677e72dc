import '@shopify/shopify-api/adapters/node';

import { createHmac } from 'node:crypto';

import { ApiVersion, LogSeverity, shopifyApi } from '@shopify/shopify-api';

import { any_body } from '../bodies.mjs';
import { lenient_text, with_header, without_header } from '../delivery.mjs';
import {
  base64_mutations, body_mutations, encoded_body_mutation, header_mutations, signed_body_mutations,
  signed_bytes_mutation,
} from '../mutations.mjs';
import * as reasons from '../reasons.mjs';

const header = 'x-shopify-hmac-sha256';
const newer_header = 'shopify-hmac-sha256';
const facts = {
  'x-shopify-topic': 'orders/create',
  'x-shopify-shop-domain': 'some.myshopify.com',
  'x-shopify-api-version': '2026-10',
  'x-shopify-webhook-id': 'b54557e4-bdd9-4b37-8a5f-bf7d70bcd043',
};

const libraries = new Map();

function library_for(secret) {
  if (!libraries.has(secret)) {
    libraries.set(secret, shopifyApi({
      apiKey: 'key',
      apiSecretKey: secret,
      apiVersion: Object.values(ApiVersion)[0],
      hostName: 'hooks.example.com',
      isEmbeddedApp: true,
      scopes: ['read_orders'],
      logger: { level: LogSeverity.Error, log: () => {} },
    }));
  }
  return libraries.get(secret);
}

function sign_bytes({ secret, body }) {
  const mac = createHmac('sha256', secret).update(body).digest('base64');
  return { headers: { ...facts, [header]: mac } };
}

export const shopify = {
  name: '@shopify/shopify-api',
  provider: 'shopify',
  policy_lines: ['allow_events = ["orders/create", "orders/paid"]'],
  secret: (random) => random.pick(['shpss_', '']) + random.text(32, '0123456789abcdef'),
  body: any_body,
  sign: sign_bytes,
  sign_bytes,
  async accepts({ headers, body }, secrets) {
    for (const secret of secrets) {
      const { valid, reason } = await library_for(secret).webhooks.validate({
        rawBody: lenient_text(body),
        rawRequest: { method: 'POST', url: '/hooks/shopify', headers },
        rawResponse: {},
      });
      // The signature was right; the headers that are missing then are none that it covers.
      if (valid || reason === 'missing_headers') {
        return true;
      }
    }
    return false;
  },
  mutations: [
    ...body_mutations,
    ...header_mutations(header),
    ...base64_mutations(header),
    ...signed_body_mutations,
    signed_bytes_mutation,
    encoded_body_mutation,
    {
      name: 'another topic',
      apply: (delivery, { random }) => with_header(
        delivery, 'x-shopify-topic', random.pick(['orders/paid', 'orders/updated', ''])),
    },
    {
      name: 'the signature under its newer name',
      apply: (delivery) => with_header(
        without_header(delivery, header), newer_header, delivery.headers[header]),
    },
    {
      name: 'another signature under the newer name',
      apply: (delivery) => with_header(delivery, newer_header, 'AAAA'),
    },
  ],
  stricter: [
    reasons.repaired_text,
    reasons.other_form(['json'], { whole: true }),
    reasons.compressed_body,
    reasons.large_body,
    {
      name: 'a topic that the policy does not name',
      why: 'The topic is not signed, so that only topics written in the policy pass.',
      reasons: ['event_not_allowed', 'malformed_event_type'],
      holds: ({ headers }) =>
        !['orders/create', 'orders/paid'].includes(headers['x-shopify-topic']),
    },
    {
      name: 'the signature under its newer name',
      why: 'The library also knows another set of headers; the catalogue has the documented one.',
      reasons: ['missing_signature'],
      holds: ({ headers }) => headers[header] === undefined && headers[newer_header] !== undefined,
    },
  ],
  laxer: [reasons.text_only, reasons.empty_body, {
    name: 'a signature under the newer name beside the right one',
    why: 'The library then looks at the newer name only; the one that we look at is right.',
    holds: ({ headers }) => headers[newer_header] !== undefined,
  }],
};
