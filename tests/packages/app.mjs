// The smallest application that verifies, as each tool bundles it, and what is delivered to it.

import assert from 'node:assert/strict';

import Stripe from 'stripe';

/** The whole program, for every tool and runtime. */
export const app = `import { verify } from 'postern/verify';
import stripe from 'postern/providers/stripe';

export default {
  async fetch(request, env) {
    const verified = await verify(stripe, request, env.SECRET);
    return verified.ok
      ? new Response(verified.event.type)
      : new Response(null, { status: verified.status });
  },
};
`;

export const secret = 'whsec_f1c7e5ec2e70f1c7e5ec2e70f1c7e5e1';

const { webhooks } = new Stripe('sk_test_packages');

/** A request that the vendor's library has signed now. */
export function signed_request({ key = secret, url = 'https://app.example/hooks/stripe' } = {}) {
  const body = JSON.stringify({ id: 'evt_1', object: 'event', type: 'invoice.paid' });
  const signature = webhooks.generateTestHeaderString({ payload: body, secret: key });
  return new Request(url, {
    method: 'POST', body,
    headers: { 'content-type': 'application/json', 'stripe-signature': signature },
  });
}

/** Whether what `fetch` runs tells a genuine delivery from a forged one. */
export async function expect_to_verify(fetch) {
  const genuine = await fetch(signed_request());
  assert.equal(genuine.status, 200);
  assert.equal(await genuine.text(), 'invoice.paid');
  const forged = await fetch(signed_request({ key: 'whsec_00000000000000000000000000000000' }));
  assert.equal(forged.status, 401);
}
