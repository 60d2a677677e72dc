// A store in SQLite, for one shard that nobody else writes: rows on disk with their delivery while
// it is owed, on disk alone, or in memory while leases come thick.
//
// `storage` is that of a Durable Object, or what looks like it: `sql.exec(statement, ...values)`
// gives a cursor, `transactionSync(action)` is all of an action or nothing, `setAlarm(at_ms)` has
// the ledger's `sweep` called then. Nothing here awaits, but for a group that waits to be written.

import { BoundedMap } from '../../fetch/bounded_map.mjs';
import { Group } from '../group.mjs';
import { overdue_ms } from '../times.mjs';

import { DurableRows } from './durable_rows.mjs';
import { Outbox } from './outbox.mjs';
import { Starts, quiet_ms } from './starts.mjs';
import { VolatileRows } from './volatile_rows.mjs';

/**
 * Most rows that are moved from memory to disk when a burst is over. They cost a row written each,
 * and a second at most; after a larger burst, leases stay volatile until its rows have expired.
 */
export const settled_rows_max = 5000;

/**
 * Outcomes that are remembered besides, the last ones, at some 500 bytes each: a repeat that comes
 * soon is not looked for on the disk. What is done stays as it is until it expires, which the
 * module judges.
 */
export const outcomes_remembered_max = 1024;

const nothing = new Uint8Array(0);

/** Rows are found by `key` on disk, and by `name`, its hex, in memory. */
export class SqliteStore {
  #storage;
  #now;
  #durable;
  #outbox;
  #volatile = new VolatileRows();
  /** `{ row, bucket }` by name, as they stand on disk. */
  #outcomes = new BoundedMap(outcomes_remembered_max);
  #group = new Group((entries) => this.#write_group(entries));
  #starts;
  /**
   * Counts what has changed since the start, so that what was found need not be looked for again.
   */
  #changes = 0;
  /** Until a burst is over. */
  #timer;
  /** When the alarm rings, as far as is known here, and whether that is too late. */
  #alarm_ms = Infinity;
  #is_alarm_late = false;

  /** `now` gives unix milliseconds; `first_started_ms` is the start of a store that is new. */
  constructor(storage, { now, first_started_ms }) {
    this.#storage = storage;
    this.#now = now;
    this.#read_again();
    const has_rows = !this.#durable.is_empty;
    this.#starts = new Starts(storage, { now_ms: now(), first_started_ms, has_rows });
    // An alarm that failed too often is given up by the platform: what is owed must not be.
    this.#wake_by(this.#outbox.next_drive_ms() ?? 0);
    this.#set_late_alarm();
  }

  get started_ms() {
    return this.#starts.started_ms;
  }

  /** Not below the largest time that is known from the disk. */
  get now_ms() {
    return Math.max(this.#starts.floor_ms, this.#now());
  }

  /** `bucket` is where the row stands on disk, if it does. */
  find(key, name) {
    const { row, bucket } = this.#group.find(name) ?? this.#volatile.find(name) ??
      this.#outcomes.get(name) ?? this.#find_on_disk(key);
    return { key, name, row, bucket, changes: this.#changes };
  }

  async swap({ seen, writes, parcel, now_ms }) {
    // What builds on a row that waits to be written must not outlive it.
    const is_behind = writes.some(({ found }) => this.#waits(found));
    if (parcel !== null || is_behind) {
      this.#group.write();
    }
    this.#settle(now_ms);
    if (!seen.every((found) => this.#stands(found))) {
      return false;
    }
    if (parcel !== null) {
      this.#write_now(writes, { parcel: { ...parcel, number: null }, now_ms });
    } else if (writes.length > 0) {
      this.#keep(writes, { is_behind, now_ms });
    }
    this.#settle_later();
    // A group is written as a whole: who waits for its last waits for all of it.
    if (seen.some((found) => this.#waits(found))) {
      await this.#group.written;
    }
    return true;
  }

  read_owed(key, bytes_max) {
    return this.#outbox.read(key, bytes_max);
  }

  locate(key) {
    return this.#outbox.locate(key) ?? null;
  }

  list(which, after, count) {
    return this.#outbox.list(which, after, count);
  }

  list_overdue(before_ms, count) {
    return this.#outbox.list_overdue(before_ms, count);
  }

  postpone(key, before_ms, due_ms) {
    this.#outbox.postpone(key, before_ms, due_ms);
  }

  count_failed_run(key) {
    return this.#outbox.count_failed_run(key);
  }

  drop_expired(now_ms) {
    this.#outcomes.clear();
    this.#in_transaction(() => this.#durable.drop_expired(now_ms));
  }

  set_alarm(earliest_ms) {
    const owed_ms = this.#outbox.next_drive_ms() ?? Infinity;
    const next_ms = Math.min(this.#durable.next_drop_ms, owed_ms + overdue_ms);
    this.#alarm_ms = Math.max(next_ms, earliest_ms);
    if (this.#alarm_ms < Infinity) {
      this.#storage.setAlarm(this.#alarm_ms);
    }
  }

  /**
   * Ends its timers, before `storage` is closed. Leases of a burst are taken to the disk, so that
   * the next start has lost none; where that fails it marks what comes, as after a crash.
   */
  close() {
    clearTimeout(this.#timer);
    if (this.#starts.is_volatile && this.#volatile.size <= settled_rows_max) {
      attempt(() => this.#move_to_disk(this.now_ms));
    }
  }

  /** Whether a row is as it was found. What has not changed since is not looked for again. */
  #stands(found) {
    if (found.changes === this.#changes) {
      return true;
    }
    const { row, bucket } = this.find(found.key, found.name);
    found.bucket = bucket;
    return is_same(row, found.row);
  }

  #waits({ name }) {
    return this.#group.find(name) !== undefined;
  }

  /**
   * Keeps rows. What must be on disk is there when its group is written, if it waits in one. What
   * is behind a group that had to be written does not wait in the next one.
   */
  #keep(writes, { is_behind, now_ms }) {
    writes.filter(({ is_durable }) => !is_durable)
      .forEach(() => this.#starts.count_lease(now_ms));
    if (is_behind || !this.#starts.is_volatile) {
      this.#write_now(writes, { parcel: null, now_ms });
      return;
    }
    this.#changes += 1;
    for (const write of writes) {
      if (write.is_durable) {
        this.#group.add(write.found.name, { ...write, bucket: write.found.bucket, now_ms });
      } else {
        this.#volatile.put(write, now_ms);
      }
    }
  }

  /** All rows of a change, or none. What memory has of them is forgotten. */
  #write_now(writes, { parcel, now_ms }) {
    this.#at_once(writes, () => writes.forEach((write) => (write.ticket === null
      ? this.#write(write, now_ms) : this.#take(write, parcel))));
    writes.forEach(({ found }) => this.#volatile.forget(found.name));
  }

  #write_group(entries) {
    this.#at_once(entries, () => entries.forEach((entry) => this.#write(entry, entry.now_ms)));
    entries.forEach(({ found }) => this.#volatile.forget(found.name));
  }

  /** Takes a delivery into the outbox. */
  #take({ found: { key, name }, row, due_ms, ticket }, parcel) {
    this.#outcomes.delete(name);
    this.#outbox.put(key, { row, drive_ms: due_ms, ticket, parcel });
    this.#wake_by(due_ms);
  }

  #write({ found: { key, name, bucket }, row, expires_ms, due_ms, is_durable, is_lease,
    is_settled }, now_ms) {
    this.#outcomes.delete(name);
    const is_owed = this.#outbox.find(key) !== undefined;
    if (due_ms !== 0 && !is_owed) {
      throw new RangeError('an event cannot be owed without its delivery');
    }
    // What was given up has no expiry: it stays until somebody takes it up again. What is done has
    // one: the module takes no policy that retains for 0, which a ledger would take for ever.
    if (is_owed && !is_settled) {
      this.#outbox.update(key, row, due_ms);
      this.#wake_by(due_ms);
      return;
    }
    if (is_owed) {
      this.#outbox.remove(key);
    }
    if (is_durable && expires_ms !== 0) {
      this.#starts.note_retention(expires_ms - now_ms, now_ms);
    }
    // A lease goes where its outcome is likely to go, which then takes its place in the table.
    const former = is_owed ? this.#durable.find(key)?.bucket : bucket;
    const put = this.#durable.put(
      key, row, former, is_lease ? now_ms + this.#starts.retain_ms : expires_ms);
    this.#is_alarm_late ||= put.is_new;
    if (is_settled) {
      this.#outcomes.set(name, { row, bucket: put.bucket });
    }
  }

  /** All of `action`, which makes the `writes`, or nothing. A new row alone is one statement. */
  #at_once(writes, action) {
    const is_one = writes.length === 1 && writes[0].found.bucket === undefined &&
      this.#outbox.is_unused;
    this.#guard(is_one ? action : () => this.#storage.transactionSync(action));
  }

  #in_transaction(action) {
    this.#guard(() => this.#storage.transactionSync(action));
  }

  /**
   * Performs `action`, which has effect as a whole: what is remembered of the disk is read again
   * after a failure.
   */
  #guard(action) {
    this.#changes += 1;
    try {
      action();
    } catch (failure) {
      this.#read_again();
      throw failure;
    }
    this.#set_late_alarm();
  }

  #find_on_disk(key) {
    const row = this.#outbox.find(key);
    return row === undefined
      ? this.#durable.find(key) ?? { row: nothing, bucket: undefined } : { row, bucket: undefined };
  }

  /** Moves leases back to disk once a burst is over. */
  #settle(now_ms) {
    if (this.#starts.may_settle(now_ms) && this.#volatile.size <= settled_rows_max) {
      this.#move_to_disk(now_ms);
    }
  }

  #move_to_disk(now_ms) {
    this.#group.write();
    this.#in_transaction(() => {
      this.#volatile.list(now_ms).forEach((write) => this.#write(write, now_ms));
      this.#starts.settle(now_ms);
    });
    this.#volatile.clear();
  }

  /** A store that sleeps after a burst without this loses leases, and marks what comes next. */
  #settle_later() {
    if (!this.#starts.is_volatile || this.#timer !== undefined) {
      return;
    }
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      // The next change tries it again, and there somebody hears of it.
      attempt(() => this.#settle(this.now_ms));
      this.#settle_later();
    }, quiet_ms);
    this.#timer.unref?.();  // Node is not kept running for it.
  }

  /** `due_ms` of what is owed, 0 for nothing. */
  #wake_by(due_ms) {
    this.#is_alarm_late ||= due_ms !== 0 && due_ms + overdue_ms < this.#alarm_ms;
  }

  #set_late_alarm() {
    if (this.#is_alarm_late) {
      this.#is_alarm_late = false;
      this.set_alarm(0);
    }
  }

  #read_again() {
    this.#durable = new DurableRows(this.#storage);
    this.#outbox = new Outbox(this.#storage);
    this.#outcomes.clear();
  }
}

/** Performs what may fail and is tried again, by itself or by the next start. */
function attempt(action) {
  try {
    action();
  } catch {
    // It is as it was before.
  }
}

function is_same(one, other) {
  return one.byteLength === other.byteLength && one.every((byte, at) => byte === other[at]);
}
