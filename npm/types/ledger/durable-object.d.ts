import type { LedgerStore } from '../index.d.ts';

/** The namespace of a Durable Object, as a Worker's `env` has it. */
export interface ObjectNamespace {
  getByName(name: string): object;
}

/**
 * On Workers: one object for each shard, with its own storage. `binding` is its name in
 * wrangler.toml, `env:LEDGER` by default, or the namespace itself. The Worker's script exports the
 * class: `export { Ledger } from 'postern/cloudflare'`. Queue mode needs the queue that is bound as
 * `DELIVERIES`, and `export default { fetch: hooks.fetch, queue: hooks.queue }`.
 */
export function durableObject(binding?: string | ObjectNamespace): LedgerStore;
