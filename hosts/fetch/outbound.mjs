// The effect `forward` on Fetch. Redirects are never followed: a body goes where the policy says.

import * as forwarded from '../../build/contract/forwarded.mjs';
import { join_chunks, read_chunks } from './chunks.mjs';
import { declared_length, headers_object } from './headers.mjs';

const nothing = new Uint8Array(0);

/** Forwards that begin within this have one abort signal. */
export const signal_shared_ms = 50;

/**
 * Abort signals for a host whose forwards go on side by side in one place, which a Worker's do not.
 * A signal and its timer cost more than the rest of what is asked of Fetch, and the timer rings
 * even when its forward ended long ago.
 */
export class SharedSignals {
  /** The last one by its time: `{ signal, until_ms }`. */
  #last = new Map();

  /** One that is aborted after `timeout_ms`, or up to `signal_shared_ms` later. */
  after(timeout_ms) {
    const now = performance.now();
    const last = this.#last.get(timeout_ms);
    if (last !== undefined && now < last.until_ms) {
      return last.signal;
    }
    const signal = AbortSignal.timeout(timeout_ms + signal_shared_ms);
    this.#last.set(timeout_ms, { signal, until_ms: now + signal_shared_ms });
    return signal;
  }
}

/**
 * Performs `forward`. `fetch` is the host's own, or a test's; `signals` those of `SharedSignals`,
 * or each forward has its own. Of the answer it reads what the outcome has: neither other headers
 * nor the rest of a body can fail it.
 */
export function make_forward(fetch, signals) {
  return async function forward(effect, { body }) {
    const signal = signals?.after(effect.timeout_ms) ?? AbortSignal.timeout(effect.timeout_ms);
    try {
      const response = await fetch(effect.url, {
        method: effect.method,
        headers: headers_object(effect.headers),
        // Fetch takes no body for it, and the module none with one.
        body: effect.method === 'GET' ? null : body,
        redirect: 'manual',
        signal,
      });
      return {
        kind: forwarded.response,
        status: response.status,
        content_type: response.headers.get('content-type') ?? '',
        retry_after: response.headers.get('retry-after') ?? '',
        body: await read_at_most(response, effect.answer_bytes_max).catch((failure) => {
          if (signal.aborted || !response.headers.has('content-encoding')) {
            throw failure;
          }
          return nothing;  // It cannot be decoded, and the origin has spoken all the same.
        }),
      };
    } catch {
      // Fetch does not tell a connection that was refused from one that was lost after the first
      // byte, so what is not a time-out is `reset`: nothing is known.
      return { kind: signal.aborted ? forwarded.timed_out : forwarded.reset };
    }
  };
}

/**
 * The body of a `Response` up to `bytes_max`: an answer longer than the sender will get of it is
 * cut, and the rest is not waited for.
 */
export async function read_at_most(response, bytes_max) {
  if (response.body === null) {
    return nothing;
  }
  if (bytes_max === 0) {
    response.body.cancel().catch(() => {});
    return nothing;
  }
  if (is_within(response.headers, bytes_max)) {
    return new Uint8Array(await response.arrayBuffer());
  }
  const { chunks, bytes } = await read_chunks(response.body, bytes_max);
  return join_chunks(chunks, Math.min(bytes, bytes_max));
}

/** Whether the whole is promised to fit: an encoded body is longer than it says. */
function is_within(headers, bytes_max) {
  const length = declared_length(headers.get('content-length') ?? '');
  return length > 0 && length <= bytes_max && !headers.has('content-encoding');
}
