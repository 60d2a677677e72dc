// One shard of the ledger: a Durable Object that keeps rows and lets the module say what becomes of
// them. It never looks into a row.

import { DurableObject } from 'cloudflare:workers';

import { decode_ledger, encode_ledger, ledger_answers } from '../common/effects.mjs';
import { Module } from '../common/module.mjs';
import { hex_of } from '../common/wire.mjs';

import { Rows } from './rows.mjs';
import { quiet_ms } from './starts.mjs';
import { Waiting } from './waiting.mjs';

/** Longest that a claim may wait here, whatever the policy asks: senders give up in seconds. */
export const wait_ms_max = 5000;

/**
 * The class of the ledger's objects. `now` gives unix milliseconds, `first_started` the start of an
 * object that never ran before.
 */
export function make_ledger({ compiled, now, first_started }) {
  return class Ledger extends DurableObject {
    #module = new Module(compiled, null);
    #rows;
    #waiting = new Waiting();
    #now_ms = 0;
    #has_timer = false;

    constructor(context, env) {
      super(context, env);
      this.#rows = new Rows(context.storage, now(), first_started());
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
      this.#rows.settle(now_ms);
      const row = this.#rows.find(name, key);
      const frame = encode_ledger(row, operation, now_ms, this.#rows.started_ms);
      const transition = decode_ledger(this.#module.ledger(frame));
      this.#rows.keep(name, key, transition, now_ms);
      this.#settle_later();
      if (transition.answer === ledger_answers.done) {
        this.#waiting.wake(name);
      }
      return transition;
    }

    /** An object that sleeps after a burst without this loses leases, and marks what comes next. */
    #settle_later() {
      if (!this.#rows.is_volatile || this.#has_timer) {
        return;
      }
      this.#has_timer = true;
      setTimeout(() => {
        this.#has_timer = false;
        this.#rows.settle(this.#clamped_now());
        this.#settle_later();
      }, quiet_ms);
    }

    /** Time never goes back here, because a lease that was over must stay over. */
    #clamped_now() {
      this.#now_ms = Math.max(this.#now_ms, this.#rows.floor_ms, now());
      return this.#now_ms;
    }

    async alarm() {
      this.#rows.drop_expired(this.#clamped_now());
    }
  };
}
