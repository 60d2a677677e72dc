// One shard of the ledger, above any store: it lets the module say what becomes of rows, and never
// looks into one. What a store has to do for it is in docs/STORES.md.

import * as keeps from '../../build/contract/keeps.mjs';
import * as ledger_answers from '../../build/contract/ledger_answers.mjs';

import { Draft } from './draft.mjs';
import { overdue_ms, resend_ms, sweep_pause_ms, wait_ms_max } from './times.mjs';
import { Waiting } from './waiting.mjs';

/**
 * Runs in a row that fail inside the gate before they take their event, after which it is given up:
 * what five runs cannot read, over some minutes, needs somebody to look at it.
 */
export const failed_runs_max = 5;

/** The operation that no effect brings: see docs/ABI.md. */
const give_up = new Uint8Array(0);

/**
 * Tries of one change against others at the same rows. Each that fails lets another one through.
 */
export const swaps_max = 32;

/** Most deliveries that a sweep sends messages for: what a queue takes at once. */
export const swept_max = 100;

export class Ledger {
  #module;
  #store;
  #send;
  #log;
  #waiting = new Waiting();
  #now_ms = 0;

  /**
   * `module` is one whose `ledger` is called; `send(owed)` sends a message for each of `{ shard,
   * key }`, and rejects when it could not; `log` is a log of lines.
   */
  constructor({ module, store, send, log }) {
    this.#module = module;
    this.#store = store;
    this.#send = send;
    this.#log = log;
  }

  /**
   * Applies one operation to the row of `key` and gives the module's reply. Where that is that the
   * event stands elsewhere, and a `copy`, `{ key, operation }`, says where, that one's reply, in
   * the same step. A claim of a busy event waits up to `wait_ms` for the delivery that is under
   * way. Rejects when the module fails or when a row cannot be kept: the caller then knows nothing
   * of the event, least of all that it is new.
   */
  async apply(key, operation, wait_ms, copy) {
    const asked = { key, operation, copy };
    let transition = await this.#change(asked);
    if (transition.answer === ledger_answers.busy && wait_ms > 0) {
      transition = await this.#wait(asked, wait_ms, transition);
    }
    // A view would take its frame along.
    return transition.reply.slice();
  }

  /**
   * Applies the operations of `entries`, `{ key, ticket, operation, copy }`, to their keys, and
   * takes those that are accepted into the outbox with `delivery`, `{ shard, method, body }`: all
   * of them or none, and none when the first is not accepted. What stands elsewhere is asked of its
   * `copy`, which is another entry or null; and so is, where the first one did, what would be
   * accepted. Gives the first one's reply. Rejects as `apply`.
   */
  async accept(entries, delivery) {
    const keys = entries.flatMap(({ key, copy }) => (copy ? [key, copy.key] : [key]));
    const { reply } = await this.#swap((draft, now_ms) => {
      const first = accept_one(draft, entries[0], false);
      if (first.is_accepted) {
        // What is a copy for the first of its rows is one for the others, whatever they know.
        entries.slice(1).forEach((entry) => accept_one(draft, entry, first.is_copy));
      }
      const parcel = { ...delivery, at_ms: now_ms, keys, is_single: entries.length === 1 };
      return { result: first.transition, parcel };
    });
    return reply.slice();
  }

  /**
   * What drives the delivery of `key` on, if it is owed: `{ ticket, method, body }`, or null; a
   * body of more than `bytes_max` is left out, as null.
   */
  async read_owed(key, bytes_max) {
    return this.#store.read_owed(key, bytes_max);
  }

  /** Notes that a run of `key` failed inside the gate. True when the event is given up by now. */
  async note_failed_run(key) {
    if (await this.#store.count_failed_run(key) < failed_runs_max) {
      return false;
    }
    const { answer } = await this.#change({ key, operation: give_up, copy: null });
    return answer === ledger_answers.done;
  }

  /** The row of `key` as it is, `{ row }`, or null when there is none. */
  async look_up(key) {
    const { row } = await this.#swap((draft) => ({ result: draft.look_at(key) }));
    return row.byteLength === 0 ? null : { row };
  }

  /**
   * Applies an operator's operation and gives `{ row, reply, is_sent }`, the row as it is then.
   * With `redrive`, what is owed then gets a fresh message at once, instead of by a sweep.
   */
  async administer(key, operation, redrive) {
    const { found, keep, reply, row } = await this.#change({ key, operation, copy: null });
    const owed = redrive ? await this.#store.locate(key) : null;
    return {
      row: keep === keeps.unchanged ? found.row : row.slice(),
      reply: reply.slice(),
      is_sent: owed !== null && await this.#try_to_send([owed]),
    };
  }

  /**
   * Up to `count` deliveries, by key, behind the key `after`: those that were given up (`dead`), or
   * those that still have to be driven (`owed`), `{ key, row, ticket, at_ms, method, body_bytes }`.
   */
  async list(which, after, count) {
    return this.#store.list(which, after, count);
  }

  /**
   * Sends a fresh message for what was owed long ago, and drops rows that have expired. To be
   * called when the store's alarm rings, which it sets again.
   */
  async sweep() {
    const now_ms = this.#clamped_now();
    await this.#store.drop_expired(now_ms);
    const before_ms = now_ms - overdue_ms;
    const overdue = await this.#store.list_overdue(before_ms, swept_max);
    const is_sent = overdue.length === 0 || await this.#try_to_send(overdue);
    if (is_sent) {
      for (const { key } of overdue) {
        await this.#store.postpone(key, before_ms, now_ms + resend_ms);
      }
    }
    this.#store.set_alarm(this.#clamped_now() + (is_sent ? sweep_pause_ms : overdue_ms));
  }

  async #try_to_send(owed) {
    try {
      await this.#send(owed);
      return true;
    } catch ({ name, message }) {
      this.#log(JSON.stringify({ failure: name, message }));
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
        return transition;
      }
      const { woken, leave } = this.#waiting.join(transition.found.name, left_ms);
      try {
        // What has ended since the last look has woken nobody.
        transition = await this.#change(asked);
        if (transition.answer === ledger_answers.busy) {
          await woken;
          transition = await this.#change(asked);
        }
      } finally {
        leave();
      }
    }
  }

  /** What the module makes of one operation, or of its copy's, once it is kept. */
  async #change({ key, operation, copy }) {
    return this.#swap((draft) => {
      let transition = draft.ask(key, operation);
      draft.keep(transition);
      if (transition.answer === ledger_answers.elsewhere && copy) {
        transition = draft.ask(copy.key, copy.operation);
        draft.keep(transition);
      }
      return { result: transition };
    });
  }

  /**
   * Has the store keep what `judge(draft, now_ms)` makes of rows: look-up, rule and write are one
   * step for all others. Gives its `result` once it is kept: nobody is told what could be lost.
   */
  async #swap(judge) {
    for (let tries = 0; tries < swaps_max; tries += 1) {
      const now_ms = this.#clamped_now();
      const draft = new Draft(this.#module, this.#store, now_ms);
      const { result, parcel = null } = judge(draft, now_ms);
      if (await this.#store.swap(draft.change(parcel))) {
        this.#wake_for(result);
        return result;
      }
    }
    throw new Error('rows change faster than they can be looked at');
  }

  #wake_for({ answer, found }) {
    if (answer === ledger_answers.done) {
      this.#waiting.wake(found.name);
    }
  }

  /** Time never goes back here, because a lease that was over must stay over. */
  #clamped_now() {
    this.#now_ms = Math.max(this.#now_ms, this.#store.now_ms);
    return this.#now_ms;
  }
}

/** `{ transition, is_accepted, is_copy }` of one entry of `accept`. */
function accept_one(draft, { key, ticket, operation, copy }, is_copy) {
  const transition = draft.ask(key, operation);
  const stands_elsewhere = transition.answer === ledger_answers.elsewhere;
  const is_accepted = transition.answer === ledger_answers.accepted;
  const goes_on = copy && (stands_elsewhere || (is_accepted && is_copy));
  if (stands_elsewhere || !goes_on) {
    draft.keep(transition, is_accepted ? ticket : null);
  }
  return goes_on
    ? { ...accept_one(draft, copy, false), is_copy: true }
    : { transition, is_accepted, is_copy: false };
}
