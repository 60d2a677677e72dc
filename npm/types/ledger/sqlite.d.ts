import type { LedgerStore } from '../index.d.ts';

/** In a file of SQLite, of one process: what is committed survives a crash. */
export function sqlite(file: string): LedgerStore;
