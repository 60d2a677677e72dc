// A gate in a Worker of one's own, whose functions take the events. The ledger is the Durable
// Object that scripts export as `Ledger`, what is owed is driven by the platform's queue.

import { rehearse } from '../fetch/rehearsal.mjs';
import { make_report } from '../fetch/report.mjs';
import { make_program_gate } from '../store/program_gate.mjs';

import { make_limit } from './limits.mjs';
import { make_consumer, make_enqueue } from './queue.mjs';

/**
 * `ledger` is the binding of the objects, `env` has those of `make_postern`; the rest is that of
 * `make_program_gate`, and so is what is given. `queue(batch, context)` consumes the queue. The
 * Worker forwards itself: its functions are not the object's.
 */
export function make_worker_gate({ env, ...others }) {
  const { compiled, policy, ledger, log, report: tell } = others;
  const { parts, stop, settle, ...gate } = make_program_gate({
    ...others,
    report(end) {
      count(end);
      tell(end);
    },
    undriven: env.DELIVERIES === undefined ? 'no queue is bound as DELIVERIES' : null,
    performers: { limit: make_limit(env), enqueue: make_enqueue(env.DELIVERIES) },
  });
  const count = make_report({ module: parts.module, log: () => {}, analytics: env.ANALYTICS });
  const consume = make_consumer({ ...parts, ledger, dead_letters: env.DEAD_LETTERS });
  // It ends before the first event: nothing that it waits for comes from outside.
  rehearse(compiled, policy).then((problem) => problem !== null && log(`rehearsal: ${problem}`));

  return {
    ...gate,
    /** The platform itself says who sent a request, whatever the sender said. */
    fetch: (request, { https }, wait_until) => gate.fetch(request, {
      https, client_address: request.headers.get('cf-connecting-ip') ?? '',
    }, wait_until),
    queue: (batch, context) => consume(batch, context),
    async close() {
      stop();
      await settle();
    },
  };
}
