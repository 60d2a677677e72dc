// A delivery out of a Fetch `Request`: text and bytes as they came, nothing normalised or judged.

import { join_chunks, read_chunks } from './chunks.mjs';
import { declared_length, list_headers } from './headers.mjs';

/**
 * Reads what the module wants to know of `request`. The body is read up to `body_bytes_max` of its
 * path, and not at all for a path that the module does not know. Rejects when the sender goes away
 * before the body's end. Of a `request` it takes `url`, absolute and as received, `method`,
 * `headers` as Fetch's, `body`, a stream or null, and `arrayBuffer()`; a host without Fetch makes
 * an object with these.
 */
export async function receive(request, client_address, body_bytes_max_by_path) {
  const { https, path, query } = split_url(request.url);
  const { method } = request;
  const headers = list_headers(request.headers);
  const body_bytes_max = body_bytes_max_by_path.get(path);
  const { body, body_bytes, is_over_limit } = body_bytes_max === undefined
    ? leave_body(request, { body_bytes: 0, is_over_limit: false })
    : await read_body(request, length_in(headers), body_bytes_max);
  return { https, method, path, query, client_address, headers, body, body_bytes, is_over_limit };
}

/** Cuts an absolute URL by its text: a URL object would rewrite what some senders have signed. */
export function split_url(url) {
  const authority = url.indexOf('//') + 2;
  const path_start = url.indexOf('/', authority);
  const https = url.startsWith('https:');
  if (path_start < 0) {
    return { https, path: '/', query: '' };
  }
  const fragment = url.indexOf('#', path_start);
  const target = url.slice(path_start, fragment < 0 ? url.length : fragment);
  const mark = target.indexOf('?');
  return mark < 0
    ? { https, path: target, query: '' }
    : { https, path: target.slice(0, mark), query: target.slice(mark + 1) };
}

const nothing = new Uint8Array(0);

/** Out of the list, because each question to a `Headers` costs as much as the search. */
function length_in(headers) {
  const found = headers.find(([name]) => name === 'content-length');
  return found === undefined ? 0 : declared_length(found[1]);
}

/** A body of a declared length is read without a look at `request.body`, which makes a stream. */
async function read_body(request, declared, body_bytes_max) {
  if (declared > body_bytes_max) {
    return leave_body(request, { body_bytes: declared, is_over_limit: true });
  }
  if (declared > 0) {
    // HTTP ends the body where its length says, so this reads no more than was declared. Others are
    // counted as they come.
    return within_limit(new Uint8Array(await request.arrayBuffer()), body_bytes_max);
  }
  if (request.body === null) {
    return { body: nothing, body_bytes: 0, is_over_limit: false };
  }
  const { chunks, bytes, is_cut } = await read_chunks(request.body, body_bytes_max);
  return is_cut
    ? { body: null, body_bytes: bytes, is_over_limit: true }
    : { body: join_chunks(chunks, bytes), body_bytes: bytes, is_over_limit: false };
}

/** Nobody waits for the cancelling: the answer is on its way before the sender is done. */
function leave_body(request, counted) {
  request.body?.cancel().catch(() => {});
  return { body: null, ...counted };
}

function within_limit(body, body_bytes_max) {
  const is_over_limit = body.byteLength > body_bytes_max;
  return { body: is_over_limit ? null : body, body_bytes: body.byteLength, is_over_limit };
}
