// The binary form of everything that crosses the module's border, as docs/ABI.md has it: fields in
// a fixed order, integers little-endian, text and bytes behind their length.

const utf8_encoder = new TextEncoder();
const utf8_decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/** Largest length that a 16-bit length can say. */
export const text16_bytes_max = 0xffff;

/** Room that a writer begins with: a delivery of a usual sender fits, with a dozen headers. */
const writer_bytes_first = 2048;

/** Longest text that is given three bytes of room per character instead of being measured. */
const text_units_small = 1024;

const hex_pairs = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

/** A frame that says less, more or other than docs/ABI.md: a defect of ours, never of a sender. */
export class MalformedFrame extends Error {
  name = 'MalformedFrame';
}

export function text_of(bytes) {
  return utf8_decoder.decode(bytes);
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

/** Reads fields from a frame. Bytes that it gives are views of the frame. */
export class Reader {
  #bytes;
  #view;
  #position = 0;

  constructor(bytes) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  u8() {
    return this.#view.getUint8(this.#advance(1));
  }

  u16() {
    return this.#view.getUint16(this.#advance(2), true);
  }

  u32() {
    return this.#view.getUint32(this.#advance(4), true);
  }

  /** A 64-bit integer as a number. The core's are times and lengths, far below 2^53. */
  u64() {
    const value = this.#view.getBigUint64(this.#advance(8), true);
    if (value > BigInt(Number.MAX_SAFE_INTEGER)) {
      throw new MalformedFrame('an integer is over 2^53');
    }
    return Number(value);
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

  /** A list behind its 16-bit count, each element read by `read_element`. */
  list16(read_element) {
    return Array.from({ length: this.u16() }, read_element);
  }

  /** Trailing bytes make a frame malformed. */
  expect_end() {
    if (this.#position !== this.#bytes.byteLength) {
      throw new MalformedFrame('a frame is longer than its fields');
    }
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
  #view = new DataView(this.#bytes.buffer);
  #position = 0;

  u8(value) {
    const at = this.#reserve(1);
    this.#view.setUint8(at, value);
  }

  u16(value) {
    const at = this.#reserve(2);
    this.#view.setUint16(at, value, true);
  }

  u32(value) {
    const at = this.#reserve(4);
    this.#view.setUint32(at, value, true);
  }

  u64(value) {
    const at = this.#reserve(8);
    this.#view.setBigUint64(at, BigInt(value), true);
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
    const { written } = utf8_encoder.encodeInto(text, this.#bytes.subarray(start + 2));
    this.#view.setUint16(start, written, true);
    this.#position = start + 2 + written;
  }

  bytes32(bytes) {
    this.u32(bytes.byteLength);
    this.raw(bytes);
  }

  /** What was written, as a view that later writes may leave behind. */
  written() {
    return this.#bytes.subarray(0, this.#position);
  }

  /** Where `count` bytes may be written. The room may be another one afterwards. */
  #reserve(count) {
    const start = this.#position;
    const end = start + count;
    if (end > this.#bytes.byteLength) {
      const larger = new Uint8Array(Math.max(end, 2 * this.#bytes.byteLength));
      larger.set(this.written());
      this.#bytes = larger;
      this.#view = new DataView(larger.buffer);
    }
    this.#position = end;
    return start;
  }
}
