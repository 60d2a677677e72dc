import type { LedgerStore } from '../index.d.ts';

/** In the memory of this process: for tests, and where a restart may let duplicates through. */
export function memory(): LedgerStore;
