// The frames between host and module, as docs/ABI.md has them. What an effect asks and what an
// outcome says is here; what to do about it is in gate.mjs and in the hosts.
//
// Frames that go in are lists of pieces, so that a body is copied once: into the module's memory.
// All but those of `configure` are written into one room: hand one over before the next is made.

import { MalformedFrame, Reader, Writer, bytes_of, text16_bytes_max, text_of } from './wire.mjs';

export const abi_version = 1;

/** Effects by number. */
export const kinds = Object.freeze({
  supply_body: 1,
  mac: 2,
  check_signature: 3,
  fetch_key: 4,
  limit: 5,
  claim: 6,
  accept: 7,
  commit: 8,
  release: 9,
  forward: 10,
  answer: 11,
  finish: 12,
  retry_later: 13,
  dead_letter: 14,
  enqueue: 15,
});

/** The key of a `mac` request that wants a plain digest. */
export const no_key = 0xffff;

/** What came of one signature check. */
export const checked = Object.freeze({ unavailable: 0, valid: 1, invalid: 2 });

/** What came of a `limit`. */
export const limited = Object.freeze({ unavailable: 0, allowed: 1, denied: 2 });

/** What came of a `forward`. Unless nothing was sent for sure, a lost forward is `reset`. */
export const forwarded = Object.freeze({ response: 1, refused: 2, timed_out: 3, reset: 4 });

/** What a ledger call told about itself in the clear. */
export const ledger_answers = Object.freeze({
  granted: 1, busy: 2, duplicate: 3, done: 4, ignored: 5, accepted: 6, elsewhere: 7, limited: 8,
});

/** Where the ledger wants a row kept before its reply leaves. */
export const keeps = Object.freeze({ unchanged: 0, in_memory: 1, durable: 2 });

const magic = 'POSTERN4';
const flags_of_begin = Object.freeze({ https: 1, body_present: 2, body_over_limit: 4 });
const flag_wants_body = 1;

/** Room for one frame at a time. */
const frame_writer = new Writer();

function start_frame() {
  frame_writer.restart();
  frame_writer.u8(abi_version);
  return frame_writer;
}

/**
 * The head of a policy file: `{ setting_names, rehearsal }`, the names of what it wants of its
 * host's environment, in order, and a rehearsal as bytes, which may be empty.
 */
export function read_policy_head(policy) {
  const reader = new Reader(policy);
  if (text_of(reader.raw(magic.length)) !== magic) {
    throw new MalformedFrame('this is no policy file of a version that is known here');
  }
  return { setting_names: reader.list16(() => reader.text16()), rehearsal: reader.bytes32() };
}

/** `settings` in the order of the policy's head; an empty text is one that is not set. */
export function encode_configure(policy, settings) {
  const head = new Writer();
  head.u8(abi_version);
  head.u32(policy.byteLength);
  const tail = new Writer();
  tail.u16(settings.length);
  settings.forEach((value) => tail.text16(value));
  return [head.written(), policy, tail.written()];
}

export function decode_configuration(frame) {
  const reader = read_version(frame);
  const configuration = {
    mac_inline_bytes_max: reader.u32(),
    body_bytes_max: new Map(reader.list16(() => [reader.text16(), reader.u64()])),
    keys: reader.list16(() => ({ hash: reader.u8(), bytes: reader.bytes16() })),
    problems: reader.list16(() => ({ source: reader.text16(), problem: reader.u8() })),
  };
  reader.expect_end();
  return configuration;
}

/** How much of a body the module sees of one that it has to ask for: enough to tell its form. */
const body_head_bytes_max = 128;
const nothing = new Uint8Array(0);

/** Most headers in a frame. The module refuses far fewer than that, so the rest tells nothing. */
const frame_headers_max = 1024;

/**
 * A delivery's first frame. `delivery` is what a host received: `{ https, method, path, query,
 * client_address, headers, body, body_bytes, is_over_limit }`; `inline_body` its body, or null when
 * the module is to ask for it. A header or query too long for a frame is cut to the longest that
 * fits one, which is above every limit of the module's, so that it refuses what it is told is too
 * long.
 */
export function encode_begin(delivery, inline_body, now_ms, token) {
  const writer = start_frame();
  writer.u64(now_ms);
  writer.raw(token);
  writer.u8((delivery.https ? flags_of_begin.https : 0) |
    (inline_body === null ? 0 : flags_of_begin.body_present) |
    (delivery.is_over_limit ? flags_of_begin.body_over_limit : 0));
  write_cut_text(writer, delivery.method);
  write_cut_text(writer, delivery.path);
  write_cut_text(writer, delivery.query);
  write_cut_text(writer, delivery.client_address);
  write_headers(writer, delivery.headers.length <= frame_headers_max
    ? delivery.headers : delivery.headers.slice(0, frame_headers_max));
  writer.u64(delivery.body_bytes);
  const body = inline_body ?? delivery.body?.subarray(0, body_head_bytes_max) ?? nothing;
  writer.u32(body.byteLength);
  return [writer.written(), body];
}

/** The frame that reports the outcome of `step`'s effect; `body` null unless the step wants it. */
export function encode_resume(step, outcome, body, now_ms) {
  const writer = start_frame();
  writer.u64(now_ms);
  writer.bytes32(step.ticket);
  writer.u8(body === null ? 0 : 1);
  if (body !== null) {
    writer.u32(body.byteLength);
  }
  const split = writer.byte_length;
  writer.u8(step.kind);
  write_outcome[step.kind]?.(writer, outcome);
  const frame = writer.written();
  return body === null ? [frame] : [frame.subarray(0, split), body, frame.subarray(split)];
}

/** A step as `{ kind, wants_body, ticket, ...fields of the effect }`. Views of `frame`. */
export function decode_step(frame) {
  const reader = read_version(frame);
  const kind = reader.u8();
  const wants_body = (reader.u8() & flag_wants_body) !== 0;
  const ticket = reader.bytes16();
  const read = read_effect[kind];
  if (read === undefined) {
    throw new MalformedFrame(`the effect ${kind} is not known here`);
  }
  const step = read(reader);
  step.kind = kind;
  step.wants_body = wants_body;
  step.ticket = ticket;
  reader.expect_end();
  return step;
}

/** `row` empty for a row that is absent. */
export function encode_ledger(row, operation, now_ms, started_ms) {
  const writer = start_frame();
  writer.u64(now_ms);
  writer.u64(started_ms);
  writer.bytes16(row);
  writer.bytes16(operation);
  return [writer.written()];
}

export function decode_ledger(frame) {
  const reader = read_version(frame);
  const transition = {
    keep: reader.u8(),
    expires_ms: reader.u64(),
    due_ms: reader.u64(),
    row: reader.bytes16(),
    answer: reader.u8(),
    wait_ms: reader.u64(),
    reply: reader.bytes16(),
  };
  reader.expect_end();
  return transition;
}

const read_effect = {
  [kinds.supply_body]: () => ({}),
  [kinds.mac]: (reader) => ({
    requests: reader.list16(() => ({
      hash: reader.u8(), key: reader.u16(), parts: read_parts(reader),
    })),
  }),
  [kinds.check_signature]: (reader) => ({
    checks: reader.list16(() => ({
      algorithm: reader.u8(),
      key_format: reader.u8(),
      key: reader.bytes16(),
      signature: reader.bytes16(),
      parts: read_parts(reader),
    })),
  }),
  [kinds.fetch_key]: (reader) => ({
    url: reader.text16(), bytes_max: reader.u32(), cache_seconds: reader.u32(),
    source: reader.text16(), fetches_per_minute: reader.u16(),
  }),
  [kinds.limit]: (reader) => ({
    bucket: reader.text16(), requests: reader.u32(), period_seconds: reader.u32(),
  }),
  [kinds.claim]: (reader) => ({
    shard: reader.text16(),
    key: reader.raw(32),
    wait_ms: reader.u32(),
    operation: reader.bytes16(),
    copy: read_copy(reader, () => ({ key: reader.raw(32), operation: reader.bytes16() })),
  }),
  [kinds.accept]: (reader) => {
    const read_entry = () => (
      { key: reader.raw(32), ticket: reader.bytes16(), operation: reader.bytes16() });
    return {
      shard: reader.text16(),
      entries: reader.list8(() => ({ ...read_entry(), copy: read_copy(reader, read_entry) })),
    };
  },
  [kinds.commit]: read_settlement,
  [kinds.release]: read_settlement,
  [kinds.forward]: (reader) => ({
    method: reader.text16(),
    url: reader.text16(),
    headers: read_headers(reader),
    timeout_ms: reader.u32(),
    answer_bytes_max: reader.u32(),
  }),
  [kinds.answer]: (reader) => ({
    is_final: reader.u8() !== 0,
    status: reader.u16(),
    headers: read_headers(reader),
    body: reader.bytes32(),
    record: text_of(reader.bytes32()),
  }),
  [kinds.finish]: read_end,
  [kinds.retry_later]: (reader) => ({ delay_ms: reader.u32(), ...read_end(reader) }),
  [kinds.dead_letter]: read_end,
  [kinds.enqueue]: read_enqueue,
};

/**
 * An outcome is null where the host could not perform the effect. What a stored ticket is driven
 * with is the outcome of `retry_later`: 16 random bytes.
 */
const write_outcome = {
  [kinds.mac]: write_optional((writer, results) => {
    writer.u16(results.length);
    results.forEach((bytes) => writer.bytes16(bytes));
  }),
  [kinds.check_signature]: (writer, results) => {
    writer.u16(results.length);
    results.forEach((result) => writer.u8(result));
  },
  [kinds.fetch_key]: write_optional((writer, bytes) => writer.bytes32(bytes)),
  [kinds.limit]: (writer, result) => writer.u8(result),
  [kinds.claim]: write_optional((writer, reply) => writer.bytes16(reply)),
  [kinds.accept]: write_optional((writer, reply) => writer.bytes16(reply)),
  [kinds.commit]: write_optional((writer, reply) => writer.bytes16(reply)),
  [kinds.release]: write_optional((writer, reply) => writer.bytes16(reply)),
  [kinds.forward]: (writer, outcome) => {
    writer.u8(outcome.kind);
    if (outcome.kind !== forwarded.response) {
      return;
    }
    writer.u16(outcome.status);
    write_cut_text(writer, outcome.content_type);
    write_cut_text(writer, outcome.retry_after);
    writer.bytes32(outcome.body);
  },
  [kinds.retry_later]: (writer, token) => writer.raw(token),
  [kinds.enqueue]: (writer, is_done) => writer.u8(is_done ? 1 : 0),
};

function read_version(frame) {
  const reader = new Reader(frame);
  if (reader.u8() !== abi_version) {
    throw new MalformedFrame('a frame is of another version');
  }
  return reader;
}

/** What is to be asked where the answer is `elsewhere`, or null. */
function read_copy(reader, read) {
  const is_there = reader.u8();
  if (is_there > 1) {
    throw new MalformedFrame('a copy is there or is not');
  }
  return is_there === 1 ? read() : null;
}

function read_settlement(reader) {
  return { shard: reader.text16(), key: reader.raw(32), operation: reader.bytes16() };
}

function read_end(reader) {
  return { record: text_of(reader.bytes32()) };
}

/** `{ shard, keys }` of deliveries in the outbox, or the `whole` ticket of one that is not. */
function read_enqueue(reader) {
  const kind = reader.u8();
  if (kind > 1) {
    throw new MalformedFrame('a message is of no known kind');
  }
  return kind === 1
    ? { whole: reader.bytes16() }
    : { shard: reader.text16(), keys: reader.list8(() => reader.raw(32)) };
}

function read_headers(reader) {
  return reader.list16(() => [reader.text16(), reader.text16()]);
}

/** The pieces of a message: bytes, or null for the delivery's body. */
function read_parts(reader) {
  return reader.list8(() => {
    const kind = reader.u8();
    if (kind > 1) {
      throw new MalformedFrame('a piece of a message is of no known kind');
    }
    return kind === 1 ? null : reader.bytes16();
  });
}

function write_optional(write) {
  return (writer, value) => {
    writer.u8(value === null ? 0 : 1);
    if (value !== null) {
      write(writer, value);
    }
  };
}

function write_headers(writer, headers) {
  writer.u16(headers.length);
  for (const [name, value] of headers) {
    write_cut_text(writer, name);
    write_cut_text(writer, value);
  }
}

function write_cut_text(writer, text) {
  if (3 * text.length <= text16_bytes_max) {
    writer.text16(text);
    return;
  }
  writer.bytes16(bytes_of(text).subarray(0, text16_bytes_max));
}
