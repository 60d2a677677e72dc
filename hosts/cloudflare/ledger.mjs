// One shard of the ledger as a Durable Object: its storage, its alarm, and calls from elsewhere.

import { DurableObject } from 'cloudflare:workers';

import { Module } from '../fetch/module.mjs';
import { Carrier } from '../store/carrying.mjs';
import { Ledger } from '../store/ledger.mjs';
import { SqliteStore } from '../store/sqlite/store.mjs';

import { message_of_reference } from './messages.mjs';

/**
 * The class of the ledger's objects. `now` gives unix milliseconds, `first_started` the start of an
 * object that never ran before, `carrying` what `make_postern` gives for deliveries to be carried,
 * or null. The binding `DELIVERIES` is the queue of what is owed.
 */
export function make_ledger({ compiled, now, first_started, log, carrying }) {
  const module = new Module(compiled, null);  // Of all objects in one isolate.

  return class extends DurableObject {
    #ledger;
    #carrier;

    constructor(context, env) {
      super(context, env);
      this.#ledger = new Ledger({
        module,
        store: new SqliteStore(context.storage, { now, first_started_ms: first_started() }),
        send: (owed) => env.DELIVERIES.sendBatch(
          owed.map(({ shard, key }) => message_of_reference(shard, key))),
        log,
      });
      this.#carrier = new Carrier(this.#ledger);
    }

    carry(...call) {
      return this.#carrier.carry(call, carrying(), (end) => this.ctx.waitUntil(end));
    }

    apply(key, operation, wait_ms, copy) {
      return this.#ledger.apply(key, operation, wait_ms, copy);
    }

    accept(entries, delivery) {
      return this.#ledger.accept(entries, delivery);
    }

    read_owed(key, bytes_max) {
      return this.#ledger.read_owed(key, bytes_max);
    }

    note_failed_run(key) {
      return this.#ledger.note_failed_run(key);
    }

    look_up(key) {
      return this.#ledger.look_up(key);
    }

    administer(key, operation, redrive) {
      return this.#ledger.administer(key, operation, redrive);
    }

    list(which, after, count) {
      return this.#ledger.list(which, after, count);
    }

    /** The platform calls it when the store's alarm rings. */
    async alarm() {
      await this.#ledger.sweep();
    }
  };
}
