// The ledger of a gate in this process: one store, whatever shard an event belongs to.

import { Module } from '../fetch/module.mjs';
import { Ledger, swept_max } from '../store/ledger.mjs';

/** An operation as wasm/postern/ledger/ledger.h has it: its version, its verb, the rest zero. */
function redrive_operation() {
  const operation = new Uint8Array(64);
  operation.set([3, 10]);
  return operation;
}

/** Before every key. */
const no_key = new Uint8Array(0);

/** Timers take 24 days at most; a sweep that comes early sets its alarm again. */
const day_ms = 24 * 60 * 60 * 1000;

/**
 * Gives `{ namespace, close }`, the first as `make_ledger_calls` wants it. `open_store({ now,
 * set_alarm })` gives a store of docs/STORES.md; `send` and `log` are those of `Ledger`.
 */
export function open_ledger({ compiled, open_store, now, send, log }) {
  let timer;
  let ledger = null;
  const sweep = () => ledger?.sweep().catch(({ name, message }) => {
    log(JSON.stringify({ failure: name, message }));
    set_alarm(now() + day_ms / 24);
  });
  const set_alarm = (at_ms) => {
    clearTimeout(timer);
    timer = setTimeout(sweep, Math.max(0, Math.min(at_ms - now(), day_ms)));
    timer.unref?.();  // No process is kept running for it.
  };
  const store = open_store({ now, set_alarm });
  ledger = new Ledger({ module: new Module(compiled, null), store, send, log });
  // Who asks is told that it failed, and not why.
  const told = Object.fromEntries(['apply', 'accept', 'read_owed', 'note_failed_run'].map((name) =>
    [name, async (...values) => {
      try {
        return await ledger[name](...values);
      } catch (failure) {
        log(JSON.stringify({ failure: failure.name, message: failure.message }));
        throw failure;
      }
    }]));
  return {
    namespace: { getByName: () => told },

    /**
     * What the last process left is driven at once, not when a sweep finds it overdue: a run that
     * is too early is told when to come.
     */
    async take_up() {
      for (let after = no_key; ;) {
        const page = await store.list('owed', after, swept_max);
        for (const { key } of page) {
          const owed = await store.locate(key);
          if (owed !== null) {
            await send([owed]);
          }
        }
        if (page.length < swept_max) {
          return;
        }
        after = page.at(-1).key;
      }
    },

    /** Up to `swept_max` deliveries that were given up, `{ key, at_ms, body_bytes }`, by key. */
    list_dead: async (after) => (await ledger.list('dead', after ?? no_key, swept_max))
      .map(({ key, at_ms, body_bytes }) => ({ key, at_ms, body_bytes })),

    /** Takes up again what was given up or waits; whether it was owed. */
    async redrive(key) {
      const { is_sent } = await ledger.administer(key, redrive_operation(), true);
      return is_sent;
    },

    /** References, `{ key, shard }`, of what is owed and due by `now_ms`, up to `swept_max`. */
    list_due: async (now_ms) => store.list_overdue(now_ms + 1, swept_max),

    close() {
      clearTimeout(timer);
      ledger = null;
    },
  };
}
