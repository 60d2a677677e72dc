// The forwards that one shard may have under way, and those that wait some milliseconds for a place
// among them: less than it takes to hand a delivery back to the Worker that it came from.

/**
 * Most forwards of one shard that wait for the headers of their answers. The platform lets an
 * object have six connections that wait; one is left for messages to the queue.
 */
export const forwards_max = 5;

/** An origin is quick whose last answer's headers came within this. */
export const quick_ms = 25;

/** Longest that a place is waited for. It is waited for while the origin is quick. */
export const place_wait_ms = 50;

/** Most that wait: as many as should have a place within their time. */
export const places_waited_max = 2 * forwards_max;

export class Places {
  #now;
  #taken = 0;
  /** Those that wait, the first one first: `{ resolve, until_ms }`. */
  #waiting = [];
  #last_ms = Infinity;
  #has_timer = false;

  /** `now` gives monotonic milliseconds. */
  constructor(now) {
    this.#now = now;
  }

  /** Takes a place: gives whether there is one, or a promise of it. */
  take() {
    if (this.#taken < forwards_max) {
      this.#taken += 1;
      return true;
    }
    if (this.#last_ms > quick_ms || this.#waiting.length >= places_waited_max) {
      return false;
    }
    const { promise, resolve } = Promise.withResolvers();
    this.#waiting.push({ resolve, until_ms: this.#now() + place_wait_ms });
    this.#wake_in(place_wait_ms);
    return promise;
  }

  /** Gives a place back after `took_ms`, or on to the first one that waits. */
  leave(took_ms) {
    this.#last_ms = took_ms;
    const next = this.#waiting.shift();
    if (next === undefined) {
      this.#taken -= 1;
    } else {
      next.resolve(true);
    }
  }

  /** One timer for all that wait. It costs as much as a call, so that nobody takes it back. */
  #wake_in(ms) {
    if (!this.#has_timer) {
      this.#has_timer = true;
      setTimeout(() => {
        this.#has_timer = false;
        this.#send_away();
      }, ms);
    }
  }

  /** Who has waited too long does so no more, and nobody else until the origin is quick again. */
  #send_away() {
    const now = this.#now();
    while (this.#waiting.length > 0 && this.#waiting[0].until_ms <= now) {
      this.#last_ms = Infinity;
      this.#waiting.shift().resolve(false);
    }
    if (this.#waiting.length > 0) {
      this.#wake_in(this.#waiting[0].until_ms - now);
    }
  }
}
