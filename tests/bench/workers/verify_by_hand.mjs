import { env } from 'cloudflare:workers';

import { event_of, verify_stripe } from './hand_written.mjs';
import { looped } from './looped.mjs';

export default looped(async ({ headers, bytes }) => {
  await verify_stripe(env.STRIPE_WEBHOOK_SECRET, headers, bytes);
  return event_of(bytes);
});
