import { MemoryStore } from '../../../hosts/store/memory.mjs';
import { local_ledger } from '../local_ledger.mjs';

/**
 * A ledger in the memory of this process: for tests, and where a restart may let duplicates
 * through. It cannot owe anything, so queue mode is refused with it.
 */
export const memory = () => local_ledger({
  name: 'memory',
  is_durable: false,
  open: (parts) => ({ store: new MemoryStore(parts), close() {} }),
});
