// The gate, and what is done with what it lets in: postern.toml names these functions.

import { gate } from 'postern/gate';
import { durableObject } from 'postern/ledger/durable-object';

import { policy } from '../policy.mjs';

// The ledger's objects, which know what came before.
export { Ledger } from 'postern/cloudflare';

const hooks = gate({
  policy,
  ledger: durableObject('env:LEDGER'),
  handlers: {
    /** Stripe waits for the answer: a throw is 503, and it sends again. */
    async book(event) {
      const { data } = event.json();
      console.log(`to be booked: ${event.type}, ${data?.object?.id}, ${event.key}`);
    },

    /** Behind the answer, from the queue: a throw is tried again by the route's schedule. */
    async note(event) {
      console.log(`noted: ${event.type}, ${event.key}`);
    },
  },
});

hooks.on('record', (record) => console.log(JSON.stringify(record)));

export default { fetch: hooks.fetch, queue: hooks.queue };
