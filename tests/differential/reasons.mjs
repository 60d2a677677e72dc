// Where a vendor's library and the gate disagree on purpose. A library's yes and the gate's no need
// an entry: `why` in one line, the refusal's `reasons` in the decision record, and `holds`, which
// finds the cause in the delivery itself, whatever the gate says of it.

import { form_of, is_whole_object } from './body_forms.mjs';
import { strict_text } from './delivery.mjs';

const byte_order_mark = Buffer.from([0xef, 0xbb, 0xbf]);
const starts_with_mark = (body) => body.subarray(0, 3).equals(byte_order_mark);

/** Seconds from the first to the second moment. */
const seconds_at = (now_ms) => Math.floor(now_ms / 1000);

export const canonical_decimal = /^(0|[1-9][0-9]{0,18})$/;

/** The one JSON object of `text`, or null where strict and lenient parsers could differ. */
function plain_object(text) {
  try {
    const value = JSON.parse(text);
    return value !== null && typeof value === 'object' && !Array.isArray(value) ? value : null;
  } catch {
    return null;
  }
}

/** Whether the text `id` names an event: neither empty nor longer than 256 bytes, no control. */
export function is_identity(id) {
  return typeof id === 'string' && Buffer.byteLength(id) >= 1 && Buffer.byteLength(id) <= 256 &&
    !/[\u0000-\u001f\u007f]/.test(id);
}

export const repaired_text = {
  name: 'a body that is no UTF-8',
  why: 'The library hashes the body as text, in which every broken byte is U+FFFD; we hash bytes.',
  reasons: ['bad_signature'],
  holds: ({ body }) => strict_text(body) === null,
};

export const dropped_mark = {
  name: 'a byte order mark that is not signed',
  why: 'The library decodes the body to text, which drops the mark, before it hashes.',
  reasons: ['bad_signature'],
  holds: ({ body }) => starts_with_mark(body),
};

export const unreadable_body = {
  name: 'a body that cannot be read',
  why: 'The library only verifies; we also need the event\'s id, from JSON with one reading.',
  reasons: ['malformed_body'],
  holds: ({ body }) => {
    const text = strict_text(body);
    return text === null || starts_with_mark(body) || plain_object(text) === null ||
      /"(id|event_id|type)": ?("[^"]*"|[0-9]+),"\1"/.test(text);
  },
};

/** For a sender that sends bodies of those forms, `whole` ones where its key signs other things. */
export const other_form = (sends, { whole = false } = {}) => ({
  name: 'a body of a form that is not sent',
  why: 'The library verifies whatever the key has signed; a key may sign other things.',
  reasons: ['unexpected_form'],
  holds: ({ body }) => !sends.includes(form_of(body)) || (whole && !is_whole_object(body)),
});

/** For schemes whose event has its id at `name` of the body's object. */
export const no_identity = (name) => ({
  name: 'a body without an event\'s id',
  why: 'The library only verifies; we refuse what we could not tell from a duplicate.',
  reasons: ['missing_identity', 'malformed_identity'],
  holds: ({ body }) => !is_identity(plain_object(strict_text(body) ?? '')?.[name]),
});

export const compressed_body = {
  name: 'a compressed body',
  why: 'We forward bytes as they came and never unpack; whoever signs compressed bytes is unknown.',
  reasons: ['encoded_body'],
  holds: ({ headers }) => (headers['content-encoding'] ?? 'identity') !== 'identity',
};

export const large_body = {
  name: 'a body over the limit',
  why: 'The library has no limit; the gate stops reading at the policy\'s.',
  reasons: ['body_too_large'],
  holds: ({ body }) => body.byteLength > 1 << 20,
};

/** `time_of` gives the text of the time, or null when there is not exactly one. */
export const odd_time = (time_of) => ({
  name: 'a time in another spelling',
  why: 'The library reads a number out of the text; a time has one spelling here, and comes once.',
  reasons: ['malformed_timestamp', 'malformed_signature', 'missing_timestamp'],
  holds: (delivery) => !canonical_decimal.test(time_of(delivery) ?? ''),
});

export const future_time = (time_of) => ({
  name: 'a time in the future',
  why: 'The library bounds a delivery\'s age but not its youth; here it is five minutes both ways.',
  reasons: ['future'],
  holds: (delivery) => Number(time_of(delivery)) - seconds_at(delivery.now_ms) > 300,
});

export const old_time = (time_of) => ({
  name: 'a time long past',
  why: 'The library leaves the time to its caller; here a delivery is good for five minutes.',
  reasons: ['stale'],
  holds: (delivery) => seconds_at(delivery.now_ms) - Number(time_of(delivery)) > 300,
});

/** `items_of` gives the values of the items that the scheme looks at. */
export const many_items = (items_of) => ({
  name: 'more than 16 signatures',
  why: 'The library tries all; senders have a few secrets at a time, and work has a limit here.',
  reasons: ['malformed_signature'],
  holds: (delivery) => items_of(delivery).length > 16,
});

export const long_header = {
  name: 'a very long header',
  why: 'The library has no limit; no sender comes near 2 KiB of what a signature needs.',
  reasons: ['malformed_signature', 'headers_too_large'],
  holds: ({ headers }) => Object.values(headers).some((value) => value.length > 1800),
};

/** `is_item` says whether the scheme's grammar has such an item. */
export const malformed_item = (header, separator, is_item) => ({
  name: 'a list with an item that is none',
  why: 'The library skips or cuts what it does not understand; here a list is right or refused.',
  reasons: ['malformed_signature'],
  holds: ({ headers }) => !(headers[header] ?? '').split(separator).every(is_item),
});

/** A host joins the values of two headers of one name by a comma and a space. */
export const maybe_joined = (header) => ({
  name: 'a list that could be two headers',
  why: 'The library reads what was joined of two headers as one list; here a header comes once.',
  reasons: ['malformed_signature'],
  holds: ({ headers }) => /^,|, |,$/.test(headers[header] ?? ''),
});

/** `holds` for a delivery that the gate rightly takes and the library does not. */
export const text_only = {
  name: 'signed bytes that are no UTF-8',
  why: 'The library can only hash text; the signature is right for the bytes that came.',
  holds: ({ body }) => strict_text(body) === null,
};

export const signed_mark = {
  name: 'a signed byte order mark',
  why: 'The library drops the mark before it hashes; the signature is right for what came.',
  holds: ({ body }) => starts_with_mark(body),
};

export const empty_body = {
  name: 'a signed empty body',
  why: 'The library takes an empty body for a missing argument; the signature is right.',
  holds: ({ body }) => body.byteLength === 0,
};
