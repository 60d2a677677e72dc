// Rows that must survive: in SQLite, in one table per day of expiry. A row costs one row written,
// and forgetting costs none, because a table whose last row has expired is dropped as a whole.

/** Rows that expire within the same day share a table: eight tables for the usual seven days. */
export const bucket_ms = 24 * 60 * 60 * 1000;

/** The bucket of rows that never expire: the first of January 1970. It is never dropped. */
const bucket_for_ever = 0;

/** Tables in one look-up. A statement here has at most 100 columns, and only 5 parts of a union. */
const tables_per_select = 50;

/** The rows in `storage` of a Durable Object. Nothing here awaits. */
export class DurableRows {
  #sql;
  /** Buckets that have a table. */
  #buckets;
  #selects;

  constructor(storage) {
    this.#sql = storage.sql;
    this.#use(this.#sql
      .exec("SELECT name FROM sqlite_master WHERE type = 'table' AND name GLOB 'seen_*'")
      .toArray()
      .map(({ name }) => Number(name.slice('seen_'.length))));
  }

  /**
   * `{ bucket, row }`, or undefined when there is none. The row may have expired: that is the
   * module's to judge.
   */
  find(key) {
    for (const select of this.#selects) {
      const [rows] = this.#sql.exec(select, key).toArray();
      for (const bucket in rows) {
        if (rows[bucket] !== null) {
          return { bucket: Number(bucket), row: new Uint8Array(rows[bucket]) };
        }
      }
    }
    return undefined;
  }

  get is_empty() {
    return this.#buckets.length === 0;
  }

  /** When the first bucket's last row has expired; infinity when there is none. */
  get next_drop_ms() {
    return Math.min(...this.#buckets.filter((bucket) => bucket !== bucket_for_ever).map(end_of));
  }

  /**
   * Writes the row of `key`, which then stands in one bucket only. `former` is where it stood when
   * it was last looked for, undefined for nowhere. `expires_ms` 0: never. To be called in a
   * transaction. Gives the `bucket`, and whether it `is_new`: its table is to be dropped one day.
   */
  put(key, row, former, expires_ms) {
    const bucket = Math.floor(expires_ms / bucket_ms);
    const is_new = !this.#buckets.includes(bucket);
    if (is_new) {
      this.#make_table(bucket);
    }
    if (former !== bucket && this.#buckets.includes(former)) {
      this.#sql.exec(`DELETE FROM seen_${former} WHERE k = ?`, key);
    }
    this.#sql.exec(`INSERT INTO seen_${bucket} (k, row) VALUES (?, ?) ` +
      'ON CONFLICT (k) DO UPDATE SET row = excluded.row', key, row);
    return { bucket, is_new };
  }

  /** Drops the buckets whose every row has expired. */
  drop_expired(now_ms) {
    const is_expired = (bucket) => bucket !== bucket_for_ever && end_of(bucket) <= now_ms;
    this.#buckets.filter(is_expired)
      .forEach((bucket) => this.#sql.exec(`DROP TABLE seen_${bucket}`));
    this.#use(this.#buckets.filter((bucket) => !is_expired(bucket)));
  }

  #make_table(bucket) {
    // WITHOUT ROWID and without an index, a row is written once and not twice or three times.
    this.#sql.exec(`CREATE TABLE IF NOT EXISTS seen_${bucket} ` +
      '(k BLOB PRIMARY KEY, row BLOB NOT NULL) WITHOUT ROWID');
    this.#use([...this.#buckets, bucket]);
  }

  #use(buckets) {
    this.#buckets = buckets.sort((a, b) => b - a);
    const columns = this.#buckets
      .map((bucket) => `(SELECT row FROM seen_${bucket} WHERE k = ?1) AS "${bucket}"`);
    this.#selects = [];
    while (columns.length > 0) {
      this.#selects.push(`SELECT ${columns.splice(0, tables_per_select).join(', ')}`);
    }
  }
}

function end_of(bucket) {
  return (bucket + 1) * bucket_ms;
}
