// Senders without a library of their own, signed by Node's crypto as their manuals say.
//
// Each scheme: `lines` and `scheme` of its source in the policy; `secret`, what the gate is given
// and the key that signs for it; `sign({ secret, body, signed_at, random })`, the headers that are
// sent; where the signature stands and in which encoding; and what the proof covers.

import { createHash, generateKeyPairSync, sign as sign_with } from 'node:crypto';

import { any_body, json_body } from './bodies.mjs';
import { grammar_schemes } from './grammar_schemes.mjs';
import { hmac, text_secret, whole } from './scheme_parts.mjs';

const base64_secret = (random) => {
  const key = random.bytes(32);
  return { setting: `whsec_${key.toString('base64')}`, key };
};

/** `kind` and `options` as `generateKeyPairSync` has them; keys are new with every run. */
const key_pair = (kind, options, setting_of) => () => {
  const { publicKey, privateKey } = generateKeyPairSync(kind, options);
  return { setting: setting_of(publicKey), key: privateKey };
};
const pem = (key) => key.export({ format: 'pem', type: 'spki' });
const spki = (key) => key.export({ format: 'der', type: 'spki' }).toString('base64');
const raw_of_curve = (key) => Buffer.from(key.export({ format: 'jwk' }).x, 'base64url');

const token = { covers_body: false, is_signature: false };

const standard_headers = (random, signed_at, prefix) => {
  const id = `msg_${random.text(20)}`;
  const named = (signature) => ({
    [`${prefix}-id`]: id, [`${prefix}-timestamp`]: String(signed_at),
    [`${prefix}-signature`]: signature,
  });
  return { head: `${id}.${signed_at}.`, named };
};

const pagerduty = {
  ...whole,
  name: 'pagerduty',
  lines: ['provider = "pagerduty"'],
  secret: text_secret,
  body: (random) => json_body(random,
    { event: { id: random.text(20), event_type: 'incident.triggered' } }),
  encoding: 'hex',
  header: 'x-pagerduty-signature',
  sign({ secret, body, random }) {
    const good = `v1=${hmac('sha256', secret.key, body).toString('hex')}`;
    const other = `v1=${random.bytes(32).toString('hex')}`;
    return { 'x-pagerduty-signature': random.pick([good, `${other},${good}`, `${good},${other}`]) };
  },
};

const plain_object = (random) => json_body(random, {});

const woocommerce = {
  ...whole,
  name: 'woocommerce',
  lines: [
    'provider = "woocommerce"', 'allow_events = ["order.created"]', 'on_ledger_down = "open"',
  ],
  secret: text_secret,
  body: plain_object,
  header: 'x-wc-webhook-signature',
  sign: ({ secret, body }) => ({
    'x-wc-webhook-topic': 'order.created',
    'x-wc-webhook-signature': hmac('sha256', secret.key, body).toString('base64'),
  }),
};

const gitlab = {
  ...whole,
  name: 'gitlab',
  lines: ['provider = "gitlab"'],
  secret: base64_secret,
  body: (random) => json_body(random, { object_kind: 'push' }),
  header: 'webhook-signature',
  sign({ secret, body, signed_at, random }) {
    const { head, named } = standard_headers(random, signed_at, 'webhook');
    return named(`v1,${hmac('sha256', secret.key, head, body).toString('base64')}`);
  },
};

const gitlab_token = {
  ...token,
  name: 'gitlab-token',
  lines: ['provider = "gitlab-token"'],
  secret: text_secret,
  body: (random) => json_body(random, { object_kind: 'push' }),
  header: 'x-gitlab-token',
  sign: ({ secret }) => ({ 'x-gitlab-token': secret.setting }),
};

const datadog = {
  ...token,
  name: 'datadog',
  lines: ['provider = "datadog"'],
  secret: (random) => ({ setting: `user-${random.text(4)}:${random.text(24)}` }),
  body: plain_object,
  header: 'authorization',
  sign: ({ secret }) =>
    ({ authorization: `Basic ${Buffer.from(secret.setting).toString('base64')}` }),
};

const datadog_token = {
  ...token,
  name: 'datadog-token',
  lines: ['provider = "datadog-token"'],
  secret: text_secret,
  body: plain_object,
  header: 'x-datadog-token',
  sign: ({ secret }) => ({ 'x-datadog-token': secret.setting }),
};

/** The half of Standard Webhooks that no library for Node has: public keys. */
const asymmetric = (provider, prefix) => ({
  ...whole,
  name: `${provider}-v1a`,
  lines: [`provider = "${provider}"`],
  secret: key_pair('ed25519', {}, (key) => `whpk_${raw_of_curve(key).toString('base64')}`),
  body: (random) => json_body(random, { type: 'user.created' }),
  header: `${prefix}-signature`,
  sign({ secret, body, signed_at, random }) {
    const { head, named } = standard_headers(random, signed_at, prefix);
    const signature = sign_with(null, Buffer.concat([Buffer.from(head), body]), secret.key);
    return named(`v1a,${signature.toString('base64')}`);
  },
});

/** A scheme written in the policy itself: time and body signed, the result in one header. */
function custom({ algorithm, encoding, key, secret, result }) {
  const name = `custom-${algorithm}-${encoding}-${key}`;
  return {
    ...whole,
    name,
    lines: [],
    scheme: [
      `[sources.${name}.scheme]`,
      'name = "Device"',
      `[sources.${name}.scheme.signature]`,
      `algorithm = "${algorithm}"`,
      'from = { header = "x-signature", prefix = "sig:" }',
      `encoding = "${encoding}"`,
      'content = "{timestamp}|{body}"',
      `key = "${key}"`,
      `[sources.${name}.scheme.timestamp]`,
      'from = { header = "x-timestamp" }',
      'unit = "seconds"',
      'max_age = "5m"',
      'max_future = "5m"',
      `[sources.${name}.scheme.event]`,
      'identity = "body"',
    ],
    secret,
    body: any_body,
    encoding,
    header: 'x-signature',
    sign({ secret: { key: signing_key }, body, signed_at }) {
      const message = Buffer.concat([Buffer.from(`${signed_at}|`), body]);
      const signature = result(signing_key, message).toString(encoding);
      return { 'x-timestamp': String(signed_at), 'x-signature': `sig:${signature}` };
    },
  };
}

const hmac_schemes = ['sha1', 'sha224', 'sha256', 'sha384', 'sha512'].flatMap((hash) =>
  ['hex', 'base64', 'base64url'].map((encoding) => custom({
    algorithm: `hmac-${hash}`,
    encoding,
    key: 'utf8',
    secret: text_secret,
    result: (key, message) => hmac(hash, key, message),
  })));

const curve = { namedCurve: 'P-256' };
const modulus = { modulusLength: 2048 };
const asymmetric_schemes = [
  ['ed25519', 'hex', 'hex',
    key_pair('ed25519', {}, (key) => raw_of_curve(key).toString('hex')), null],
  ['ed25519', 'base64', 'pem', key_pair('ed25519', {}, pem), null],
  ['ecdsa-p256-sha256', 'base64', 'pem', key_pair('ec', curve, pem), 'sha256'],
  ['ecdsa-p256-sha256', 'hex', 'spki', key_pair('ec', curve, spki), 'sha256'],
  ['rsa-sha1', 'base64', 'pem', key_pair('rsa', modulus, pem), 'sha1'],
  ['rsa-sha256', 'base64', 'spki', key_pair('rsa', modulus, spki), 'sha256'],
].map(([algorithm, encoding, key, secret, hash]) => custom({
  algorithm, encoding, key, secret,
  result: (signing_key, message) => sign_with(hash, message, signing_key),
}));

/** Everything of a delivery but its body by itself, whose digest stands for it. */
const request_parts = {
  ...whole,
  name: 'custom-request-parts',
  lines: [],
  scheme: [
    '[sources.custom-request-parts.scheme]',
    'name = "Request"',
    '[sources.custom-request-parts.scheme.signature]',
    'algorithm = "hmac-sha512"',
    'from = { header = "x-signature" }',
    'encoding = "base64url"',
    'content = "{method}\\n{path}\\n{query}\\n{header:x-device}\\n{timestamp}\\n{sha256:body}"',
    'key = "hex"',
    '[sources.custom-request-parts.scheme.timestamp]',
    'from = { header = "x-timestamp" }',
    'unit = "milliseconds"',
    'max_age = "5m"',
    'max_future = "5m"',
    '[sources.custom-request-parts.scheme.event]',
    'identity = "content"',
  ],
  secret(random) {
    const key = random.bytes(40);
    return { setting: key.toString('hex'), key };
  },
  body: any_body,
  encoding: 'base64url',
  header: 'x-signature',
  query: 'a=1&b=%2f',
  sign({ secret, body, signed_at, random }) {
    const device = `door ${random.text(5)}`;
    const time = `${signed_at}${random.text(3, '0123456789')}`;
    const digest = createHash('sha256').update(body).digest('hex');
    const message = ['POST', '/custom-request-parts', 'a=1&b=%2f', device, time, digest].join('\n');
    return { 'x-device': device, 'x-timestamp': time,
      'x-signature': hmac('sha512', secret.key, message).toString('base64url') };
  },
};

export const schemes = [
  pagerduty, woocommerce, gitlab, gitlab_token, datadog, datadog_token,
  asymmetric('standard-webhooks', 'webhook'), asymmetric('svix', 'svix'),
  ...hmac_schemes, ...asymmetric_schemes, ...grammar_schemes, request_parts,
];
