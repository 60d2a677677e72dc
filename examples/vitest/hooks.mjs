// The webhooks of an app. The gate is made by a function, so that a test has one of its own.

import { gate } from 'postern';

export const make_hooks = ({ secret, ledger, book }) => gate({
  sources: {
    stripe: {
      path: '/hooks/stripe', provider: 'stripe', secrets: [secret],
      routes: [{ events: ['invoice.*'], to: (event) => book(event.key, event.json()) }],
    },
  },
  ledger,
});
