// Ways to change a delivery. Each is `{ name, apply(delivery, context) }` and gives the changed
// delivery, or null where it does not apply. `context` is `{ random, secret, signed_at, sender }`.

import { with_body, with_header, without_header } from './delivery.mjs';

const replacement = Buffer.from('\ufffd');
const byte_order_mark = Buffer.from([0xef, 0xbb, 0xbf]);

function changed_at(bytes, at, removed, inserted) {
  return Buffer.concat([bytes.subarray(0, at), inserted, bytes.subarray(at + removed)]);
}

const change_body = (name, change) => ({
  name,
  apply(delivery, context) {
    const body = change(delivery.body, context.random);
    return body === null || body.equals(delivery.body) ? null : with_body(delivery, body);
  },
});

/** Of the bytes of a body whose signature stays. */
export const body_mutations = [
  change_body('one bit of the body', (body, random) => {
    if (body.byteLength === 0) {
      return null;
    }
    const copy = Buffer.from(body);
    copy[random.between(0, body.byteLength - 1)] ^= 1 << random.between(0, 7);
    return copy;
  }),
  change_body('one byte more in the body', (body, random) =>
    changed_at(body, random.between(0, body.byteLength), 0, random.bytes(1))),
  change_body('one byte less in the body', (body, random) => (body.byteLength === 0
    ? null
    : changed_at(body, random.between(0, body.byteLength - 1), 1, Buffer.alloc(0)))),
  change_body('a line end behind the body', (body, random) =>
    Buffer.concat([body, Buffer.from(random.pick(['\n', '\r\n', ' ', '\0']))])),
  change_body('a byte order mark before the body', (body) =>
    Buffer.concat([byte_order_mark, body])),
  change_body('half of the body', (body) => body.subarray(0, body.byteLength >> 1)),
  change_body('no body', () => Buffer.alloc(0)),
  change_body('the body twice', (body) =>
    (body.byteLength > 1 << 18 ? null : Buffer.concat([body, body]))),
  change_body('a body written anew', (body) => {
    try {
      return Buffer.from(JSON.stringify(JSON.parse(body)));
    } catch {
      return null;
    }
  }),
];

const change_header = (header, name, change) => ({
  name: `${name} (${header})`,
  apply(delivery, context) {
    const value = delivery.headers[header];
    const changed = value === undefined ? null : change(value, context.random, context);
    return changed === null || changed === value ? null : with_header(delivery, header, changed);
  },
});

function flip_case(text) {
  return text === text.toUpperCase() ? text.toLowerCase() : text.toUpperCase();
}

/** Of the text of a header, whatever it holds. */
export function header_mutations(header) {
  const of = (name, change) => change_header(header, name, change);
  return [
    {
      name: `no header (${header})`,
      apply: (delivery) => without_header(delivery, header),
    },
    of('an empty header', () => ''),
    of('one character of a header', (value, random) => {
      const at = random.between(0, value.length - 1);
      return value.slice(0, at) + random.text(1, '0aAfFgZz=,+/-_. \t:;%"') + value.slice(at + 1);
    }),
    of('a character more in a header', (value, random) => {
      const at = random.between(0, value.length);
      return value.slice(0, at) + random.text(1, '0aAfF=,+/-_. \t:;%"\u00e9') + value.slice(at);
    }),
    of('a character less in a header', (value, random) => {
      const at = random.between(0, value.length - 1);
      return value.slice(0, at) + value.slice(at + 1);
    }),
    of('a shorter header', (value, random) => value.slice(0, random.between(0, value.length))),
    of('a header twice', (value) => `${value}, ${value}`),
    of('a header before another', (value, random) => `${value},${random.text(3)}`),
    of('junk behind a header', (value, random) =>
      value + random.pick(['=', '==', '=junk', ',', ',junk', ';', ' ', '0', '00', '\u00ff'])),
    of('junk before a header', (value, random) =>
      random.pick(['=', ',', 'v1=', '0x', '+']) + value),
    of('a very long header', (value) => value + 'x'.repeat(5000)),
  ];
}

/** Of a signature in hex. */
export function hex_mutations(header) {
  const of = (name, change) => change_header(header, name, change);
  return [
    of('a header in other case', (value) => flip_case(value)),
    of('a signature in other case', (value) => value.replace(/[0-9a-f]{40,}/g, flip_case)),
  ];
}

/** Of a signature in base64. */
export function base64_mutations(header) {
  const of = (name, change) => change_header(header, name, change);
  return [
    of('base64 in the other alphabet', (value) => value.replaceAll('+', '-').replaceAll('/', '_')),
    of('base64 without padding', (value) => value.replace(/=+$/, '')),
    of('base64 with other bits at its end', (value) => value.replace(/([A-Za-z0-9+/])(=+)$/,
      (_, last, padding) => String.fromCharCode(last.charCodeAt(0) + 1) + padding)),
  ];
}

/** Of a header that is a list of items, the good one among them. */
export function list_mutations(header, separator, item_of) {
  const of = (name, change) => change_header(header, name, change);
  const others = (random, count) => Array.from({ length: count }, () => item_of(random));
  return [
    of('other items before and behind', (value, random) => [
      ...others(random, random.between(0, 4)), value, ...others(random, random.between(0, 4)),
    ].join(separator)),
    of('as many items as can be', (value, random) =>
      [...others(random, random.between(13, 18)), value].join(separator)),
    of('a very long item', (value, random) =>
      value + separator + item_of(random) + 'x'.repeat(random.between(1900, 6000))),
    of('the same items again', (value, random) =>
      Array.from({ length: random.pick([2, 16, 17, 20]) }, () => value).join(separator)),
    of('items in another order', (value, random) =>
      [value, item_of(random)].join(separator).split(separator).reverse().join(separator)),
    of('an item that is none', (value, random) => [value, random.pick([
      '', 'junk', 'v1', 'v1=', 'v1,', '=x', ',x', 'v1=zz', 'v1,zz', 'v2=00', 'v2,00',
    ])].join(separator)),
    of('junk behind each item', (value, random) => {
      const junk = random.pick(['=junk', ',junk', '=', ' ']);
      return value.split(separator).map((item) => item + junk).join(separator);
    }),
  ];
}

/**
 * Of the clock: near both ends of five minutes, and far beyond them. What is signed stays.
 */
export const clock_mutations = [
  {
    name: 'another moment',
    apply(delivery, { random, signed_at }) {
      const away = random.pick([298, 299, 300, 301, 302, 3600, 315_360_000]);
      const seconds = signed_at + (random.chance(0.5) ? away : -away);
      return { ...delivery, now_ms: Math.max(0, seconds * 1000 + random.between(0, 999)) };
    },
  },
];

/**
 * Spellings of a time that are not the plain one. They are put where the signed time is, so that
 * libraries that read a number out of them find the same number.
 */
export function odd_spelling(random, seconds) {
  return random.pick([
    `${seconds}abc`, `+${seconds}`, `0${seconds}`, `${seconds}.0`, `${seconds}.9`, `${seconds}e0`,
    `0x${seconds.toString(16)}`, `${seconds} `, `${seconds} 1`, `${seconds}000`, `-${seconds}`,
    'NaN', 'Infinity', '', `${seconds}\u00b2`, `1${'0'.repeat(20)}`, `${seconds / 1e9}e9`, '0',
    `${seconds};`,
  ]);
}

/** The body with a U+FFFD in it; an object stays one. */
function with_replacement(body) {
  if (body.includes(replacement)) {
    return body;
  }
  return body[0] === 0x7b && body.byteLength > 2
    ? changed_at(body, 1, 0, Buffer.from('"kfd":"\ufffd",'))
    : Buffer.concat([body, replacement]);
}

/** The body signed anew after it was changed to what decoders repair. */
export const signed_body_mutations = [
  ['a body that is no UTF-8 for one with U+FFFD', with_replacement, (body) => {
    const at = body.indexOf(replacement);
    return at < 0 ? null : changed_at(body, at, replacement.byteLength, Buffer.from([0xff]));
  }],
  ['a byte order mark before a signed body', (body) => body, (body) =>
    Buffer.concat([byte_order_mark, body])],
  ['a signed byte order mark', (body) => Buffer.concat([byte_order_mark, body]), (body) => body],
  ['a signed body that is no JSON', (body) => body.subarray(0, body.byteLength >> 1),
    (body) => body],
  ['a signed empty body', () => Buffer.alloc(0), (body) => body],
  ['a signed body without fields', (body) => (body[0] === 0x7b ? Buffer.from('{}') : null),
    (body) => body],
  ['a signed body with a member twice', (body) => (body[0] === 0x7b
    ? Buffer.from(body.toString().replace(/"(id|event_id|type)": ?("[^"]*"|[0-9]+)/, '$&,$&'))
    : null), (body) => body],
  ['a signed id that is none', (body, random) => (body[0] === 0x7b
    ? Buffer.from(body.toString().replace(/"(id|event_id)": ?"[^"]*"/, `"$1":${random.pick(
      ['1', '""', 'null', '[]', '{}', 'true', '"a\\u0000b"', `"${'x'.repeat(257)}"`])}`))
    : null), (body) => body],
  ['a signed body over the limit', (body, random) => (random.chance(0.4)
    ? Buffer.concat([body, Buffer.alloc((1 << 20) + 1 - Math.min(body.byteLength, 1 << 20), 0x20)])
    : null), (body) => body],
].map(([name, before, after]) => ({
  name,
  apply(delivery, context) {
    const signed = before(delivery.body, context.random);
    if (signed === null || signed.includes(0xff)) {
      return null;
    }
    const again = context.sender.sign({ ...context, body: signed });
    const body = after(again.body ?? signed);
    return body === null ? null : { ...delivery, ...again, body };
  },
}));

/** Signed by Node's crypto over bytes that are no text, which libraries for text cannot hash. */
export const signed_bytes_mutation = {
  name: 'a signed body that is no UTF-8',
  apply(delivery, context) {
    const body = Buffer.concat([delivery.body, Buffer.from([0xff, 0xc0, 0x80])]);
    return { ...delivery, ...context.sender.sign_bytes({ ...context, body }), body };
  },
};

export const encoded_body_mutation = {
  name: 'a body that says it is compressed',
  apply: (delivery, { random }) => with_header(
    delivery, 'content-encoding', random.pick(['gzip', 'br', 'identity', 'gzip, identity'])),
};
