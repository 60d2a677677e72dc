// The rows of one shard, wherever they stand: on disk, or in memory while leases come thick.

import { keeps } from '../common/effects.mjs';
import { bytes_of_hex } from '../common/wire.mjs';

import { DurableRows } from './durable_rows.mjs';
import { Starts } from './starts.mjs';
import { VolatileRows } from './volatile_rows.mjs';

/**
 * Most rows that are moved from memory to disk when a burst is over. They cost a row written each,
 * and a second at most; after a larger burst, leases stay volatile until its rows have expired.
 */
export const settled_rows_max = 5000;

/** Nothing here awaits. Rows are found by `key` on disk, and by `name`, its hex, in memory. */
export class Rows {
  #storage;
  #durable;
  #volatile = new VolatileRows();
  #starts;

  /** `storage` of a Durable Object; `first_started_ms` is the start of one that is new. */
  constructor(storage, now_ms, first_started_ms) {
    this.#storage = storage;
    this.#durable = new DurableRows(storage);
    const has_rows = !this.#durable.is_empty;
    this.#starts = new Starts(storage, { now_ms, first_started_ms, has_rows });
  }

  /** Whose leases may be lost: those of before. */
  get started_ms() {
    return this.#starts.started_ms;
  }

  /** The largest time that is known from the disk. */
  get floor_ms() {
    return this.#starts.floor_ms;
  }

  get is_volatile() {
    return this.#starts.is_volatile;
  }

  /** The row, empty when there is none. */
  find(name, key) {
    return this.#volatile.find(name) ?? this.#durable.find(key);
  }

  /** Keeps what the module made of a row, before its reply leaves the object. */
  keep(name, key, { keep, row, expires_ms }, now_ms) {
    if (keep === keeps.unchanged) {
      return;
    }
    if (keep === keeps.in_memory) {
      this.#starts.count_lease(now_ms);
      if (this.#starts.is_volatile) {
        this.#volatile.put(name, row, expires_ms, now_ms);
        return;
      }
      this.#write_lease(key, row, expires_ms, now_ms);
    } else {
      this.#durable.put(key, row, expires_ms, now_ms);
    }
    this.#volatile.forget(name);
  }

  /** Moves leases back to disk once a burst is over. */
  settle(now_ms) {
    if (!this.#starts.may_settle(now_ms) || this.#volatile.size > settled_rows_max) {
      return;
    }
    this.#in_transaction(() => {
      for (const { name, row, expires_ms } of this.#volatile.list(now_ms)) {
        this.#write_lease(bytes_of_hex(name), row, expires_ms, now_ms);
      }
      this.#starts.settle(now_ms);
    });
    this.#volatile.clear();
  }

  drop_expired(now_ms) {
    this.#durable.drop_expired(now_ms);
  }

  /** Rows that may be lost and have an expiry are releases. */
  #write_lease(key, row, expires_ms, now_ms) {
    if (expires_ms === 0) {
      this.#durable.put_lease(key, row, now_ms);
    } else {
      this.#durable.put(key, row, expires_ms, now_ms);
    }
  }

  /** All of `action` or nothing: what is remembered of the disk is read again after a failure. */
  #in_transaction(action) {
    try {
      return this.#storage.transactionSync(action);
    } catch (failure) {
      this.#durable = new DurableRows(this.#storage);
      throw failure;
    }
  }
}
