import { env } from 'cloudflare:workers';
import Stripe from 'stripe';

import { looped } from './looped.mjs';

const stripe = new Stripe('sk_test_unused');
const provider = Stripe.createSubtleCryptoProvider();
const tolerance_seconds = 300;

export default looped(({ headers, bytes }) => stripe.webhooks.constructEventAsync(
  bytes, headers.get('stripe-signature'), env.STRIPE_WEBHOOK_SECRET, tolerance_seconds, provider));
