// One shard of the ledger: a Durable Object that keeps rows and what is owed, and lets the module
// say what becomes of them. It never looks into a row.

import { DurableObject } from 'cloudflare:workers';

import * as ledger_answers from '../../build/contract/ledger_answers.mjs';
import { decode_ledger, encode_ledger } from '../fetch/effects.mjs';
import { Module } from '../fetch/module.mjs';
import { hex_of } from '../fetch/wire.mjs';

import { message_of_reference, messages_max } from './messages.mjs';
import { Rows, overdue_ms, resend_ms } from './rows.mjs';
import { quiet_ms } from './starts.mjs';
import { Waiting } from './waiting.mjs';

/** Longest that a claim may wait here, whatever the policy asks: senders give up in seconds. */
export const wait_ms_max = 5000;

/**
 * Runs in a row that fail inside the gate before they take their event, after which it is given up:
 * what five runs cannot read, over some minutes, needs somebody to look at it.
 */
export const failed_runs_max = 5;

/** The operation that no effect brings: see docs/ABI.md. */
const give_up = new Uint8Array(0);

/** How long the next sweep waits while there is more to send. */
const sweep_pause_ms = 1000;

/**
 * The class of the ledger's objects. `now` gives unix milliseconds, `first_started` the start of an
 * object that never ran before. The binding `DELIVERIES` is the queue of what is owed.
 */
export function make_ledger({ compiled, now, first_started, log }) {
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
     * Applies one operation to the row of `key` and gives the module's reply. Where that is that
     * the event stands elsewhere, and a `copy`, `{ key, operation }`, says where, that one's
     * reply, in the same step. A claim of a busy event waits up to `wait_ms` for the delivery that
     * is under way. Throws when the module fails or when a row cannot be kept: the caller then
     * knows nothing of the event, least of all that it is new.
     */
    ledger(key, operation, wait_ms, copy) {
      const asked = { name: hex_of(key), key, operation, copy };
      const transition = this.#apply(asked);
      return transition.answer === ledger_answers.busy && wait_ms > 0
        ? this.#wait(asked, wait_ms, transition)
        : this.#when_kept(asked, transition);
    }

    /**
     * Applies the operations of `entries`, `{ key, ticket, operation, copy }`, to their keys, and
     * takes those that are accepted into the outbox with `delivery`, `{ shard, method, body }`:
     * all of them or none, and none when the first is not accepted. What stands elsewhere is asked
     * of its `copy`, which is another entry or null; and so is, where the first one did, what would
     * be accepted. Gives the first one's reply. Throws as `ledger`.
     */
    async accept(entries, delivery) {
      this.#rows.write();
      const now_ms = this.#settled_now();
      const keys = entries.flatMap(({ key, copy }) => (copy ? [key, copy.key] : [key]));
      const parcel = {
        ...delivery, at_ms: now_ms, keys, is_single: entries.length === 1, number: null,
      };
      const names = [];
      const ask = ({ key, ticket, operation, copy }, is_copy) => {
        const name = hex_of(key);
        const found = this.#rows.find(name, key);
        const transition = this.#ask(found.row, operation, now_ms);
        const stands_elsewhere = transition.answer === ledger_answers.elsewhere;
        const is_accepted = transition.answer === ledger_answers.accepted;
        if (stands_elsewhere && this.#rows.note_copy(key, found, transition, now_ms)) {
          names.push(name);
        }
        if (copy && (stands_elsewhere || (is_accepted && is_copy))) {
          return { ...ask(copy, false), is_copy: true };
        }
        if (is_accepted) {
          this.#rows.accept(key, transition, ticket, parcel);
          names.push(name);
        }
        return { transition, is_accepted, is_copy: false };
      };
      const { reply } = this.#rows.in_transaction(() => {
        const first = ask(entries[0], false);
        if (first.is_accepted) {
          // What is a copy for the first of its rows is one for the others, whatever they know.
          entries.slice(1).forEach((entry) => ask(entry, first.is_copy));
        }
        return first.transition;
      });
      names.forEach((name) => this.#rows.forget(name));
      return reply;
    }

    /** What drives the delivery of `key` on, if it is owed: see `Outbox.read`. */
    async read_owed(key, bytes_max) {
      return this.#rows.outbox.read(key, bytes_max);
    }

    /** Notes that a run of `key` failed inside the gate. True when the event is given up by now. */
    async note_failed_run(key) {
      if (this.#rows.outbox.count_failed_run(key) < failed_runs_max) {
        return false;
      }
      const name = hex_of(key);
      const { answer } = this.#apply({ name, key, operation: give_up, copy: null });
      await this.#rows.kept(name);
      return answer === ledger_answers.done;
    }

    /** The row of `key` as it is, `{ row }`, or null when there is none. */
    async look_up(key) {
      const name = hex_of(key);
      await this.#rows.kept(name);
      const { row } = this.#rows.find(name, key);
      return row.byteLength === 0 ? null : { row };
    }

    /**
     * Applies an operator's operation and gives `{ row, reply, is_sent }`, the row as it is then.
     * With `redrive`, what is owed then gets a fresh message at once, instead of by a sweep.
     */
    async administer(key, operation, redrive) {
      const name = hex_of(key);
      const { reply } = this.#apply({ name, key, operation, copy: null });
      const { row } = this.#rows.find(name, key);
      await this.#rows.kept(name);
      const owed = redrive ? this.#rows.outbox.locate(key) : undefined;
      return { row, reply, is_sent: owed !== undefined && await this.#try_to_send([owed]) };
    }

    /** Deliveries that are `owed`, or `dead`: see `Outbox.list`. */
    async list(which, after, count) {
      return this.#rows.outbox.list(which, after, count);
    }

    /** Sends a fresh message for what was owed long ago, and drops rows that have expired. */
    async alarm() {
      const now_ms = this.#clamped_now();
      this.#rows.drop_expired(now_ms);
      const before_ms = now_ms - overdue_ms;
      const overdue = this.#rows.outbox.list_overdue(before_ms, messages_max);
      const is_sent = overdue.length === 0 || await this.#try_to_send(overdue);
      if (is_sent) {
        overdue.forEach(({ key }) =>
          this.#rows.outbox.postpone(key, before_ms, now_ms + resend_ms));
      }
      this.#rows.set_alarm(this.#clamped_now() + (is_sent ? sweep_pause_ms : overdue_ms));
    }

    async #try_to_send(owed) {
      try {
        await this.env.DELIVERIES.sendBatch(
          owed.map(({ shard, key }) => message_of_reference(shard, key)));
        return true;
      } catch ({ name, message }) {
        log(JSON.stringify({ failure: name, message }));
        return false;
      }
    }

    /** Asks again whenever the event's delivery has ended, for as long as the claim may wait. */
    async #wait(asked, wait_ms, first) {
      const give_up_at = performance.now() + Math.min(wait_ms, wait_ms_max);
      let transition = first;
      for (;;) {
        const left_ms = Math.min(give_up_at - performance.now(), transition.wait_ms);
        if (transition.answer !== ledger_answers.busy || left_ms <= 0 || this.#waiting.is_full) {
          return this.#when_kept(asked, transition);
        }
        await this.#waiting.for(transition.name, left_ms);
        transition = this.#apply(asked);
      }
    }

    /** Nobody is told what the disk does not know yet. A view would take its frame along. */
    #when_kept({ name }, transition) {
      // A group is written as a whole: who waits for its last waits for all of it.
      const kept = this.#rows.kept(transition.name) ?? this.#rows.kept(name);
      const { reply } = transition;
      return kept === undefined ? reply.slice() : kept.then(() => reply.slice());
    }

    /** Nothing in here awaits: look-up, rule and write are one step for all others. */
    #apply({ name, key, operation, copy }) {
      const now_ms = this.#settled_now();
      const found = this.#rows.find(name, key);
      const transition = this.#ask(found.row, operation, now_ms);
      this.#rows.keep(name, key, found, transition, now_ms);
      this.#settle_later();
      if (transition.answer === ledger_answers.done) {
        this.#waiting.wake(name);
      }
      if (transition.answer === ledger_answers.elsewhere && copy) {
        return this.#apply({ ...copy, name: hex_of(copy.key), copy: null });
      }
      transition.name = name;
      return transition;
    }

    #ask(row, operation, now_ms) {
      const frame = encode_ledger(row, operation, now_ms, this.#rows.started_ms);
      return decode_ledger(this.#module.ledger(frame));
    }

    #settled_now() {
      const now_ms = this.#clamped_now();
      this.#rows.settle(now_ms);
      return now_ms;
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
  };
}
