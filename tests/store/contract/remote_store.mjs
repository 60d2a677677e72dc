// A store that is elsewhere, as a database on another machine is: `find` believes what it saw last,
// calls take their time there and back, and a reply may be lost. Several of them share one store.

const nothing = new Uint8Array(0);

/** The machine with the store: it compares, and takes no time that is behind the last one. */
export class Machine {
  #last_ms = 0;

  constructor(store, { compares = true } = {}) {
    this.store = store;
    this.compares = compares;
  }

  get started_ms() {
    return this.store.started_ms;
  }

  /** `{ is_kept, rows, now_ms }`: rows by name as they stand then. */
  async swap({ seen, writes, parcel, now_ms }) {
    const present = seen.map(({ key, name }) => this.store.find(key, name));
    const stands = now_ms >= this.#last_ms && (!this.compares ||
      seen.every(({ row }, at) => Buffer.compare(row, present[at].row) === 0));
    let is_kept = false;
    if (stands) {
      this.#last_ms = now_ms;
      const found = (each) => present[seen.indexOf(each)];
      is_kept = await this.store.swap({
        seen: present, parcel, now_ms,
        writes: writes.map((write) => ({ ...write, found: found(write.found) })),
      });
    }
    const rows = seen.map(({ key, name }) => [name, this.store.find(key, name).row]);
    return { is_kept, rows, now_ms: Math.max(this.#last_ms, this.store.now_ms) };
  }
}

export class RemoteStore {
  #machine;
  #way;
  #believed = new Map();
  #now_ms = 0;
  /** What the machine did last for this one, whether or not its reply came back. */
  last = null;

  /** `way()` is a promise that takes as long as a call does; it rejects for one that is lost. */
  constructor(machine, way) {
    this.#machine = machine;
    this.#way = way;
  }

  get started_ms() {
    return this.#machine.started_ms;
  }

  get now_ms() {
    return Math.max(this.#now_ms, this.#machine.store.now_ms);
  }

  find(key, name) {
    return { key, name, row: this.#believed.get(name) ?? nothing };
  }

  async swap(change) {
    await this.#way();
    const { is_kept, rows, now_ms } = await this.#machine.swap(change);
    if (is_kept) {
      this.last = { at: change.now_ms, wrote: change.writes.length > 0 };
    }
    await this.#way();
    rows.forEach(([name, row]) => this.#believed.set(name, row));
    this.#now_ms = now_ms;
    return is_kept;
  }

  read_owed = (...call) => this.#machine.store.read_owed(...call);
  locate = (...call) => this.#machine.store.locate(...call);
  list = (...call) => this.#machine.store.list(...call);
  list_overdue = (...call) => this.#machine.store.list_overdue(...call);
  postpone = (...call) => this.#machine.store.postpone(...call);
  count_failed_run = (...call) => this.#machine.store.count_failed_run(...call);
  drop_expired = (...call) => this.#machine.store.drop_expired(...call);
  set_alarm = (...call) => this.#machine.store.set_alarm(...call);
}
