// The effects `forward` and `fetch_key` on Fetch. Redirects are never followed: a body goes where
// the policy says, and a key comes from where the scheme says.

import { BoundedMap } from './bounded_map.mjs';
import { join_chunks, read_chunks } from './chunks.mjs';
import { forwarded } from './effects.mjs';
import { headers_object, list_headers } from './headers.mjs';

/** How long a key may take to come, headers and bytes. Senders wait some ten seconds for us. */
export const key_timeout_ms = 5000;

/** Fetched keys that are kept. A sender has one or two live certificates. */
export const fetched_keys_max = 32;

/** Performs `forward`. `fetch` is the host's own, or a test's. */
export function make_forward(fetch) {
  return async function forward(effect, { method, body }) {
    const signal = AbortSignal.timeout(effect.timeout_ms);
    try {
      const response = await fetch(effect.url, {
        method,
        headers: headers_object(effect.headers),
        body: method === 'GET' || method === 'HEAD' ? null : body,
        redirect: 'manual',
        signal,
      });
      return {
        kind: forwarded.response,
        status: response.status,
        headers: list_headers(response.headers),
        body: await read_at_most(response, effect.answer_bytes_max),
      };
    } catch {
      // Fetch does not tell a connection that was refused from one that was lost after the first
      // byte, so what is not a time-out is `reset`: nothing is known.
      return { kind: signal.aborted ? forwarded.timed_out : forwarded.reset };
    }
  };
}

/** Performs `fetch_key`. `now` gives unix milliseconds, by which kept keys grow old. */
export function make_fetch_key(fetch, now) {
  const kept = new BoundedMap(fetched_keys_max);
  return async function fetch_key({ url, bytes_max, cache_seconds }) {
    const known = kept.get(url);
    if (known !== undefined && now() < known.until_ms) {
      return known.bytes;
    }
    const bytes = await fetch_bytes(fetch, url, bytes_max);
    if (bytes !== null && cache_seconds > 0) {
      kept.set(url, { bytes, until_ms: now() + 1000 * cache_seconds });
    }
    return bytes;
  };
}

/** Null unless the whole of it came with a plain 200. */
async function fetch_bytes(fetch, url, bytes_max) {
  try {
    const signal = AbortSignal.timeout(key_timeout_ms);
    const response = await fetch(url, { redirect: 'manual', signal });
    if (response.status !== 200 || response.body === null) {
      return null;
    }
    const { chunks, bytes, is_cut } = await read_chunks(response.body, bytes_max);
    return is_cut ? null : join_chunks(chunks, bytes);
  } catch {
    return null;
  }
}

/** An answer longer than the sender will get of it is cut, and the rest is not waited for. */
async function read_at_most(response, bytes_max) {
  if (response.body === null) {
    return new Uint8Array(0);
  }
  if (is_within(response.headers, bytes_max)) {
    return new Uint8Array(await response.arrayBuffer());
  }
  const { chunks, bytes } = await read_chunks(response.body, bytes_max);
  return join_chunks(chunks, Math.min(bytes, bytes_max));
}

/** Whether the whole is promised to fit: an encoded body is longer than it says. */
function is_within(headers, bytes_max) {
  const length = headers.get('content-length');
  return length !== null && Number(length) <= bytes_max && !headers.has('content-encoding');
}
