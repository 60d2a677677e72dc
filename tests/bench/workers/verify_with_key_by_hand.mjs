// As much as the gate has done when it asks for its claim: beside the event, a hashed key for it,
// an owner of the lease, and the headers that go on to the origin.

import { env } from 'cloudflare:workers';

import { event_of, verify_stripe } from './hand_written.mjs';
import { looped } from './looped.mjs';

const encoder = new TextEncoder();
const held_back = /^(connection|cookie|authorization|forwarded|host|x-forwarded-.*|postern-.*)$/;

export default looped(async ({ headers, bytes }) => {
  await verify_stripe(env.STRIPE_WEBHOOK_SECRET, headers, bytes);
  const event = event_of(bytes);
  const key = await crypto.subtle.digest('SHA-256', encoder.encode(`stripe ${event.id}`));
  const owner = crypto.getRandomValues(new Uint8Array(16));
  const forwarded = [...headers].filter(([name]) => !held_back.test(name));
  return { event, key, owner, forwarded };
});
