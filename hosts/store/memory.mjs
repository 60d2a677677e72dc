// A store in the memory of one process: for tests, for a machine of one's own, and as the shortest
// store that there is. All is lost with the process, what was accepted too.

import { hex_of } from '../fetch/wire.mjs';

import { lease_kept_ms, overdue_ms } from './times.mjs';

/** Most rows of one shard, at some 400 bytes each. */
export const rows_max = 200_000;

/** Most bytes of bodies that one shard owes. */
export const owed_bytes_max = 64 << 20;

const nothing = new Uint8Array(0);

export class MemoryStore {
  #now;
  #set_alarm;
  #started_ms;
  /** By name, in the order of their last write. */
  #rows = new Map();
  #owed_bytes = 0;
  #alarm_ms = Infinity;

  /** `now` gives unix milliseconds; `set_alarm(at_ms)` has the ledger's `sweep` called then. */
  constructor({ now, set_alarm }) {
    this.#now = now;
    this.#set_alarm = set_alarm;
    this.#started_ms = now();
  }

  /** Leases of before are lost. */
  get started_ms() {
    return this.#started_ms;
  }

  get now_ms() {
    return Math.max(this.#started_ms, this.#now());
  }

  find(key, name) {
    return { key, name, row: this.#rows.get(name)?.row ?? nothing };
  }

  async swap({ seen, writes, parcel, now_ms }) {
    // Rows are never changed in place, so that one that was found is still the same one.
    if (seen.some(({ name, row }) => (this.#rows.get(name)?.row ?? nothing) !== row)) {
      return false;
    }
    const next = writes.map((write) => this.#made(write, parcel, now_ms));
    this.#expect_room(next);
    next.forEach((entry) => this.#put(entry));
    return true;
  }

  async read_owed(key, bytes_max) {
    const owed = this.#find_owed(key);
    if (owed === undefined) {
      return null;
    }
    const { ticket, method, body } = owed.delivery;
    return { ticket, method, body: body.byteLength <= bytes_max ? body : null };
  }

  async locate(key) {
    const owed = this.#find_owed(key);
    return owed?.drive_ms > 0 ? { key, shard: owed.delivery.shard } : null;
  }

  async list(which, after, count) {
    const has_state = ({ drive_ms }) => (drive_ms === 0) === (which === 'dead');
    return this.#owed().filter((each) => has_state(each) && compare(each.key, after) > 0)
      .sort((one, other) => compare(one.key, other.key)).slice(0, count)
      .map(({ key, row, delivery: { ticket, at_ms, method, body } }) =>
        ({ key, row, ticket, at_ms, method, body_bytes: body.byteLength }));
  }

  async list_overdue(before_ms, count) {
    return this.#owed().filter(({ drive_ms }) => drive_ms > 0 && drive_ms < before_ms)
      .slice(0, count).map(({ key, delivery: { shard } }) => ({ key, shard }));
  }

  async postpone(key, before_ms, due_ms) {
    const entry = this.#find_owed(key);
    if (entry !== undefined && entry.drive_ms > 0 && entry.drive_ms < before_ms) {
      entry.drive_ms = due_ms;
    }
  }

  async count_failed_run(key) {
    const entry = this.#find_owed(key);
    if (entry === undefined || entry.drive_ms === 0) {
      return 0;
    }
    entry.failed_runs += 1;
    return entry.failed_runs;
  }

  async drop_expired(now_ms) {
    for (const entry of this.#rows.values()) {
      if (entry.forget_ms !== 0 && entry.forget_ms <= now_ms) {
        this.#remove(entry);
      }
    }
  }

  set_alarm(earliest_ms) {
    this.#alarm_ms = Infinity;
    for (const entry of this.#rows.values()) {
      this.#alarm_ms = Math.min(this.#alarm_ms, wake_ms(entry));
    }
    this.#alarm_ms = Math.max(this.#alarm_ms, earliest_ms);
    if (this.#alarm_ms < Infinity) {
      this.#set_alarm(this.#alarm_ms);
    }
  }

  /** What a write makes of a row. What is owed keeps its delivery until it is settled. */
  #made({ found: { key, name }, row, expires_ms, due_ms, ticket, is_lease, is_settled }, parcel,
    now_ms) {
    const owed = this.#rows.get(name)?.delivery ?? null;
    const taken = ticket === null ? null : { ...parcel, ticket: ticket.slice() };
    const delivery = taken ?? (is_settled ? null : owed);
    if (due_ms !== 0 && delivery === null) {
      throw new RangeError('an event cannot be owed without its delivery');
    }
    const forget_ms = is_lease && delivery === null ? now_ms + lease_kept_ms : expires_ms;
    return {
      key: key.slice(), name, row: row.slice(), drive_ms: due_ms, forget_ms, delivery,
      failed_runs: 0,
    };
  }

  #expect_room(next) {
    const more = next.filter(({ name }) => !this.#rows.has(name)).length;
    if (this.#rows.size + more > rows_max) {
      throw new RangeError('this shard has too many rows');
    }
    const taken = next.reduce((sum, entry) =>
      sum + bytes_of_delivery(entry) - bytes_of_delivery(this.#rows.get(entry.name)), 0);
    if (taken > 0 && this.#owed_bytes + taken > owed_bytes_max) {
      throw new RangeError('this shard owes too much');
    }
  }

  #put(entry) {
    this.#remove(this.#rows.get(entry.name));
    this.#rows.set(entry.name, entry);
    this.#owed_bytes += bytes_of_delivery(entry);
    if (wake_ms(entry) < this.#alarm_ms) {
      this.#alarm_ms = wake_ms(entry);
      this.#set_alarm(this.#alarm_ms);
    }
  }

  #remove(entry) {
    if (entry !== undefined) {
      this.#rows.delete(entry.name);
      this.#owed_bytes -= bytes_of_delivery(entry);
    }
  }

  #owed() {
    return [...this.#rows.values()].filter(({ delivery }) => delivery !== null);
  }

  #find_owed(key) {
    const entry = this.#rows.get(hex_of(key));
    return entry?.delivery ? entry : undefined;
  }
}

/** When somebody has to look at the row again. */
function wake_ms({ drive_ms, forget_ms }) {
  return Math.min(drive_ms === 0 ? Infinity : drive_ms + overdue_ms, forget_ms || Infinity);
}

function bytes_of_delivery(entry) {
  return entry?.delivery ? entry.delivery.body.byteLength : 0;
}

/** As SQL compares blobs. */
function compare(one, other) {
  const names = [one, other].map(hex_of);
  return names[0] < names[1] ? -1 : Number(names[0] > names[1]);
}
