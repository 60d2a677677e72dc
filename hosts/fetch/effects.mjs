// The frames between host and module. Their fields and numbers are those of contract/contract.mjs;
// here is what a host makes of them. What to do about an effect is in gate.mjs and in the hosts.
//
// Frames that go in are lists of pieces, so that a body is copied once: into the module's memory.
// All but those of `configure` are written into one room: hand one over before the next is made.

import * as begin_flags from '../../build/contract/begin_flags.mjs';
import {
  abi_version, body_head_bytes_max, frame_headers_max, policy_magic, read_answer,
  read_configuration, read_effect, read_ledger_result, read_policy_head as read_head,
  read_step_head, write_begin, write_configure, write_ledger_call, write_outcome, write_resume,
} from '../../build/contract/frames.mjs';
import { PathMap } from './path_map.mjs';
import { MalformedFrame, Reader, Writer, text_of } from './wire.mjs';

export * as checked from '../../build/contract/checked.mjs';
export * as forwarded from '../../build/contract/forwarded.mjs';
export * as keeps from '../../build/contract/keeps.mjs';
export * as kinds from '../../build/contract/kinds.mjs';
export * as ledger_answers from '../../build/contract/ledger_answers.mjs';
export * as limited from '../../build/contract/limited.mjs';
export { abi_version, no_key, read_rehearsal, token_bytes } from '../../build/contract/frames.mjs';

const nothing = new Uint8Array(0);

/** Room for one frame at a time. */
const frame_writer = new Writer();

/** One frame: its version, and what `write` makes of `value`. */
function encode(writer, write, value) {
  writer.restart();
  writer.u8(abi_version);
  write(writer, value);
  return writer;
}

/**
 * The head of a policy file: `{ features, setting_names, rehearsal }`, what it needs of a
 * module as a sum of bits, the names of what it wants of its host's environment, in order, and a
 * rehearsal as bytes, which may be empty.
 */
export function read_policy_head(policy) {
  const reader = new Reader(policy);
  if (text_of(reader.raw(policy_magic.length)) !== policy_magic) {
    throw new MalformedFrame('this is no policy file of a version that is known here');
  }
  return read_head(reader);
}

/** `settings` in the order of the policy's head; an empty text is one that is not set. */
export function encode_configure(policy, settings) {
  return encode(new Writer(), write_configure, { policy, settings }).pieces();
}

export function decode_configuration(frame) {
  const configuration = read_whole(frame, read_configuration);
  configuration.body_bytes_max = new PathMap(configuration.body_bytes_max);
  return configuration;
}

/**
 * A delivery's first frame. `delivery` is what a host received: `{ https, method, path, query,
 * client_address, headers, body, body_bytes, is_over_limit }`, of a source that has tenants also
 * `tenant`, empty for one that nobody knows; `inline_body` its body, or null when
 * the module is to ask for it. A header or query too long for a frame is cut to the longest that
 * fits one, which is above every limit of the module's, so that it refuses what it is told is too
 * long.
 */
export function encode_begin(delivery, inline_body, now_ms, token) {
  const { headers } = delivery;
  return encode(frame_writer, write_begin, {
    ...delivery,
    tenant: delivery.tenant ?? null,
    now_ms,
    token,
    flags: (delivery.https ? begin_flags.https : 0) |
      (inline_body === null ? 0 : begin_flags.body_present) |
      (delivery.is_over_limit ? begin_flags.body_over_limit : 0),
    headers: headers.length <= frame_headers_max ? headers : headers.slice(0, frame_headers_max),
    body: inline_body ?? delivery.body?.subarray(0, body_head_bytes_max) ?? nothing,
  }).pieces();
}

/** The frame that reports the outcome of `step`'s effect; `body` null unless the step wants it. */
export function encode_resume(step, outcome, body, now_ms) {
  const { kind, ticket } = step;
  encode(frame_writer, write_resume, { now_ms, ticket, body, kind });
  write_outcome[kind]?.(frame_writer, outcome);
  return frame_writer.pieces();
}

/** A step as `{ kind, wants_body, ticket, ...fields of the effect }`. Views of `frame`. */
export function decode_step(frame) {
  return read_whole(frame, (reader) => {
    const head = read_step_head(reader);
    const read = read_effect[head.kind];
    if (read === undefined) {
      throw new MalformedFrame(`the effect ${head.kind} is not known here`);
    }
    return Object.assign(head, read(reader));
  });
}

/** The answer of a module that asks for nothing: the fields of the effect. Views of `frame`. */
export function decode_answer(frame) {
  return read_whole(frame, (reader) => {
    read_step_head(reader);
    return read_answer(reader);
  });
}

/** `row` empty for a row that is absent. */
export function encode_ledger(row, operation, now_ms, started_ms) {
  return encode(frame_writer, write_ledger_call, { now_ms, started_ms, row, operation }).pieces();
}

export function decode_ledger(frame) {
  return read_whole(frame, read_ledger_result);
}

/** Trailing bytes make a frame malformed. */
function read_whole(frame, read) {
  const reader = new Reader(frame);
  if (reader.u8() !== abi_version) {
    throw new MalformedFrame('a frame is of another version');
  }
  const value = read(reader);
  reader.expect_end();
  return value;
}
