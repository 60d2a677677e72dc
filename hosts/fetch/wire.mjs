// The binary form of everything that crosses the module's border, as docs/ABI.md has it: fields in
// a fixed order, integers little-endian, text and bytes behind their length.

const utf8_encoder = new TextEncoder();
const utf8_decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/** Largest length that a 16-bit length can say. */
const text16_bytes_max = 0xffff;

/** Room that a writer begins with: a delivery of a usual sender fits, with a dozen headers. */
const writer_bytes_first = 4096;

/** Room that a writer keeps from one frame to the next. */
const writer_bytes_kept = 64 << 10;

/** Longest text that is given three bytes of room per character instead of being measured. */
const text_units_small = 1024;

/** Longest text that is read here: a call of the host's decoder costs as much as 64 bytes. */
const text_bytes_short = 64;

const two_to_32 = 2 ** 32;

const hex_pairs = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

/** A frame that says less, more or other than docs/ABI.md: a defect of ours, never of a sender. */
export class MalformedFrame extends Error {
  name = 'MalformedFrame';
}

export function text_of(bytes) {
  return bytes.byteLength <= text_bytes_short && is_ascii(bytes)
    ? String.fromCharCode.apply(null, bytes) : utf8_decoder.decode(bytes);
}

function is_ascii(bytes) {
  for (let i = 0; i < bytes.length; i += 1) {
    if (bytes[i] > 0x7f) {
      return false;
    }
  }
  return true;
}

export function bytes_of(text) {
  return utf8_encoder.encode(text);
}

/** Bytes as a text that maps can have as a key. */
export function hex_of(bytes) {
  let text = '';
  for (const byte of bytes) {
    text += hex_pairs[byte];
  }
  return text;
}

/** What `hex_of` made a text of. */
export function bytes_of_hex(text) {
  return Uint8Array.from({ length: text.length / 2 },
    (_, at) => parseInt(text.slice(2 * at, 2 * at + 2), 16));
}

/** Reads fields from a frame. Bytes that it gives are views of the frame. */
export class Reader {
  #bytes;
  #position = 0;

  constructor(bytes) {
    this.#bytes = bytes;
  }

  u8() {
    return this.#bytes[this.#advance(1)];
  }

  u16() {
    const at = this.#advance(2);
    return this.#bytes[at] | (this.#bytes[at + 1] << 8);
  }

  u32() {
    const at = this.#advance(4);
    const bytes = this.#bytes;
    return (bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24)) >>> 0;
  }

  /** A 64-bit integer as a number. The core's are times and lengths, far below 2^53. */
  u64() {
    const low = this.u32();
    const value = this.u32() * two_to_32 + low;
    if (value > Number.MAX_SAFE_INTEGER) {
      throw new MalformedFrame('an integer is over 2^53');
    }
    return value;
  }

  raw(count) {
    const start = this.#advance(count);
    return this.#bytes.subarray(start, start + count);
  }

  bytes16() {
    return this.raw(this.u16());
  }

  text16() {
    return text_of(this.bytes16());
  }

  bytes32() {
    return this.raw(this.u32());
  }

  text32() {
    return text_of(this.bytes32());
  }

  /** A byte that is 0 or 1. */
  truth() {
    const value = this.u8();
    if (value > 1) {
      throw new MalformedFrame('a truth is 0 or 1');
    }
    return value === 1;
  }

  /** A list behind its 8-bit count, each element read by `read_element`, which gets this reader. */
  list8(read_element) {
    return this.#list(this.u8(), read_element);
  }

  /** The same behind a 16-bit count. */
  list16(read_element) {
    return this.#list(this.u16(), read_element);
  }

  /** One of several forms, told by a first byte that counts from 0, read by that one of `forms`. */
  form(forms) {
    const read = forms[this.u8()];
    if (read === undefined) {
      throw new MalformedFrame('a choice has no such form');
    }
    return read(this);
  }

  /** Trailing bytes make a frame malformed. */
  expect_end() {
    if (this.#position !== this.#bytes.byteLength) {
      throw new MalformedFrame('a frame is longer than its fields');
    }
  }

  /** By hand: `Array.from` takes as long as reading a short list. */
  #list(count, read_element) {
    const list = [];
    for (let i = 0; i < count; i += 1) {
      list.push(read_element(this));
    }
    return list;
  }

  #advance(count) {
    const start = this.#position;
    if (count > this.#bytes.byteLength - start) {
      throw new MalformedFrame('a frame is shorter than its fields');
    }
    this.#position = start + count;
    return start;
  }
}

/** Writes fields into room that grows. */
export class Writer {
  #bytes = new Uint8Array(writer_bytes_first);
  #position = 0;
  /** What goes along without being copied here: `[position, bytes]`. */
  #apart = [];

  /** Begins anew, in the same room: what `written` has given before is overwritten. */
  restart() {
    this.#position = 0;
    this.#apart = [];
    if (this.#bytes.byteLength > writer_bytes_kept) {
      this.#bytes = new Uint8Array(writer_bytes_first);
    }
  }

  u8(value) {
    const at = this.#reserve(1);
    this.#bytes[at] = value;
  }

  u16(value) {
    const at = this.#reserve(2);
    this.#bytes[at] = value;
    this.#bytes[at + 1] = value >>> 8;
  }

  u32(value) {
    const at = this.#reserve(4);
    const bytes = this.#bytes;
    bytes[at] = value;
    bytes[at + 1] = value >>> 8;
    bytes[at + 2] = value >>> 16;
    bytes[at + 3] = value >>> 24;
  }

  /** A whole number below 2^53. */
  u64(value) {
    this.u32(value % two_to_32);
    this.u32(Math.floor(value / two_to_32));
  }

  raw(bytes) {
    const start = this.#reserve(bytes.byteLength);
    this.#bytes.set(bytes, start);
  }

  /** Bytes behind a 16-bit length. Longer ones do not fit a frame, so they throw. */
  bytes16(bytes) {
    if (bytes.byteLength > text16_bytes_max) {
      throw new MalformedFrame('a text is longer than a frame can say');
    }
    this.u16(bytes.byteLength);
    this.raw(bytes);
  }

  text16(text) {
    if (text.length > text_units_small) {
      this.bytes16(bytes_of(text));
      return;
    }
    const start = this.#reserve(2 + 3 * text.length);
    const written = this.#put_text(text, start + 2);
    this.#position = start;
    this.u16(written);
    this.#position = start + 2 + written;
  }

  /** A text of a sender's, cut to what its length can say: above every limit of the module's. */
  cut16(text) {
    if (3 * text.length <= text16_bytes_max) {
      this.text16(text);
      return;
    }
    this.bytes16(bytes_of(text).subarray(0, text16_bytes_max));
  }

  bytes32(bytes) {
    this.u32(bytes.byteLength);
    this.raw(bytes);
  }

  /** `bytes32` of bytes that are a piece of their own. */
  apart32(bytes) {
    this.u32(bytes.byteLength);
    this.#apart.push([this.#position, bytes]);
  }

  truth(value) {
    this.u8(value ? 1 : 0);
  }

  /** A list behind its 16-bit count, each element written by `write_element(writer, element)`. */
  list16(list, write_element) {
    this.u16(list.length);
    for (const element of list) {
      write_element(this, element);
    }
  }

  /** Whether `value` is there, which null is not, and then itself by `write`. */
  optional(value, write) {
    this.truth(value !== null);
    if (value !== null) {
      write(this, value);
    }
  }

  /** All of the frame, as the pieces that it is made of. */
  pieces() {
    const written = this.written();
    const pieces = [];
    let from = 0;
    for (const [at, bytes] of this.#apart) {
      pieces.push(written.subarray(from, at), bytes);
      from = at;
    }
    if (from < written.byteLength) {
      pieces.push(written.subarray(from));
    }
    return pieces;
  }

  /** What was written, as a view that later writes may leave behind. */
  written() {
    return this.#bytes.subarray(0, this.#position);
  }

  /** Writes UTF-8 at `start`, where there is room, and gives its length. Headers are ASCII. */
  #put_text(text, start) {
    const bytes = this.#bytes;
    const { length } = text;
    for (let i = 0; i < length; i += 1) {
      const unit = text.charCodeAt(i);
      if (unit > 0x7f) {
        return utf8_encoder.encodeInto(text, bytes.subarray(start)).written;
      }
      bytes[start + i] = unit;
    }
    return length;
  }

  /** Where `count` bytes may be written. The room may be another one afterwards. */
  #reserve(count) {
    const start = this.#position;
    const end = start + count;
    if (end > this.#bytes.byteLength) {
      const larger = new Uint8Array(Math.max(end, 2 * this.#bytes.byteLength));
      larger.set(this.written());
      this.#bytes = larger;
    }
    this.#position = end;
    return start;
  }
}
