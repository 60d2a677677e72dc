// What this object owes for keeping leases in its memory: starts that the module can tell apart.
//
// While traffic is quiet, leases are kept on disk: nothing can be lost, so a later start goes on
// where the former one ended, and nothing has to be marked. In a burst leases stay in memory, and
// the disk says so: the next start is then a new one. One row is written at each change.

/** More leases than this within `burst_ms` are a burst: on disk they would cost a row each. */
export const quiet_leases_max = 4;
export const burst_ms = 10_000;

/** How long after its last lease a burst is over. Longer than most leases run. */
export const quiet_ms = 20_000;

/** How long rows are taken to be kept until one says so: the longer of the two usual retentions. */
const retain_ms_first = 30 * 24 * 60 * 60 * 1000;

/** A retention that differs by less leaves rows in the same tables, or in the next. */
const retain_ms_apart = 24 * 60 * 60 * 1000;

/** The start of this object, as the module wants it, and where leases are kept. */
export class Starts {
  #sql;
  #started_ms;
  #is_volatile;
  #retain_ms;
  /** The largest time on disk. */
  #floor_ms;
  /** When the last leases were kept, the oldest first. */
  #recent = [];

  /**
   * Reads what the last start left, and writes a new one when its leases are lost. An object
   * without rows has lost nothing, and starts at `first_started_ms`. One with rows of a version
   * that wrote no starts had its leases in memory.
   */
  constructor(storage, { now_ms, first_started_ms, has_rows }) {
    this.#sql = storage.sql;
    this.#sql.exec('CREATE TABLE IF NOT EXISTS start (only INTEGER PRIMARY KEY, ' +
      'started_ms INTEGER NOT NULL, is_volatile INTEGER NOT NULL, at_ms INTEGER NOT NULL, ' +
      'retain_ms INTEGER NOT NULL)');
    const [last] = this.#sql.exec('SELECT * FROM start').toArray();
    this.#floor_ms = last?.at_ms ?? 0;
    this.#retain_ms = last?.retain_ms ?? retain_ms_first;
    const has_lost = last === undefined ? has_rows : last.is_volatile !== 0;
    if (has_lost) {
      this.#started_ms = Math.max(now_ms, this.#floor_ms, (last?.started_ms ?? 0) + 1);
    } else {
      this.#started_ms = last?.started_ms ?? first_started_ms;
    }
    this.#is_volatile = false;
    if (has_lost || last === undefined) {
      this.#write(now_ms);
    }
  }

  get started_ms() {
    return this.#started_ms;
  }

  /** This object's clock must not be behind: what is on disk was written then. */
  get floor_ms() {
    return Math.max(this.#floor_ms, this.#started_ms);
  }

  /** How long rows are kept once they are done, as far as this object knows. */
  get retain_ms() {
    return this.#retain_ms;
  }

  note_retention(retain_ms, now_ms) {
    if (Math.abs(retain_ms - this.#retain_ms) >= retain_ms_apart) {
      this.#retain_ms = retain_ms;
      this.#write(now_ms);
    }
  }

  get is_volatile() {
    return this.#is_volatile;
  }

  /** Counts a lease that is to be kept now. The one that makes a burst makes leases volatile. */
  count_lease(now_ms) {
    this.#recent = [...this.#recent.slice(-quiet_leases_max), now_ms];
    const is_burst = this.#recent.length > quiet_leases_max &&
      now_ms - this.#recent[0] < burst_ms;
    if (is_burst && !this.#is_volatile) {
      this.#is_volatile = true;
      this.#write(now_ms);
    }
  }

  /** Whether leases are in memory and traffic has been quiet since. */
  may_settle(now_ms) {
    return this.#is_volatile && now_ms - this.#recent.at(-1) >= quiet_ms;
  }

  /** Every lease is on disk again, once the transaction that this is in has ended. */
  settle(now_ms) {
    this.#is_volatile = false;
    this.#write(now_ms);
  }

  #write(now_ms) {
    this.#floor_ms = Math.max(this.#floor_ms, now_ms);
    this.#sql.exec('INSERT INTO start VALUES (0, ?1, ?2, ?3, ?4) ON CONFLICT (only) DO UPDATE ' +
      'SET started_ms = ?1, is_volatile = ?2, at_ms = ?3, retain_ms = ?4',
    this.#started_ms, this.#is_volatile ? 1 : 0, this.#floor_ms, this.#retain_ms);
  }
}
