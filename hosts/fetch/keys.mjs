// The effect `fetch_key`: public keys that a delivery points at, before anybody knows whether it is
// genuine. So whoever can send a forgery can make this host ask outside: what has been fetched is
// kept, what failed is remembered, and the rest is counted.
//
// Requests share nothing but plain values: what one of them waits for must not hang on another one,
// whose end may take its promises along.

import { BoundedMap } from './bounded_map.mjs';
import { join_chunks, read_chunks } from './chunks.mjs';

/** How long a key may take to come, headers and bytes. Senders wait some ten seconds for us. */
export const key_timeout_ms = 5000;

/** Keys that are kept, the ones used last. A sender has one or two live certificates. */
export const kept_keys_max = 32;

/**
 * How long an address that failed is not asked again, nor one without a key of use for its source,
 * and how many of them are known.
 */
export const failure_ms = 15_000;
export const failures_max = 256;

/** How long a delivery waits for the fetch of another one, in polls, and how many may wait. */
export const poll_ms = 25;
export const polls_max = 100;
export const waiting_max = 200;

/** Sources whose fetches are counted: more than a policy has. */
const counted_sources_max = 1024;

const minute_ms = 60_000;

/**
 * Gives the performer `fetch_key`, and `judge_key`, which is told of each key that was fetched
 * whether the module could use it. `fetch` is the host's own or a test's, `now` gives unix
 * milliseconds.
 */
export function make_keys(fetch, now) {
  const kept = new BoundedMap(kept_keys_max);
  const failed_until = new BoundedMap(failures_max);
  const fetching_until = new BoundedMap(failures_max);
  const count_fetch = make_counter(now);
  let waiting = 0;

  async function fetch_key(effect) {
    const { url, source, bytes_max } = effect;
    for (let polls = 0; ; polls += 1) {
      const known = find_kept(url);
      if (known !== null || has_failed(url) || has_failed(judgement(source, url))) {
        return known;
      }
      if (now() >= (fetching_until.get(url) ?? 0)) {
        break;
      }
      if (polls === polls_max || waiting >= waiting_max) {
        return null;
      }
      await pause();
    }
    // An address that was of use before is asked whatever forgeries have used up.
    if (!kept.has(url) && !count_fetch(effect)) {
      return null;
    }
    fetching_until.set(url, now() + key_timeout_ms);
    const bytes = await fetch_bytes(fetch, url, bytes_max);
    if (bytes === null) {
      fetching_until.delete(url);
      failed_until.set(url, now() + failure_ms);
    }
    return bytes;
  }

  /**
   * To be called as soon as the module has seen what `fetch_key` gave. Of how much use a key is, is
   * its source's to say: a forgery that shows the key of one source to another one takes it from
   * nobody.
   */
  function judge_key({ url, source, cache_seconds }, bytes, is_of_use) {
    fetching_until.delete(url);
    if (!is_of_use) {
      failed_until.set(judgement(source, url), now() + failure_ms);
      if (kept.get(url)?.users.has(source)) {
        kept.delete(url);
      }
    } else if (find_kept(url) !== null) {
      kept.get(url).users.add(source);
    } else if (cache_seconds > 0) {
      kept.set(url, { bytes, users: new Set([source]), until_ms: now() + 1000 * cache_seconds });
    }
  }

  function has_failed(name) {
    return now() < (failed_until.get(name) ?? 0);
  }

  function find_kept(url) {
    const known = kept.get(url);
    if (known === undefined || now() >= known.until_ms) {
      return null;
    }
    kept.delete(url);
    kept.set(url, known);  // The one that was used last is forgotten last.
    return known.bytes;
  }

  async function pause() {
    waiting += 1;
    await new Promise((resolve) => setTimeout(resolve, poll_ms));
    waiting -= 1;
  }

  return { fetch_key, judge_key };
}

/** The name of what a source thinks of a key. No address has a space in it. */
function judgement(source, url) {
  return `${source} ${url}`;
}

/** Gives `(effect) => whether its source may have one more fetch in this minute`. */
function make_counter(now) {
  const counts = new BoundedMap(counted_sources_max);
  return ({ source, fetches_per_minute }) => {
    const minute = Math.floor(now() / minute_ms);
    const last = counts.get(source);
    const used = last?.minute === minute ? last.used : 0;
    counts.set(source, { minute, used: used + 1 });
    return used < fetches_per_minute;
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
    return is_cut ? null : join_chunks(chunks, bytes).slice();
  } catch {
    return null;
  }
}
