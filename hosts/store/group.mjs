// Outcomes of a burst that wait some milliseconds to be written together: one transaction for
// several. Whoever hears of one, its own caller included, waits until it is on disk.

/** How long the first of a group waits. Its sender has been answered already. */
export const group_ms = 5;

/** Most rows of a group: the one that fills it does not wait for the others. */
export const group_rows_max = 64;

export class Group {
  #write;
  #entries = new Map();
  #end = null;
  #timer;

  /** `write(entries)` keeps what was added to a group, all of it or nothing, or throws. */
  constructor(write) {
    this.#write = write;
  }

  /** What was added for `name` and is not written yet, or undefined. */
  find(name) {
    return this.#entries.get(name);
  }

  add(name, entry) {
    if (this.#end === null) {
      this.#end = Promise.withResolvers();
      this.#timer = setTimeout(() => this.write(), group_ms);
    }
    this.#entries.set(name, entry);
    if (this.#entries.size >= group_rows_max) {
      this.write();
    }
  }

  /** The end of the group: rejects when it could not be written, and then none of it is kept. */
  get written() {
    return this.#end.promise;
  }

  /** Writes now what there is. Whoever waits for it hears of a failure, not who calls. */
  write() {
    if (this.#end === null) {
      return;
    }
    const entries = [...this.#entries.values()];
    const { resolve, reject } = this.#end;
    clearTimeout(this.#timer);
    this.#entries.clear();
    this.#end = null;
    try {
      this.#write(entries);
      resolve();
    } catch (failure) {
      reject(failure);
    }
  }
}
