// The signature alone: whoever has to know the event pays for its reading too.

import { env } from 'cloudflare:workers';

import { verify_stripe } from './hand_written.mjs';
import { looped } from './looped.mjs';

export default looped(({ headers, bytes }) =>
  verify_stripe(env.STRIPE_WEBHOOK_SECRET, headers, bytes));
