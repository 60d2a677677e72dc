// `postern/ledger/durable-object`: on Workers. The script exports the objects' class, `Ledger` of
// `postern/cloudflare`.

import { env as worker_env } from '#env';

import { make_worker_gate } from '../../../hosts/cloudflare/program_gate.mjs';

const bound = /^env:(\w+)$/;

/** See types/ledger/durable-object.d.ts. */
export function durableObject(binding = 'env:LEDGER') {
  const [, name] = typeof binding === 'string' ? bound.exec(binding) ?? [] : [];
  if (name === undefined && typeof binding?.getByName !== 'function') {
    throw new TypeError("durableObject takes a binding of wrangler.toml, 'env:LEDGER', or the " +
      'namespace itself.');
  }
  return Object.freeze({
    name: 'durable-object',
    is_durable: true,
    /** Where settings are looked up. */
    env: worker_env,
    /** For a policy's compiler: the platform, of contract/hosts.mjs. */
    host: 'cloudflare',
    make_gate({ env, ...parts }) {
      const bindings = worker_env ?? env;
      const ledger = name === undefined ? binding : bindings[name];
      if (typeof ledger?.getByName !== 'function') {
        throw new TypeError(`env.${name} is no Durable Object: bind one of that name in ` +
          'wrangler.toml, and export { Ledger } from postern/cloudflare. Elsewhere than on a ' +
          'Worker take another ledger.');
      }
      return {
        ...make_worker_gate({ ...parts, env: bindings, ledger }),
        drive: refuse, list_dead: refuse, redrive: refuse,
      };
    },
  });
}

async function refuse() {
  throw new TypeError('On a Worker the platform drives what is owed, by hooks.queue, and what ' +
    'was given up is in the records (`dead`) and in the queue DEAD_LETTERS.');
}
