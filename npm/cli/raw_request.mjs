// A request of HTTP/1.1 as it was sent, or as a tool has kept it, out of its bytes.

import { exit } from './exit_codes.mjs';
import { Refused } from './refused.mjs';

/** Most bytes of a request: those of the largest body that a policy may let in, and headers. */
const request_bytes_max = 26 << 20;

const line_end = /\r?\n/;

/** The length of a chunk and what is said of it. */
const chunk_line = /^([0-9a-f]{1,8})(?:;[^\r\n]*)?\r?\n/i;
const chunk_line_bytes_max = 300;

/**
 * Gives `{ request, note }`: what `bytes` are, as `verify` takes it, and what is odd about its
 * length, or nothing. Lines before the request line are skipped where they are empty, and so are
 * fields of HTTP/2 that are none of HTTP's (`:path: /`). Throws a `Refused` with the line of `file`
 * that is none of a request's.
 */
export function read_request(bytes, file) {
  if (bytes.length > request_bytes_max) {
    throw new Refused(exit.unreadable, `${file}: longer than ${request_bytes_max} bytes.`);
  }
  const text = bytes.toString('latin1');
  const [before] = /^(?:\u00ef\u00bb\u00bf)?(?:\r?\n)*/.exec(text);
  const rest = text.slice(before.length);
  const empty_line = /\r?\n\r?\n/.exec(rest);
  const head = empty_line === null ? rest.trimEnd() : rest.slice(0, empty_line.index);
  const sent = empty_line === null ? new Uint8Array(0)
    : new Uint8Array(bytes.subarray(before.length + empty_line.index + empty_line[0].length));
  const [first, ...lines] = head.split(line_end);
  const lines_before = before.split('\n').length - 1;
  const [, method, target] = /^([A-Z]+) (\S+)(?: HTTP\/\d(?:\.\d)?)?$/.exec(first) ?? [];
  if (method === undefined) {
    throw new Refused(exit.unreadable,
      `${file}:${lines_before + 1}: no request line, such as POST /hooks HTTP/1.1.`);
  }
  const headers = read_headers(lines, (at) => `${file}:${lines_before + at + 2}`);
  const { body, note } = read_body(sent, headers);
  headers.delete('transfer-encoding');
  headers.set('content-length', String(body.byteLength));
  const request = {
    url: `https://request.invalid${target.replace(/^https?:\/\/[^/]*/, '') || '/'}`,
    method, headers, bodyUsed: false,
    body: body.byteLength === 0 ? null : new Blob([body]).stream(),
    arrayBuffer: async () => body.slice().buffer,
  };
  return { request, note };
}

function read_headers(lines, place_of) {
  const headers = new Headers();
  lines.forEach((line, at) => {
    const colon = line.indexOf(':');
    if (/^:[a-z]+:/.test(line)) {
      return;
    }
    try {
      headers.append(line.slice(0, colon), line.slice(colon + 1).trim());
    } catch {
      throw new Refused(exit.unreadable, `${place_of(at)}: no header, such as name: value.`);
    }
  });
  return headers;
}

/**
 * The body within what was `sent`. Tools keep chunks or join them, and editors end a file with a
 * line end: what HTTP's own lengths cannot be is left as it is, and the signature decides.
 */
function read_body(sent, headers) {
  const is_chunked = /\bchunked\s*$/i.test(headers.get('transfer-encoding') ?? '');
  const joined = is_chunked ? join_chunks(sent) : null;
  if (joined !== null) {
    return { body: joined, note: '' };
  }
  const declared = headers.get('content-length') ?? '';
  if (!/^\d{1,15}$/.test(declared) || Number(declared) === sent.byteLength) {
    return { body: sent, note: '' };
  }
  const is_more = sent.byteLength > Number(declared);
  if (is_more && sent.subarray(Number(declared)).every((byte) => byte === 10 || byte === 13)) {
    return { body: sent.subarray(0, Number(declared)), note: '' };
  }
  return {
    body: sent,
    note: `content-length says ${declared} bytes and the body has ${sent.byteLength}: it was ` +
      'cut, or changed when it was saved',
  };
}

/** The bytes of all chunks; null for what is none, or has no end. */
function join_chunks(sent) {
  const text = Buffer.from(sent).toString('latin1');
  const chunks = [];
  for (let at = 0; ;) {
    const [line, digits] = chunk_line.exec(text.slice(at, at + chunk_line_bytes_max)) ?? [];
    if (line === undefined) {
      return null;
    }
    const from = at + line.length;
    const length = Number.parseInt(digits, 16);
    if (length === 0) {
      return new Uint8Array(Buffer.concat(chunks));
    }
    const [end] = /^\r?\n/.exec(text.slice(from + length, from + length + 2)) ?? [];
    if (end === undefined) {
      return null;
    }
    chunks.push(sent.subarray(from, from + length));
    at = from + length + end.length;
  }
}
