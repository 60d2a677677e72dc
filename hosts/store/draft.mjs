// What one call makes of rows: each is found, the module says what becomes of it, and all that is
// to be kept goes to the store in one swap.

import * as keeps from '../../build/contract/keeps.mjs';
import * as ledger_answers from '../../build/contract/ledger_answers.mjs';
import { decode_ledger, encode_ledger } from '../fetch/effects.mjs';
import { hex_of } from '../fetch/wire.mjs';

export class Draft {
  #module;
  #store;
  #now_ms;
  #seen = [];
  #writes = [];

  /** `now_ms` is the store's time, which all of the draft is judged by. */
  constructor(module, store, now_ms) {
    this.#module = module;
    this.#store = store;
    this.#now_ms = now_ms;
  }

  /**
   * What the module makes of `operation` on the row of `key`: the fields of `decode_ledger`, with
   * `found`. No call asks for one key twice. Throws when the module fails.
   */
  ask(key, operation) {
    const found = this.look_at(key);
    const frame = encode_ledger(found.row, operation, this.#now_ms, this.#store.started_ms);
    const transition = decode_ledger(this.#module.ledger(frame));
    transition.found = found;
    return transition;
  }

  /** The row of `key` as it is: what `find` of the store gives. */
  look_at(key) {
    const found = this.#store.find(key, hex_of(key));
    this.#seen.push(found);
    return found;
  }

  /**
   * The row is to be kept as the module wants it, with `ticket` when its event is owed from now.
   */
  keep({ found, keep, answer, row, expires_ms, due_ms }, ticket = null) {
    if (keep === keeps.unchanged) {
      return;
    }
    const is_open = due_ms === 0 && expires_ms === 0;
    this.#writes.push({
      found, row, expires_ms, due_ms, ticket,
      is_durable: keep === keeps.durable,
      // What else has no expiry was given up, or is for ever. A copy makes a lease durable.
      is_lease: is_open && (keep === keeps.in_memory || answer === ledger_answers.elsewhere),
      is_settled: due_ms === 0 && expires_ms !== 0,
    });
  }

  /** What `swap` of a store takes. `parcel` is null but for deliveries that are accepted. */
  change(parcel) {
    return { seen: this.#seen, writes: this.#writes, parcel, now_ms: this.#now_ms };
  }
}
