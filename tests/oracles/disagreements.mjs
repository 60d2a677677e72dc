// Where a package and the gate may differ, and why. `holds` finds the cause in the delivery itself:
// `{ delivery, signed, away_s }`, the delivery, as it was signed, and how many seconds lie between
// the moment of signing and now; `max_age_s` and `max_future_s` are the gate's window, without end
// where no time is signed.

import { strict_text } from '../differential/delivery.mjs';

const byte_order_mark = Buffer.from([0xef, 0xbb, 0xbf]);
const has_mark = ({ body }) => body.subarray(0, 3).equals(byte_order_mark);
const is_text = ({ body }) => strict_text(body) !== null;

const other_body = ({ delivery, signed }) => !delivery.body.equals(signed.body);
const other_headers = ({ delivery, signed }) =>
  JSON.stringify(delivery.headers) !== JSON.stringify(signed.headers);
const other_bytes = (seen) => other_body(seen) || other_headers(seen);

function parsed(body) {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return undefined;
  }
}

/** Of a body that a package reads and writes anew before it hashes. */
const is_written_anew = ({ delivery, signed }) =>
  JSON.stringify(parsed(delivery.body)) === JSON.stringify(parsed(signed.body));

/** The package says yes, the gate no: by the reason of the gate's record. */
export const gate_refuses = {
  malformed_body: {
    why: 'The package only verifies; a gate needs the event\'s id, from JSON with one reading.',
    holds: (seen) => seen.is_odd || other_body(seen),
  },
  missing_identity: {
    why: 'The package only verifies; a gate refuses what it could not tell from a duplicate.',
    holds: (seen) => seen.is_odd || other_body(seen),
  },
  malformed_identity: {
    why: 'The same, for an id that cannot be one.',
    holds: (seen) => seen.is_odd || other_body(seen),
  },
  unexpected_form: {
    why: 'A key may sign other things than deliveries: a body has a form that the sender sends.',
    holds: (seen) => seen.is_odd || other_body(seen),
  },
  encoded_body: {
    why: 'A gate forwards bytes as they came and never unpacks them.',
    holds: ({ delivery }) => delivery.headers['content-encoding'] !== undefined,
  },
  stale: {
    why: 'The package leaves the time to its caller, or is more patient.',
    holds: ({ away_s }) => away_s > 60,
  },
  future: {
    why: 'The package bounds a delivery\'s age, not its youth.',
    holds: ({ away_s }) => away_s < -60,
  },
  malformed_timestamp: {
    why: 'The package reads a number out of the text; a time has one spelling here.',
    holds: other_bytes,
  },
  missing_timestamp: {
    why: 'The package takes a delivery without the time that it does not look at.',
    holds: other_bytes,
  },
  malformed_id: {
    why: 'The package takes any text; an id has 1 to 256 visible characters here.',
    holds: other_headers,
  },
  malformed_content: {
    why: 'The package signs whatever text is there; here a part is of certain characters.',
    holds: other_bytes,
  },
  malformed_signature: {
    why: 'The package skips, cuts or repairs what it does not understand; a signature has one ' +
      'spelling here, and a list at most 16.',
    holds: other_headers,
  },
  missing_signature: {
    why: 'The package finds a signature where it does not stand by itself.',
    holds: other_headers,
  },
  headers_too_large: {
    why: 'The package has no limit.',
    holds: other_headers,
  },
  bad_signature: {
    why: 'The package decodes the body before it hashes; we hash the bytes that came.',
    holds: ({ delivery, signed, is_reserialized }) => !is_text(delivery) || has_mark(delivery) ||
      (is_reserialized && is_written_anew({ delivery, signed })),
  },
};

/** The gate says yes, the package no. */
export const package_refuses = [
  {
    why: 'The package can only hash text; the signature is right for the bytes that came.',
    holds: ({ delivery }) => !is_text(delivery),
  },
  {
    why: 'The package drops a byte order mark before it hashes.',
    holds: ({ delivery }) => has_mark(delivery),
  },
  {
    why: 'The package takes an empty body for a missing argument.',
    holds: ({ delivery }) => delivery.body.byteLength === 0,
  },
  {
    why: 'The package reads the body once it has verified it, and throws where it is no JSON.',
    holds: ({ delivery }) => parsed(delivery.body) === undefined,
  },
  {
    why: 'The package is less patient, or counts parts of seconds.',
    holds: ({ away_s, max_age_s, max_future_s }) => Math.abs(away_s) > 60 &&
      away_s <= max_age_s + 1 && -away_s <= max_future_s + 1,
  },
];
