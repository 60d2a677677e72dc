// Schemes for single features of the grammar, signed by Node's crypto: lists, plain hashes, times
// and named values. Their form is that of schemes.mjs.

import { createHash } from 'node:crypto';

import { any_body, json_body } from './bodies.mjs';
import { hmac, text_secret, whole } from './scheme_parts.mjs';

/** Times of signing as JavaScript writes them: `write(date, random)`. */
const timed = (name, unit, write) => ({
  ...whole,
  name: `custom-time-${name}`,
  lines: [],
  scheme: [
    `[sources.custom-time-${name}.scheme]`,
    'name = "Timed"',
    `[sources.custom-time-${name}.scheme.signature]`,
    'algorithm = "hmac-sha256"',
    'from = { header = "x-signature" }',
    'encoding = "base64url"',
    'content = "{timestamp}\\n{body}"',
    'key = "base64url"',
    `[sources.custom-time-${name}.scheme.timestamp]`,
    'from = { header = "x-timestamp" }',
    `unit = "${unit}"`,
    `[sources.custom-time-${name}.scheme.event]`,
    'identity = "body"',
  ],
  secret(random) {
    const key = random.bytes(33);
    return { setting: key.toString('base64url'), key };
  },
  body: any_body,
  encoding: 'base64url',
  header: 'x-signature',
  sign({ secret, body, signed_at, random }) {
    const time = write(new Date(signed_at * 1000), random);
    return {
      'x-timestamp': time,
      'x-signature': hmac('sha256', secret.key, `${time}\n`, body).toString('base64url'),
    };
  },
});

const times = [
  timed('http-date', 'http-date', (date) => date.toUTCString()),
  timed('iso', 'iso-utc', (date, random) =>
    random.pick([date.toISOString(), date.toISOString().slice(0, -1)])),
  timed('either', 'seconds|milliseconds', (date, random) =>
    String(random.pick([date.getTime(), date.getTime() / 1000]))),
];

/** Named values alone are signed, one of them only where it is sent. */
const named_values = {
  covers_body: false,
  is_signature: true,
  proof: 'partial',
  name: 'custom-values',
  lines: [],
  scheme: [
    '[sources.custom-values.scheme]',
    'name = "Values"',
    '[sources.custom-values.scheme.signature]',
    'algorithm = "hmac-sha512"',
    'from = { header = "x-signature" }',
    'encoding = "hex"',
    'content = "{query:door [a-z.]};{[}{header:x-device [a-z]};{]}'
      + '{number:/reading_n}|{truth:/is_open}"',
    '[sources.custom-values.scheme.event]',
    'identity = "content"',
  ],
  secret: text_secret,
  body: (random) => json_body(random,
    { reading_n: random.between(-1000, 1000) / 8, is_open: random.pick([true, false]) }),
  encoding: 'hex',
  header: 'x-signature',
  query: 'door=front%2edoor&a=1',
  sign({ secret, body, random }) {
    const { reading_n, is_open } = JSON.parse(body.toString());
    const device = random.pick([undefined, random.text(4, 'abcdef')]);
    const door = new URLSearchParams(named_values.query).get('door');
    const parts = [door, device, `${reading_n}|${is_open}`];
    const text = parts.filter((part) => part !== undefined).join(';');
    return {
      ...(device === undefined ? {} : { 'x-device': device }),
      'x-signature': hmac('sha512', secret.key, text).toString('hex'),
    };
  },
};

/** A plain hash of time, body and secret, in this order. */
const plain_hash = (hash) => ({
  ...whole,
  name: `custom-plain-${hash}`,
  proof: hash === 'sha1' ? 'weak' : 'signature',
  lines: [],
  scheme: [
    `[sources.custom-plain-${hash}.scheme]`,
    'name = "Plain"',
    `[sources.custom-plain-${hash}.scheme.signature]`,
    `algorithm = "${hash}"`,
    'from = { header = "x-signature" }',
    'encoding = "base64"',
    'content = "{timestamp}:{body}{secret}"',
    `[sources.custom-plain-${hash}.scheme.timestamp]`,
    'from = { header = "x-timestamp" }',
    'unit = "seconds"',
    `[sources.custom-plain-${hash}.scheme.event]`,
    'identity = "body"',
  ],
  secret: text_secret,
  body: any_body,
  encoding: 'base64',
  header: 'x-signature',
  sign: ({ secret, body, signed_at }) => ({
    'x-timestamp': String(signed_at),
    'x-signature': createHash(hash).update(`${signed_at}:`).update(body).update(secret.key)
      .digest('base64'),
  }),
});

/** Lists as senders write them: `from` and `time` in TOML, `write` what stands in the header. */
const list_form = (name, { from, time, write, encoding = 'hex' }) => ({
  ...whole,
  name: `custom-list-${name}`,
  lines: [],
  scheme: [
    `[sources.custom-list-${name}.scheme]`,
    'name = "List"',
    `[sources.custom-list-${name}.scheme.signature]`,
    'algorithm = "hmac-sha256"',
    `from = { header = "x-signature", ${from} }`,
    `encoding = "${encoding}"`,
    'content = "{timestamp}.{body}"',
    `[sources.custom-list-${name}.scheme.timestamp]`,
    `from = { header = "x-${time === undefined ? 'timestamp' : 'signature'}"`
      + `${time === undefined ? '' : `, ${time}`} }`,
    'unit = "seconds"',
    `[sources.custom-list-${name}.scheme.event]`,
    'identity = "body"',
  ],
  secret: text_secret,
  body: any_body,
  encoding: 'hex',
  header: 'x-signature',
  sign({ secret, body, signed_at, random }) {
    const good = hmac('sha256', secret.key, `${signed_at}.`, body).toString('hex');
    const other = random.bytes(32).toString('hex');
    const signatures = random.pick([[good], [good, other], [other, good]]);
    return {
      'x-timestamp': String(signed_at),
      'x-signature': write(signatures, signed_at, random),
    };
  },
});

const list_forms = [
  list_form('blanks', {
    from: 'item = "v1", blanks = true',
    time: 'item = "t", blanks = true',
    write: (signatures, time, random) =>
      [`t=${time}`, ...signatures.map((each) => `v1=${each}`)].join(random.pick([', ', ','])),
  }),
  list_form('places', {
    from: 'separator = ",", skip = 1',
    time: 'separator = ",", take = 1',
    write: (signatures, time) => [time, ...signatures].join(','),
  }),
  list_form('groups', {
    from: 'item = "v1", groups = " "',
    time: 'item = "t", groups = " "',
    write: (signatures, time) => signatures.map((each) => `t=${time},v1=${each}`).join(' '),
  }),
  list_form('any-key', {
    from: 'item = "*", separator = ",", pair = "/", prefix = "sha256/"',
    write: (signatures, time, random) =>
      signatures.map((each) => `${random.text(5)}/sha256/${each}`).join(','),
  }),
  list_form('any-case', {
    from: 'separator = ","',
    encoding: 'hex-any',
    write: (signatures) => signatures.map((each) => each.toUpperCase()).join(','),
  }),
];

export const grammar_schemes = [
  ...list_forms, ...['sha1', 'sha256', 'sha512'].map(plain_hash), ...times, named_values,
];
