// Queue mode in one process: runs wait here for their time, and the store's outbox is the truth. A
// run that is lost with the process is found by the store's sweep.

import * as kinds from '../../build/contract/kinds.mjs';
import { hex_of } from '../fetch/wire.mjs';

/** Runs at once: each holds a body and waits for an origin or a handler. */
export const runs_max = 16;

/** References that wait, at some 200 bytes each. More are left to the sweep. */
export const waiting_max = 50_000;

/** When a run comes again after a failure of ours, or of the store. */
const failure_delay_ms = 30_000;

/** Timers take 24 days at most. */
const timer_ms_max = 24 * 60 * 60 * 1000;

export class LocalQueue {
  #drive_one;
  #now;
  #running = new Map();
  /** When each reference is due, by its name. */
  #due = new Map();
  #timer;
  /** When the timer rings. */
  #next_ms = Infinity;
  #is_closed = false;

  /** `drive_one(content)` is that of `make_driver`; `now` gives unix milliseconds. */
  constructor({ drive_one, now }) {
    this.#drive_one = drive_one;
    this.#now = now;
  }

  /** Takes `{ shard, key }`, the key as bytes, for a run at once. False when there is no room. */
  push({ shard, key }) {
    const name = `${shard} ${hex_of(key)}`;
    if (this.#is_closed || (this.#due.size >= waiting_max && !this.#due.has(name))) {
      return false;
    }
    this.#put(name, this.#now());
    return true;
  }

  /** Runs what is due and resolves when nothing is due any more. */
  async drain() {
    this.#start_due();
    while (this.#running.size > 0) {
      await Promise.all(this.#running.values());
    }
  }

  /** Begins no run any more; resolves when those that were begun have ended. */
  async close() {
    this.#is_closed = true;
    clearTimeout(this.#timer);
    this.#due.clear();
    await Promise.all(this.#running.values());
  }

  /** Who runs already is looked at when that run has ended. */
  #start_due() {
    clearTimeout(this.#timer);
    this.#next_ms = Infinity;
    const now_ms = this.#now();
    let next_ms = Infinity;
    for (const [name, due_ms] of this.#due) {
      if (this.#is_closed || this.#running.size >= runs_max) {
        return;
      }
      if (this.#running.has(name)) {
        continue;
      }
      if (due_ms <= now_ms) {
        this.#due.delete(name);
        this.#running.set(name, this.#run(name));
      } else {
        next_ms = Math.min(next_ms, due_ms);
      }
    }
    this.#wake_at(next_ms);
  }

  async #run(name) {
    const [shard, key] = name.split(' ');
    const { kind, delay_ms = failure_delay_ms, failure } =
      await this.#drive_one({ shard, key }, () => {});
    this.#running.delete(name);
    const is_over = failure === null && kind !== kinds.retry_later;
    if (!is_over && !this.#is_closed && !this.#due.has(name)) {
      this.#put(name, this.#now() + delay_ms);
    }
    this.#start_due();
  }

  #put(name, due_ms) {
    this.#due.set(name, due_ms);
    this.#wake_at(due_ms);
  }

  #wake_at(at_ms) {
    if (at_ms >= this.#next_ms || this.#is_closed || this.#running.size >= runs_max) {
      return;
    }
    clearTimeout(this.#timer);
    this.#next_ms = at_ms;
    const wait_ms = Math.min(Math.max(0, at_ms - this.#now()), timer_ms_max);
    this.#timer = setTimeout(() => this.#start_due(), wait_ms);
  }
}
