// Claims that wait for the outcome of somebody else's, by event.

/** Most claims that wait at a time. Beyond it a claim is told at once that its event is busy. */
export const waiting_max = 1000;

export class Waiting {
  #wakers = new Map();
  #count = 0;

  get is_full() {
    return this.#count >= waiting_max;
  }

  /**
   * From now on `wake(name)` is heard: `woken` resolves then, or after `wait_ms`. `leave` has to be
   * called in the end.
   */
  join(name, wait_ms) {
    const { promise: woken, resolve } = Promise.withResolvers();
    const wakers = this.#wakers.get(name) ?? new Set();
    this.#wakers.set(name, wakers.add(resolve));
    this.#count += 1;
    const timer = setTimeout(resolve, wait_ms);
    const leave = () => {
      clearTimeout(timer);
      this.#count -= 1;
      wakers.delete(resolve);
      if (wakers.size === 0 && this.#wakers.get(name) === wakers) {
        this.#wakers.delete(name);
      }
    };
    return { woken, leave };
  }

  wake(name) {
    this.#wakers.get(name)?.forEach((resolve) => resolve());
  }
}
