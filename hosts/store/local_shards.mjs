// The shards of a ledger in this process, where a Worker has the binding of its objects.

import { Ledger } from './ledger.mjs';

export class LocalShards {
  #ledgers = new Map();
  #parts;
  #open_store;

  /**
   * `open_store(shard, set_alarm)` gives the store of a shard; `parts` are the others of `Ledger`:
   * `{ module, send, log }`. The names of shards are the policy's, and so few that all are kept.
   */
  constructor(open_store, parts) {
    this.#open_store = open_store;
    this.#parts = parts;
  }

  getByName(shard) {
    const known = this.#ledgers.get(shard);
    if (known !== undefined) {
      return known;
    }
    let timer;
    const set_alarm = (at_ms) => {
      clearTimeout(timer);
      timer = setTimeout(() => ledger.sweep(), Math.max(0, Math.min(at_ms - Date.now(), day_ms)));
      timer.unref?.();  // Node is not kept running for it.
    };
    const ledger = new Ledger({ store: this.#open_store(shard, set_alarm), ...this.#parts });
    this.#ledgers.set(shard, ledger);
    return ledger;
  }
}

/** Timers take 24 days at most; a sweep that comes early sets its alarm again. */
const day_ms = 24 * 60 * 60 * 1000;
