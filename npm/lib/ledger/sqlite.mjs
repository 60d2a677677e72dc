import { NodeStorage } from '../../../hosts/store/sqlite/node_storage.mjs';
import { SqliteStore } from '../../../hosts/store/sqlite/store.mjs';
import { lease_ms_max } from '../../../hosts/store/times.mjs';
import { local_ledger } from '../local_ledger.mjs';

/**
 * A ledger in a file of SQLite, of one process: what is committed survives a crash and a power cut.
 * The file is made when it is not there. Needs `node:sqlite` (Node 22.13, Deno 2.2).
 */
export function sqlite(file) {
  if (typeof file !== 'string' || file === '') {
    throw new TypeError("sqlite() takes the file's name: sqlite('postern.db').");
  }
  return local_ledger({
    name: 'sqlite',
    is_durable: true,
    open({ now, set_alarm }) {
      const storage = open_file(file, set_alarm);
      const store =
        new SqliteStore(storage, { now, first_started_ms: Math.max(1, now() - lease_ms_max) });
      return {
        store,
        close() {
          store.close();
          storage.close();
        },
      };
    },
  });
}

function open_file(file, set_alarm) {
  try {
    return new NodeStorage(file, set_alarm);
  } catch (failure) {
    const is_locked = /locked|busy/i.test(failure.message);
    throw new Error(`The ledger ${file} cannot be opened: ${is_locked
      ? 'another process has it. One process owns the file; several need a shared ledger.'
      : failure.message}`, { cause: failure });
  }
}
