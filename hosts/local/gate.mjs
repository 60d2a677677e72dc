// A gate in this process: no platform's queue, no binding, no object.

import { make_driver } from '../store/driver.mjs';
import { swept_max } from '../store/ledger.mjs';
import { make_program_gate } from '../store/program_gate.mjs';

import { find_lacking } from './lacking.mjs';
import { open_ledger } from './ledger.mjs';
import { make_limit } from './limits.mjs';
import { LocalQueue } from './queue.mjs';

/** Most passes of one `drive()`, each over as many deliveries as a sweep takes. */
const passes_max = 100;

/**
 * `open_store` opens the ledger's store, and `is_driven` says that it keeps what is owed; the rest
 * is that of `make_program_gate`, and so is what is given. `drive()` runs what is owed and due;
 * `close()` ends timers and runs, and then the store may be closed.
 */
export function make_local_gate({ open_store, is_driven, ...others }) {
  const { compiled, log, now } = others;
  const ledger = open_ledger({
    compiled, open_store, now, log,
    async send(owed) {
      if (!owed.map((one) => queue.push(one)).every(Boolean)) {
        throw new Error('too many runs wait');
      }
    },
  });
  const { parts, stop, settle, ...gate } = make_program_gate({
    ...others,
    ledger: ledger.namespace,
    undriven: is_driven ? null : 'this ledger forgets what it owes',
    performers: {
      limit: make_limit(now),
      // Nothing but the store keeps a delivery: one that it does not take is not accepted.
      enqueue: async ({ shard, keys }) =>
        keys?.map((key) => queue.push({ shard, key: key.slice() })).every(Boolean) ?? false,
    },
  });
  const queue = new LocalQueue({ drive_one: make_driver({ ...parts, bury: async () => {} }), now });
  if (is_driven) {
    ledger.take_up().catch(({ name, message }) => log(JSON.stringify({ failure: name, message })));
  }

  return {
    ...gate,

    /** Names of the sources whose deliveries get 503 for want of an algorithm. */
    lacking: () => find_lacking(parts.module.configuration.algorithms, crypto.subtle),

    /** What comes due meanwhile has its own time; more than these passes are not made. */
    async drive() {
      for (let pass = 0; pass < passes_max; pass += 1) {
        const due = await ledger.list_due(now());
        due.forEach((one) => queue.push(one));
        await queue.drain();
        if (due.length < swept_max) {
          return;
        }
      }
    },

    list_dead: (after) => ledger.list_dead(after),
    redrive: (key) => ledger.redrive(key),

    async close() {
      stop();
      await queue.close();
      await settle();
      ledger.close();
    },
  };
}
