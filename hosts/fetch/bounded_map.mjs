/** A map that forgets what was put in first when it is full. */
export class BoundedMap extends Map {
  #entries_max;

  constructor(entries_max) {
    super();
    this.#entries_max = entries_max;
  }

  set(key, value) {
    if (!this.has(key) && this.size >= this.#entries_max) {
      this.delete(this.keys().next().value);
    }
    return super.set(key, value);
  }
}
