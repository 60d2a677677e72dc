// Every sender with a library of its own.

import { discord } from './senders/discord.mjs';
import { github } from './senders/github.mjs';
import { shopify } from './senders/shopify.mjs';
import { slack } from './senders/slack.mjs';
import { standard_webhooks, svix } from './senders/standard_webhooks.mjs';
import { stripe } from './senders/stripe.mjs';
import { twilio } from './senders/twilio.mjs';

export const senders = [
  stripe, github, standard_webhooks, svix, slack, twilio, discord, shopify,
];
