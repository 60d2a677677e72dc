// Rows that must survive: in SQLite, in one table per day of expiry. A row costs one row written,
// and forgetting costs none, because a table whose last row has expired is dropped as a whole.

/** Rows that expire within the same day share a table: eight tables for the usual seven days. */
export const bucket_ms = 24 * 60 * 60 * 1000;

/** The bucket of rows that never expire: the first of January 1970. It is never dropped. */
const bucket_for_ever = 0;

/** How long rows are taken to be kept until one says so: the longer of the two usual retentions. */
const retain_ms_first = 30 * bucket_ms;

const no_row = new Uint8Array(0);

/** The rows in `storage` of a Durable Object. Nothing here awaits. */
export class DurableRows {
  #storage;
  #sql;
  /** Buckets that have a table. */
  #buckets;
  #select;
  /** How long the last row was to be kept; null before the first, and for one that is for ever. */
  #retain_ms = null;

  constructor(storage) {
    this.#storage = storage;
    this.#sql = storage.sql;
    this.#use(this.#sql
      .exec("SELECT name FROM sqlite_master WHERE type = 'table' AND name GLOB 'seen_*'")
      .toArray()
      .map(({ name }) => Number(name.slice('seen_'.length))));
  }

  /** The row, empty when there is none. It may have expired: that is the module's to judge. */
  find(key) {
    return this.#locate(key)?.row ?? no_row;
  }

  get is_empty() {
    return this.#buckets.length === 0;
  }

  /** Writes the row of `key`, which then stands in one bucket only. `expires_ms` 0: never. */
  put(key, row, expires_ms, now_ms) {
    this.#retain_ms = expires_ms === 0 ? null : expires_ms - now_ms;
    this.#put(key, row, Math.floor(expires_ms / bucket_ms));
  }

  /**
   * Writes the row of a lease, which has no expiry. It goes where the row of the outcome is likely
   * to go, which then takes its place instead of making a second row.
   */
  put_lease(key, row, now_ms) {
    const latest_ms = this.#retain_ms === null
      ? Math.max(now_ms + retain_ms_first, start_of(Math.max(...this.#buckets, 0)))
      : now_ms + this.#retain_ms;
    this.#put(key, row, Math.floor(latest_ms / bucket_ms));
  }

  #put(key, row, bucket) {
    this.#ensure_table(bucket);
    this.#storage.transactionSync(() => {
      const former = this.#locate(key)?.bucket ?? bucket;
      if (former !== bucket) {
        this.#sql.exec(`DELETE FROM seen_${former} WHERE k = ?`, key);
      }
      this.#sql.exec(`INSERT INTO seen_${bucket} (k, row) VALUES (?, ?) ` +
        'ON CONFLICT (k) DO UPDATE SET row = excluded.row', key, row);
    });
  }

  /** Drops the buckets whose every row has expired, and sets the alarm for the next one. */
  drop_expired(now_ms) {
    const is_expired = (bucket) => bucket !== bucket_for_ever && end_of(bucket) <= now_ms;
    this.#buckets.filter(is_expired)
      .forEach((bucket) => this.#sql.exec(`DROP TABLE seen_${bucket}`));
    this.#use(this.#buckets.filter((bucket) => !is_expired(bucket)));
    this.#set_alarm();
  }

  /** `{ bucket, row }`, or undefined. */
  #locate(key) {
    if (this.#buckets.length === 0) {
      return undefined;
    }
    const [found] = this.#sql.exec(this.#select, key).toArray();
    return found && { bucket: found.bucket, row: new Uint8Array(found.row) };
  }

  #ensure_table(bucket) {
    if (this.#buckets.includes(bucket)) {
      return;
    }
    // WITHOUT ROWID and without an index, a row is written once and not twice or three times.
    this.#sql.exec(`CREATE TABLE IF NOT EXISTS seen_${bucket} ` +
      '(k BLOB PRIMARY KEY, row BLOB NOT NULL) WITHOUT ROWID');
    this.#use([...this.#buckets, bucket]);
    this.#set_alarm();
  }

  #use(buckets) {
    this.#buckets = buckets.sort((a, b) => b - a);
    this.#select = this.#buckets
      .map((bucket) => `SELECT ${bucket} AS bucket, row FROM seen_${bucket} WHERE k = ?1`)
      .join(' UNION ALL ');
  }

  #set_alarm() {
    const ends = this.#buckets.filter((bucket) => bucket !== bucket_for_ever).map(end_of);
    if (ends.length > 0) {
      this.#storage.setAlarm(Math.min(...ends));
    }
  }
}

function start_of(bucket) {
  return bucket * bucket_ms;
}

function end_of(bucket) {
  return (bucket + 1) * bucket_ms;
}
