// Rows that may be lost with the object: leases, and releases that leave no doubt.

/** Most rows, at some 400 bytes each. Only events under way or to be sent again have one. */
export const rows_max = 50_000;

/**
 * A row that nobody has touched for so long is a lease whose owner is gone, or a release that the
 * sender did not follow up. It makes room when there is none. No lease is as long.
 */
export const idle_ms_max = 60 * 60 * 1000;

/** Rows looked at for expiry each time one is put, so that expired ones go as fast as they come. */
const swept_per_put = 2;

/** In order of their last touch: the first is the one that was left alone the longest. */
export class VolatileRows {
  #rows = new Map();

  /** `{ row, bucket }` of what was put last, or undefined. */
  find(name) {
    return this.#rows.get(name);
  }

  /** Puts a write of `swap`. Throws when there is no room: fails closed. */
  put({ found: { key, name, bucket }, row, expires_ms, due_ms, is_lease, is_settled }, now_ms) {
    this.#rows.delete(name);
    this.#sweep(now_ms);
    if (this.#rows.size >= rows_max) {
      throw new RangeError('this shard has too many events under way');
    }
    this.#rows.set(name, {
      key, row, bucket, expires_ms, due_ms, is_lease, is_settled, touched_ms: now_ms,
    });
  }

  get size() {
    return this.#rows.size;
  }

  /** The writes of every row that has not expired. */
  list(now_ms) {
    return [...this.#rows]
      .filter(([, { expires_ms }]) => expires_ms === 0 || expires_ms > now_ms)
      .map(([name, { key, bucket, ...write }]) =>
        ({ found: { key, name, bucket }, is_durable: false, ticket: null, ...write }));
  }

  clear() {
    this.#rows.clear();
  }

  forget(name) {
    this.#rows.delete(name);
  }

  #sweep(now_ms) {
    const is_full = this.#rows.size >= rows_max;
    let looked_at = 0;
    for (const [name, { expires_ms, touched_ms }] of this.#rows) {
      const is_expired = expires_ms !== 0 && expires_ms <= now_ms;
      if (is_expired || (is_full && touched_ms + idle_ms_max <= now_ms)) {
        this.#rows.delete(name);
      }
      looked_at += 1;
      if (looked_at === swept_per_put) {
        return;
      }
    }
  }
}
