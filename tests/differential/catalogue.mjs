// Every provider of the catalogue as a signer, from the vendors' manuals and with Node's crypto:
// genuine deliveries of any content, for properties that must hold of all of them.

import {
  createHash, createHmac, createPrivateKey, generateKeyPairSync, sign as sign_with,
} from 'node:crypto';
import { crc32 } from 'node:zlib';

import { make_certificate } from './certificate.mjs';
import { compile_policy, make_gate } from './node_host.mjs';

export const now_seconds = 1_800_000_000;

const hmac = (hash, key, ...parts) => {
  const mac = createHmac(hash, key);
  parts.forEach((part) => mac.update(part));
  return mac;
};

const shared = 'a-shared-secret-of-a-hook-0123456789';
const raw_key = Buffer.from('fixture-key-of-thirty-two-bytes!');
const whsec = `whsec_${raw_key.toString('base64')}`;
const twilio_url = 'https://hooks.example.com/twilio';
const webhook_id = '0EH40505U7160970P';

const discord_seed = Buffer.from('302e020100300506032b657004220420' + '17'.repeat(32), 'hex');
const discord_key = createPrivateKey({ key: discord_seed, format: 'der', type: 'pkcs8' });
const discord_public = discord_key.export({ format: 'jwk' }).x;

const paypal_keys = generateKeyPairSync('rsa', { modulusLength: 2048 });
const paypal_certificate = make_certificate({
  name: 'messageverificationcerts.paypal.com', public_key: paypal_keys.publicKey,
  private_key: paypal_keys.privateKey, from_seconds: now_seconds - 1000,
  until_seconds: now_seconds + 1000,
});

/** The three headers of Standard Webhooks under names that begin with `prefix`. */
const standard = (prefix) => ({ body, id }) => ({
  [`${prefix}id`]: id,
  [`${prefix}timestamp`]: `${now_seconds}`,
  [`${prefix}signature`]:
    `v1,${hmac('sha256', raw_key, `${id}.${now_seconds}.`, body).digest('base64')}`,
});

function twilio_form(body) {
  const pairs = [...new URLSearchParams(body.toString('latin1'))]
    .map(([name, value]) => [Buffer.from(name), Buffer.from(value)]);
  pairs.sort((a, b) => Buffer.compare(a[0], b[0]) || Buffer.compare(a[1], b[1]));
  const texts = pairs.map((pair) => Buffer.concat(pair));
  return Buffer.concat(texts.filter((text, at) => at === 0 || !text.equals(texts[at - 1])));
}

/**
 * By provider: `secret`, `sends` in the grammar's words or null for any, `headers` of a signed
 * delivery, and where it has one the `query` of it. `type` gives the headers of an event name where
 * that stands in a header.
 */
export const catalogue = {
  github: {
    secret: shared, sends: ['json', 'form'],
    type: (text) => ({ 'x-github-event': text }),
    headers: ({ body }) => ({
      'x-hub-signature-256': `sha256=${hmac('sha256', shared, body).digest('hex')}`,
    }),
  },
  shopify: {
    secret: shared, sends: ['json'], whole: true,
    type: (text) => ({ 'x-shopify-topic': text }),
    headers: ({ body }) => ({
      'x-shopify-hmac-sha256': hmac('sha256', shared, body).digest('base64'),
    }),
  },
  woocommerce: {
    secret: shared, sends: ['json'],
    type: (text) => ({ 'x-wc-webhook-topic': text }),
    headers: ({ body }) => ({
      'x-wc-webhook-signature': hmac('sha256', shared, body).digest('base64'),
    }),
  },
  pagerduty: {
    secret: shared, sends: ['json'],
    headers: ({ body }) => ({
      'x-pagerduty-signature': `v1=${hmac('sha256', shared, body).digest('hex')}`,
    }),
  },
  stripe: {
    secret: shared, sends: ['json'],
    headers: ({ body }) => ({
      'stripe-signature': `t=${now_seconds},v1=` +
        hmac('sha256', shared, `${now_seconds}.`, body).digest('hex'),
    }),
  },
  slack: {
    secret: shared, sends: ['json', 'form'],
    headers: ({ body }) => ({
      'x-slack-request-timestamp': `${now_seconds}`,
      'x-slack-signature':
        `v0=${hmac('sha256', shared, `v0:${now_seconds}:`, body).digest('hex')}`,
    }),
  },
  'standard-webhooks': { secret: whsec, sends: null, headers: standard('webhook-') },
  svix: { secret: whsec, sends: null, headers: standard('svix-') },
  gitlab: { secret: whsec, sends: ['json'], headers: standard('webhook-') },
  'gitlab-token': {
    secret: shared, sends: ['json'], headers: () => ({ 'x-gitlab-token': shared }),
  },
  datadog: {
    secret: `user:${shared}`, sends: ['json', 'form'],
    headers: () => ({
      authorization: `Basic ${Buffer.from(`user:${shared}`).toString('base64')}`,
    }),
  },
  'datadog-token': {
    secret: shared, sends: ['json', 'form'], headers: () => ({ 'x-datadog-token': shared }),
  },
  discord: {
    secret: Buffer.from(discord_public, 'base64url').toString('hex'), sends: ['json'],
    headers: ({ body }) => ({
      'x-signature-timestamp': `${now_seconds}`,
      'x-signature-ed25519': sign_with(
        null, Buffer.concat([Buffer.from(`${now_seconds}`), body]), discord_key).toString('hex'),
    }),
  },
  paypal: {
    secret: webhook_id, sends: ['json'],
    headers: ({ body, id }) => {
      const time = new Date(now_seconds * 1000).toISOString();
      const text = `${id}|${time}|${webhook_id}|${crc32(body)}`;
      return {
        'paypal-cert-url': 'https://api.paypal.com/v1/notifications/certs/CERT-1',
        'paypal-transmission-id': id,
        'paypal-transmission-time': time,
        'paypal-transmission-sig':
          sign_with('sha256', Buffer.from(text), paypal_keys.privateKey).toString('base64'),
      };
    },
  },
  twilio: {
    secret: shared, sends: ['form', 'json', 'empty'], lines: [`url = "${twilio_url}"`],
    query: ({ body, form }) => (form === 'json'
      ? `bodySHA256=${createHash('sha256').update(body).digest('hex')}` : ''),
    headers: ({ body, form, query }) => ({
      'x-twilio-signature': hmac('sha1', shared, twilio_url, query === '' ? '' : `?${query}`,
        form === 'form' ? twilio_form(body) : '').digest('base64'),
    }),
  },
};

const setting_of = (slug) => slug.toUpperCase().replaceAll('-', '_');

/** A gate of the providers `slugs`. Without `routes` it forwards whatever event of theirs. */
export function make_catalogue_gate({
  slugs = Object.keys(catalogue), routes = '[[sources.NAME.routes]]\nto = ORIGIN\n',
} = {}) {
  const tables = slugs.map((slug) => [slug, catalogue[slug]]).map(([slug, { lines = [] }]) => [
    `[sources.${slug}]`,
    `path = "/${slug}"`,
    `provider = "${slug}"`,
    `secrets = ["env:${setting_of(slug)}"]`,
    'on_ledger_down = "open"',
    ...lines,
    routes.replaceAll('NAME', slug)
      .replaceAll('ORIGIN', '"https://origin.example.com/"\ndeliver = "proxy"'),
  ].join('\n'));
  const text = ['version = 1', '[gate]', 'max_body = "2MiB"', ...tables].join('\n');
  const settings = Object.fromEntries(
    Object.entries(catalogue).map(([slug, { secret }]) => [setting_of(slug), secret]));
  return make_gate(compile_policy(text), settings, async () => Buffer.from(paypal_certificate));
}

/** A genuine delivery: `content` is `{ body, form, id, type, headers }`. */
export function genuine(slug, { body, form = 'json', id = 'evt-1', type, headers = {} }) {
  const provider = catalogue[slug];
  const query = provider.query?.({ body, form }) ?? '';
  return {
    method: 'POST', query, body, now_ms: now_seconds * 1000,
    headers: {
      ...headers,
      ...(type === undefined ? {} : provider.type?.(type)),
      ...provider.headers({ body, form, id, query }),
    },
  };
}
