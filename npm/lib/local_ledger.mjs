// A ledger in this process: its gate drives what is owed by its own timers.

import { make_local_gate } from '../../hosts/local/gate.mjs';

/**
 * `open({ now, set_alarm })` gives `{ store, close }`, a store of docs/STORES.md; `is_durable` says
 * whether what it keeps survives a restart.
 */
export const local_ledger = ({ name, is_durable, open }) => Object.freeze({
  name,
  is_durable,
  make_gate(parts) {
    let opened;
    const gate = make_local_gate({
      ...parts,
      is_driven: is_durable,
      open_store(store_parts) {
        opened = open(store_parts);
        return opened.store;
      },
    });
    return {
      ...gate,
      async close() {
        await gate.close();
        opened.close();
      },
    };
  },
});
