// Deliveries that were accepted and are owed to their origins, or given up: their rows, tickets and
// bodies. Once one is done nothing of it stays here.

/** Most bytes of a body in one row: SQLite takes 2 MB here, with all that stands beside it. */
export const chunk_bytes_max = 1_500_000;

/**
 * A body up to this stands in its delivery's own row, which saves two rows written. It is written
 * again with each change of the row.
 */
export const inline_bytes_max = 16 << 10;

const key_bytes = 32;

/** The outbox in `storage` of a Durable Object. Nothing here awaits or begins a transaction. */
export class Outbox {
  #sql;
  #has_tables;
  #has_failed_runs;

  constructor(storage) {
    this.#sql = storage.sql;
    this.#has_tables = this.#has_table('outbox');
    this.#has_failed_runs = this.#has_table('failed_runs');
  }

  /** Whether nothing was ever put in. */
  get is_unused() {
    return !this.#has_tables;
  }

  /** The row of `key`, or undefined. */
  find(key) {
    const [found] = this.#select('SELECT row FROM outbox WHERE k = ?', key);
    return found && new Uint8Array(found.row);
  }

  /**
   * Puts in a delivery. Those of one `parcel` share it: `{ shard, method, body, at_ms, keys,
   * is_single }`, the keys that may be put in with it and whether it is for one of them only.
   * Somebody has to drive it at `drive_ms` if nobody has.
   */
  put(key, { row, drive_ms, ticket, parcel }) {
    this.#ensure_tables();
    const { shard, method, body, at_ms, keys, is_single } = parcel;
    const is_inline = is_single && body.byteLength <= inline_bytes_max;
    parcel.number ??= is_inline ? 0 : this.#put_body(body);
    this.#sql.exec('INSERT INTO outbox VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
      key, drive_ms, at_ms, shard, method, body.byteLength, parcel.number, joined(keys), row,
      ticket, is_inline ? body : null);
  }

  update(key, row, drive_ms) {
    this.#sql.exec('UPDATE outbox SET row = ?, drive_ms = ? WHERE k = ?', row, drive_ms, key);
    this.#forget_failed_runs(key);
  }

  /**
   * Counts one more run of `key` that ended without a word to its row, since that was last written,
   * and gives their number; 0 for what is not owed.
   */
  count_failed_run(key) {
    if (this.locate(key) === undefined) {
      return 0;
    }
    this.#sql.exec('CREATE TABLE IF NOT EXISTS failed_runs ' +
      '(k BLOB PRIMARY KEY, count INTEGER NOT NULL) WITHOUT ROWID');
    this.#has_failed_runs = true;
    const [{ count }] = this.#sql.exec('INSERT INTO failed_runs VALUES (?, 1) ' +
      'ON CONFLICT (k) DO UPDATE SET count = count + 1 RETURNING count', key).toArray();
    return count;
  }

  /** Takes the delivery out, and its body when that belongs to no other one any more. */
  remove(key) {
    const [{ parcel, keys }] = this.#select('SELECT parcel, keys FROM outbox WHERE k = ?', key);
    this.#sql.exec('DELETE FROM outbox WHERE k = ?', key);
    this.#forget_failed_runs(key);
    const is_shared = split(new Uint8Array(keys)).some((other) =>
      this.#select('SELECT 1 FROM outbox WHERE k = ? AND parcel = ?', other, parcel).length > 0);
    if (parcel !== 0 && !is_shared) {
      this.#sql.exec('DELETE FROM bodies WHERE parcel = ?', parcel);
    }
  }

  /** Where the delivery belongs, `{ key, shard }`, if it has to be driven; else undefined. */
  locate(key) {
    const [found] = this.#select('SELECT shard FROM outbox WHERE k = ? AND drive_ms > 0', key);
    return found && { key, shard: found.shard };
  }

  /**
   * What drives the delivery on: `{ ticket, method, body }`, or null; a body of more than
   * `bytes_max` is left out, as null.
   */
  read(key, bytes_max) {
    const [found] = this.#select(
      'SELECT ticket, method, parcel, body_bytes, body FROM outbox WHERE k = ?', key);
    if (found === undefined) {
      return null;
    }
    const { ticket, method, parcel, body_bytes, body } = found;
    const owed = { ticket: new Uint8Array(ticket), method, body: null };
    if (body_bytes <= bytes_max) {
      owed.body = parcel === 0 ? new Uint8Array(body) : this.#read_body(parcel, body_bytes);
    }
    return owed;
  }

  /** When the first of all has to be driven, or undefined. */
  next_drive_ms() {
    const [next] = this.#select(
      'SELECT MIN(drive_ms) AS drive_ms FROM outbox WHERE drive_ms > 0');
    return next?.drive_ms ?? undefined;
  }

  /** Up to `count` deliveries, `{ key, shard }`, that had to be driven before `before_ms`. */
  list_overdue(before_ms, count) {
    return this.#select(
      'SELECT k, shard FROM outbox WHERE drive_ms > 0 AND drive_ms < ? LIMIT ?', before_ms, count)
      .map(({ k, shard }) => ({ key: new Uint8Array(k), shard }));
  }

  /** Looks at `key` again at `drive_ms`, if it still had to be driven before `before_ms`. */
  postpone(key, before_ms, drive_ms) {
    this.#sql.exec('UPDATE outbox SET drive_ms = ? WHERE k = ? AND drive_ms > 0 AND drive_ms < ?',
      drive_ms, key, before_ms);
  }

  /**
   * Up to `count` deliveries, by key, behind the key `after`: those that were given up (`dead`), or
   * those that still have to be driven (`owed`).
   */
  list(which, after, count) {
    return this.#select('SELECT k, at_ms, method, body_bytes, row, ticket FROM outbox ' +
      `WHERE drive_ms ${which === 'dead' ? '=' : '>'} 0 AND k > ? ORDER BY k LIMIT ?`,
      after, count)
      .map(({ k, row, ticket, ...rest }) => ({
        key: new Uint8Array(k), row: new Uint8Array(row), ticket: new Uint8Array(ticket), ...rest,
      }));
  }

  #has_table(name) {
    return this.#sql.exec("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?", name)
      .toArray().length > 0;
  }

  #forget_failed_runs(key) {
    if (this.#has_failed_runs) {
      this.#sql.exec('DELETE FROM failed_runs WHERE k = ?', key);
    }
  }

  #select(statement, ...values) {
    return this.#has_tables ? this.#sql.exec(statement, ...values).toArray() : [];
  }

  /** Gives the number under which the body is kept. A body in no pieces would be forgotten. */
  #put_body(body) {
    const [{ last }] = this.#select('SELECT MAX(parcel) AS last FROM bodies');
    const parcel = (last ?? 0) + 1;
    for (let start = 0; start === 0 || start < body.byteLength; start += chunk_bytes_max) {
      this.#sql.exec('INSERT INTO bodies VALUES (?, ?, ?)', parcel, start,
        body.subarray(start, start + chunk_bytes_max));
    }
    return parcel;
  }

  #read_body(parcel, body_bytes) {
    const body = new Uint8Array(body_bytes);
    for (const { start, bytes } of this.#sql.exec(
      'SELECT start, bytes FROM bodies WHERE parcel = ?', parcel)) {
      body.set(new Uint8Array(bytes), start);
    }
    return body;
  }

  #ensure_tables() {
    if (this.#has_tables) {
      return;
    }
    // What is looked for without a key stands first, before what may fill pages.
    this.#sql.exec('CREATE TABLE IF NOT EXISTS outbox (k BLOB PRIMARY KEY, ' +
      'drive_ms INTEGER NOT NULL, at_ms INTEGER NOT NULL, shard TEXT NOT NULL, ' +
      'method TEXT NOT NULL, body_bytes INTEGER NOT NULL, parcel INTEGER NOT NULL, ' +
      'keys BLOB NOT NULL, row BLOB NOT NULL, ticket BLOB NOT NULL, body BLOB) WITHOUT ROWID');
    this.#sql.exec('CREATE TABLE IF NOT EXISTS bodies (parcel INTEGER NOT NULL, ' +
      'start INTEGER NOT NULL, bytes BLOB NOT NULL, PRIMARY KEY (parcel, start)) WITHOUT ROWID');
    this.#has_tables = true;
  }
}

function joined(keys) {
  const bytes = new Uint8Array(key_bytes * keys.length);
  keys.forEach((key, at) => bytes.set(key, key_bytes * at));
  return bytes;
}

function split(bytes) {
  return Array.from({ length: bytes.byteLength / key_bytes },
    (_, at) => bytes.subarray(key_bytes * at, key_bytes * (at + 1)));
}
