// One shard of the ledger: a Durable Object that keeps rows and lets the module say what becomes of
// them. It never looks into a row.

import { DurableObject } from 'cloudflare:workers';

import { decode_ledger, encode_ledger, keeps, ledger_answers } from '../common/effects.mjs';
import { Module } from '../common/module.mjs';
import { hex_of } from '../common/wire.mjs';

import { DurableRows } from './durable_rows.mjs';
import { VolatileRows } from './volatile_rows.mjs';

/** Longest that a claim may wait here, whatever the policy asks: senders give up in seconds. */
export const wait_ms_max = 5000;

/** Most claims that wait at a time. Beyond it a claim is told at once that its event is busy. */
export const waiting_max = 1000;

/**
 * The class of the ledger's objects. `now` gives unix milliseconds; `started` too, once, when an
 * instance of an object begins: leases that an earlier one granted are lost, and the module must
 * know since when.
 */
export function make_ledger({ compiled, now, started }) {
  return class Ledger extends DurableObject {
    #module = new Module(compiled, null);
    #durable;
    #volatile = new VolatileRows();
    #waiting = new Waiting();
    #now_ms = 0;
    #started_ms = started();

    constructor(context, env) {
      super(context, env);
      this.#durable = new DurableRows(context.storage);
    }

    /**
     * Applies one operation to the row of `key` and gives the module's reply. A claim of a busy
     * event waits up to `wait_ms` for the delivery that is under way. Throws when the module fails
     * or when a row cannot be kept: the caller then knows nothing of the event, least of all that
     * it is new.
     */
    async ledger(key, operation, wait_ms) {
      const name = hex_of(key);
      const give_up_at = performance.now() + Math.min(wait_ms, wait_ms_max);
      for (;;) {
        const { answer, wait_ms: lease_ms, reply } = this.#apply(name, key, operation);
        const left_ms = Math.min(give_up_at - performance.now(), lease_ms);
        if (answer !== ledger_answers.busy || left_ms <= 0 || this.#waiting.is_full) {
          return reply;
        }
        await this.#waiting.for(name, left_ms);
      }
    }

    /** Nothing in here awaits, so that look-up, rule and write are one step for everybody else. */
    #apply(name, key, operation) {
      const now_ms = this.#clamped_now();
      const row = this.#volatile.find(name) ?? this.#durable.find(key);
      const frame = encode_ledger(row, operation, now_ms, this.#started_ms);
      const transition = decode_ledger(this.#module.ledger(frame));
      this.#keep(name, key, transition, now_ms);
      if (transition.answer === ledger_answers.done) {
        this.#waiting.wake(name);
      }
      return transition;
    }

    #keep(name, key, { keep, row, expires_ms }, now_ms) {
      if (keep === keeps.in_memory) {
        this.#volatile.put(name, row, expires_ms, now_ms);
      } else if (keep === keeps.durable) {
        // The reply does not leave this object before the row is on disk.
        this.#durable.put(key, row, expires_ms);
        this.#volatile.forget(name);
      }
    }

    /** Time never goes back here, because a lease that was over must stay over. */
    #clamped_now() {
      this.#now_ms = Math.max(this.#now_ms, now());
      return this.#now_ms;
    }

    async alarm() {
      this.#durable.drop_expired(this.#clamped_now());
    }
  };
}

/** Claims that wait for the outcome of somebody else's, by event. */
class Waiting {
  #wakers = new Map();
  #count = 0;

  get is_full() {
    return this.#count >= waiting_max;
  }

  /** Resolves when `wake(name)` is called, or after `wait_ms`. */
  async for(name, wait_ms) {
    const { promise, resolve } = Promise.withResolvers();
    const wakers = this.#wakers.get(name) ?? new Set();
    this.#wakers.set(name, wakers.add(resolve));
    this.#count += 1;
    const timer = setTimeout(resolve, wait_ms);
    await promise;
    clearTimeout(timer);
    this.#count -= 1;
    wakers.delete(resolve);
    if (wakers.size === 0 && this.#wakers.get(name) === wakers) {
      this.#wakers.delete(name);
    }
  }

  wake(name) {
    this.#wakers.get(name)?.forEach((resolve) => resolve());
  }
}
