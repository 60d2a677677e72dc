// The rows of one shard, wherever they stand: on disk with their delivery while it is owed, on disk
// alone, or in memory while leases come thick.

import * as keeps from '../../build/contract/keeps.mjs';
import * as ledger_answers from '../../build/contract/ledger_answers.mjs';
import { bytes_of_hex } from '../fetch/wire.mjs';

import { DurableRows } from './durable_rows.mjs';
import { Group } from './group.mjs';
import { Outbox } from './outbox.mjs';
import { Starts } from './starts.mjs';
import { VolatileRows } from './volatile_rows.mjs';

/**
 * Most rows that are moved from memory to disk when a burst is over. They cost a row written each,
 * and a second at most; after a larger burst, leases stay volatile until its rows have expired.
 */
export const settled_rows_max = 5000;

/** How long after its time a delivery that nobody drives is taken to have lost its message. */
export const overdue_ms = 60_000;

/** When a delivery that got a fresh message gets the next one, if nothing has become of it. */
export const resend_ms = 15 * 60 * 1000;

const nowhere = Object.freeze({ row: new Uint8Array(0), bucket: undefined });

/** Nothing here awaits. Rows are found by `key` on disk, and by `name`, its hex, in memory. */
export class Rows {
  #storage;
  #durable;
  #outbox;
  #volatile = new VolatileRows();
  #group = new Group((entries) => this.#write_group(entries));
  #starts;
  /** When this object is woken, as far as it knows, and whether that is too late. */
  #alarm_ms = Infinity;
  #is_alarm_late = false;

  /** `storage` of a Durable Object; `first_started_ms` is the start of one that is new. */
  constructor(storage, now_ms, first_started_ms) {
    this.#storage = storage;
    this.#read_again();
    const has_rows = !this.#durable.is_empty;
    this.#starts = new Starts(storage, { now_ms, first_started_ms, has_rows });
    // An alarm that failed too often is given up by the platform: what is owed must not be.
    this.#wake_by(this.#outbox.next_drive_ms() ?? 0);
    this.#set_late_alarm();
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

  /** What is owed, or was given up. To be changed by `keep` and `accept` only. */
  get outbox() {
    return this.#outbox;
  }

  /**
   * `{ row, bucket }`: the row, empty when there is none, and where one stands on disk, if it does.
   * Whoever tells of what was found has to wait for `kept` before.
   */
  find(name, key) {
    return this.#group.find(name) ?? this.#volatile.find(name) ?? this.#find_owed(key) ??
      this.#durable.find(key) ?? nowhere;
  }

  /** Keeps what the module made of the row that was `found`. It is safe when `kept` says so. */
  keep(name, key, { bucket }, transition, now_ms) {
    if (transition.keep === keeps.unchanged) {
      return;
    }
    const is_lease = transition.keep === keeps.in_memory;
    if (is_lease) {
      this.#starts.count_lease(now_ms);
    }
    if (this.#group.find(name) !== undefined) {
      this.#group.write();
      this.#write_now(name, key, this.find(name, key).bucket, transition, now_ms);
    } else if (!this.#starts.is_volatile) {
      this.#write_now(name, key, bucket, transition, now_ms);
    } else if (is_lease) {
      this.#volatile.put(name, transition, bucket, now_ms);
    } else {
      this.#group.add(name, { ...transition, name, key, bucket, now_ms });
    }
  }

  /**
   * Undefined when all that is known of `name` is kept; else a promise of that, which rejects when
   * it could not be kept.
   */
  kept(name) {
    return this.#group.find(name) && this.#group.written;
  }

  /** Writes at once what waits to be written. */
  write() {
    this.#group.write();
  }

  /**
   * Keeps a row that was accepted, with what is needed to drive it: see `Outbox.put`. To be called
   * in a transaction; what memory has of the row is to be forgotten after it.
   */
  accept(key, { row, due_ms }, ticket, parcel) {
    this.#outbox.put(key, { row, drive_ms: due_ms, ticket, parcel });
    this.#wake_by(due_ms);
  }

  /**
   * Keeps what the module made of the row that was `found` when a copy of its content comes, if it
   * has changed: says whether. To be called as `accept`.
   */
  note_copy(key, { bucket }, transition, now_ms) {
    const is_changed = transition.keep !== keeps.unchanged;
    if (is_changed) {
      this.#write(key, bucket, transition, now_ms);
    }
    return is_changed;
  }

  forget(name) {
    this.#volatile.forget(name);
  }

  /** Moves leases back to disk once a burst is over. */
  settle(now_ms) {
    if (!this.#starts.may_settle(now_ms) || this.#volatile.size > settled_rows_max) {
      return;
    }
    this.#group.write();
    this.in_transaction(() => {
      for (const { name, bucket, ...transition } of this.#volatile.list(now_ms)) {
        this.#write(bytes_of_hex(name), bucket, { keep: keeps.in_memory, ...transition }, now_ms);
      }
      this.#starts.settle(now_ms);
    });
    this.#volatile.clear();
  }

  /** All of `action` or nothing: what is remembered of the disk is read again after a failure. */
  in_transaction(action) {
    let result;
    try {
      result = this.#storage.transactionSync(action);
    } catch (failure) {
      this.#read_again();
      throw failure;
    }
    this.#set_late_alarm();
    return result;
  }

  drop_expired(now_ms) {
    this.in_transaction(() => this.#durable.drop_expired(now_ms));
  }

  /** Sets the alarm for whatever comes first, but not for a time before `earliest_ms`. */
  set_alarm(earliest_ms) {
    const owed_ms = this.#outbox.next_drive_ms() ?? Infinity;
    const next_ms = Math.min(this.#durable.next_drop_ms, owed_ms + overdue_ms);
    this.#alarm_ms = Math.max(next_ms, earliest_ms);
    if (this.#alarm_ms < Infinity) {
      this.#storage.setAlarm(this.#alarm_ms);
    }
  }

  #write_now(name, key, bucket, transition, now_ms) {
    this.in_transaction(() => this.#write(key, bucket, transition, now_ms));
    this.#volatile.forget(name);
  }

  #find_owed(key) {
    const row = this.#outbox.find(key);
    return row && { row, bucket: undefined };
  }

  #write_group(entries) {
    this.in_transaction(() => entries.forEach(({ key, bucket, now_ms, ...transition }) =>
      this.#write(key, bucket, transition, now_ms)));
    entries.forEach(({ name }) => this.#volatile.forget(name));
  }

  #write(key, bucket, { keep, answer, row, expires_ms, due_ms }, now_ms) {
    const is_owed = this.#outbox.find(key) !== undefined;
    if (due_ms !== 0 && !is_owed) {
      throw new RangeError('an event cannot be owed without its delivery');
    }
    // What was given up has no expiry: it stays until somebody takes it up again. What is done has
    // one: the module takes no policy that retains for 0, which a ledger would take for ever.
    if (due_ms !== 0 || (is_owed && expires_ms === 0)) {
      this.#outbox.update(key, row, due_ms);
      this.#wake_by(due_ms);
      return;
    }
    if (is_owed) {
      this.#outbox.remove(key);
    }
    // A lease is on disk when it has to be marked for a copy's sake, too.
    const is_lease = expires_ms === 0 &&
      (keep === keeps.in_memory || answer === ledger_answers.elsewhere);
    if (keep === keeps.durable && expires_ms !== 0) {
      this.#starts.note_retention(expires_ms - now_ms, now_ms);
    }
    // A lease goes where its outcome is likely to go, which then takes its place in the table.
    const former = is_owed ? this.#durable.find(key)?.bucket : bucket;
    const has_new_table = this.#durable.put(
      key, row, former, is_lease ? now_ms + this.#starts.retain_ms : expires_ms);
    this.#is_alarm_late ||= has_new_table;
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
  }
}
