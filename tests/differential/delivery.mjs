// A delivery as these tests pass it around: `{ method, query, headers, body, now_ms }`, headers as
// an object with lower-case names, body as bytes.

import { list_headers } from '../../hosts/fetch/headers.mjs';

/**
 * The same delivery with its headers as HTTP carries them: no space around a value. Null for what
 * HTTP cannot carry at all.
 */
export function as_carried(delivery) {
  try {
    const headers = Object.fromEntries(list_headers(new Headers(delivery.headers)));
    return { ...delivery, headers };
  } catch {
    return null;
  }
}

export function with_header(delivery, name, value) {
  return { ...delivery, headers: { ...delivery.headers, [name]: value } };
}

export function without_header(delivery, name) {
  const { [name]: _, ...headers } = delivery.headers;
  return { ...delivery, headers };
}

export function with_body(delivery, body) {
  return { ...delivery, body: Buffer.from(body) };
}

/** The bytes, or null where they are no UTF-8. A byte order mark stays. */
export function strict_text(bytes) {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return null;
  }
}

/** What a middleware that reads bodies as text makes of the bytes: U+FFFD for what is no UTF-8. */
export function lenient_text(bytes) {
  return bytes.toString('utf8');
}

/** A delivery as it is printed with a failure: enough to make a fixture of it. */
export function describe(delivery) {
  const body = strict_text(delivery.body);
  const shown = delivery.body.byteLength > 2000
    ? { body_bytes: delivery.body.byteLength }
    : body === null ? { body_base64: delivery.body.toString('base64') } : { body };
  return { ...delivery, ...shown, ...(shown.body === undefined ? { body: undefined } : {}) };
}
