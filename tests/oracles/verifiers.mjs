// Who verifies besides us: by provider the package and how it is asked. `accepts` takes a delivery
// as the tests have it and `{ secret, url }` of its receiver, and says whether the package takes it
// for genuine; it may throw, which is a no. All that a package is given is what its manual says.

import { nuxt_validator, require_oracle as require } from './packages.mjs';

const text_of = (body) => body.toString('utf8');

/** For what throws where it does not accept. */
const unless_thrown = (check) => async (delivery, receiver) => {
  await check({ ...delivery, text: text_of(delivery.body) }, receiver);
  return true;
};

/** For what says yes or no. */
const as_told = (check) => async (delivery, receiver) =>
  (await check({ ...delivery, text: text_of(delivery.body) }, receiver)) === true;

/** A client of a vendor's API, which asks nobody for anything here. */
const client_of = (name, options = {}) => {
  const module = require(name);
  return new (module.default ?? module)({ apiKey: 'unused', ...options });
};

/** Of Standard Webhooks: the three headers under names that begin with `prefix`. */
const three_headers = ({ headers }, prefix = 'webhook-') => ({
  id: headers[`${prefix}id`],
  timestamp: headers[`${prefix}timestamp`],
  signature: headers[`${prefix}signature`],
});

const standard = unless_thrown(({ text, headers }, { secret }) =>
  new (require('standardwebhooks').Webhook)(secret).verify(text, headers));
const svix = unless_thrown(({ text, headers }, { secret }) =>
  new (require('svix').Webhook)(secret).verify(text, headers));

/** Signed as Standard Webhooks or Svix: their packages verify for whoever has none. */
export const shared_verifiers = {
  'standard-webhooks': { package: 'standardwebhooks', accepts: standard },
  svix: { package: 'svix', accepts: svix },
};

/**
 * A generated SDK with `client.webhooks.unwrap(body, { headers, key })`; `key_of` is what its
 * manual makes of a secret.
 */
const unwrap_with_key = (name, key_of = (secret) => secret) =>
  unless_thrown(({ text, headers }, { secret }) => client_of(name, { bearerToken: 'unused' })
    .webhooks.unwrap(text, { headers, key: key_of(secret) }));

/** One with `client.webhooks.verifySignature(body, headers, secret)`. */
const verify_signature = (name, options) => {
  const { webhooks } = client_of(name, options);
  return unless_thrown(({ text, headers }, { secret }) =>
    webhooks.verifySignature(text, headers, secret));
};

const nuxt = 'nuxt-webhook-validators';

/** `key` is what the package calls the provider's secret. */
async function by_nuxt(name, key = 'secretKey', file = name) {
  const validate = await nuxt_validator(name, file);
  return {
    package: nuxt,
    accepts: as_told((delivery, { secret }) =>
      validate({ [key]: secret }, { ...delivery, body: delivery.text })),
  };
}

/** `platform` as the package names it. */
function by_tern(platform) {
  const { WebhookVerificationService } = require('@hookflo/tern');
  return {
    package: '@hookflo/tern',
    accepts: as_told(async ({ method, headers, body }, { secret }) => {
      const request = new Request('https://hooks.example/', { method, headers, body });
      return (await WebhookVerificationService.verify(request, { platform, secret })).isValid;
    }),
  };
}

const of = (name, accepts) => ({ package: name, accepts });

/** By provider. A provider may have several. */
export const verifiers = {
  bitbucket: [await by_nuxt('bitbucket')],
  box: [of('box-node-sdk', as_told(({ text, headers }, { secret }) =>
    require('box-node-sdk/lib/managers/webhooks').WebhooksManager
      .validateMessage(text, headers, secret, { maxAge: 600 })))],
  'cal-com': [await by_nuxt('calcom', 'secretKey', 'calcom.post')],
  clerk: [of('@clerk/backend', unless_thrown(({ method, headers, body }, { secret }) =>
    require('@clerk/backend/webhooks').verifyWebhook(
      new Request('https://hooks.example/', { method, headers, body }),
      { signingSecret: secret })))],
  'coinbase-commerce': [of('coinbase-commerce-node', as_told(({ text, headers }, { secret }) =>
    require('coinbase-commerce-node').Webhook
      .verifySigHeader(text, headers['x-cc-webhook-signature'], secret)))],
  discord: [await by_nuxt('discord', 'publicKey')],
  docusign: [await by_nuxt('docusign')],
  'dodo-payments': [of('dodopayments', unwrap_with_key('dodopayments'))],
  doppler: [by_tern('doppler')],
  fathom: [of('fathom-typescript', unless_thrown(({ text, headers }, { secret }) =>
    require('fathom-typescript').Fathom.verifyWebhook(secret, headers, text)))],
  fourthwall: [await by_nuxt('fourthwall')],
  github: [await by_nuxt('github'), by_tern('github')],
  'gitlab-token': [await by_nuxt('gitlab', 'secretToken')],
  gocardless: [of('gocardless-nodejs', unless_thrown(({ body, headers }, { secret }) =>
    require('gocardless-nodejs/webhooks')
      .verifySignature(body, secret, headers['webhook-signature'])))],
  grafana: [by_tern('grafana')],
  heroku: [await by_nuxt('heroku')],
  kick: [await by_nuxt('kick', 'publicKey')],
  'lemon-squeezy': [by_tern('lemonsqueezy')],
  line: [of('@line/bot-sdk', as_told(({ body, headers }, { secret }) =>
    require('@line/bot-sdk').validateSignature(body, secret, headers['x-line-signature'])))],
  linear: [of('@linear/sdk', as_told(({ body, headers }, { secret }) =>
    new (require('@linear/sdk/webhooks').LinearWebhookClient)(secret)
      .verify(body, headers['linear-signature'])))],
  lithic: [of('lithic', verify_signature('lithic'))],
  liveblocks: [of('@liveblocks/node', unless_thrown(({ text, headers }, { secret }) =>
    new (require('@liveblocks/node').WebhookHandler)(secret)
      .verifyRequest({ headers, rawBody: text })))],
  mailersend: [of('mailersend', as_told(({ body, headers }, { secret }) =>
    require('mailersend/lib/services/mailersend.utils.js').MailerSendUtils
      .verifyWebHook(body, headers.signature, secret)))],
  meta: [await by_nuxt('meta', 'appSecret')],
  metronome: [of('@metronome/sdk', verify_signature('@metronome/sdk', { bearerToken: 'unused' }))],
  'modern-treasury': [of('modern-treasury', as_told(({ text, headers }, { secret }) =>
    client_of('modern-treasury', { organizationID: 'unused' }).webhooks
      .validateSignature(text, headers, { key: secret })))],
  mux: [
    of('@mux/mux-node', verify_signature('@mux/mux-node', { tokenId: 'x', tokenSecret: 'x' })),
    await by_nuxt('mux', 'secretKey', 'mux.post'),
  ],
  nango: [of('@nangohq/node', as_told(({ text, headers }, { secret }) =>
    new (require('@nangohq/node').Nango)({ apiKey: 'unused', webhookSigningKey: secret })
      .verifyIncomingWebhookRequest(text, headers)))],
  onfido: [of('@onfido/api', unless_thrown(({ body, headers }, { secret }) =>
    new (require('@onfido/api').WebhookEventVerifier)(secret)
      .readPayload(body, headers['x-sha2-signature'])))],
  openai: [of('openai', verify_signature('openai'))],
  orb: [of('orb-billing', verify_signature('orb-billing'))],
  paddle: [
    of('@paddle/paddle-node-sdk', as_told(({ text, headers }, { secret }) =>
      new (require('@paddle/paddle-node-sdk').Paddle)('unused').webhooks
        .isSignatureValid(text, secret, headers['paddle-signature']))),
    await by_nuxt('paddle', 'webhookId'),
  ],
  polar: [of('@polar-sh/sdk', as_told(({ text, headers }, { secret }) => {
    const { validateEvent, WebhookVerificationError } = require('@polar-sh/sdk/webhooks');
    try {
      validateEvent(text, headers, secret);
      return true;
    } catch (error) {
      // What it knows no type of was verified before it was read.
      return !(error instanceof WebhookVerificationError);
    }
  }))],
  pusher: [of('pusher', as_told(({ text, headers }, { secret }) =>
    new (require('pusher'))(
      { appId: '1', key: headers['x-pusher-key'] ?? '', secret, cluster: 'eu' })
      .webhook({ headers, rawBody: text }).isValid()))],
  razorpay: [
    of('razorpay', as_told(({ text, headers }, { secret }) =>
      require('razorpay').validateWebhookSignature(text, headers['x-razorpay-signature'], secret))),
    by_tern('razorpay'),
  ],
  replicate: [of('replicate', as_told(({ text, ...delivery }, { secret }) =>
    require('replicate').validateWebhook({ ...three_headers(delivery), body: text, secret })))],
  resend: [of('resend', unless_thrown(({ text, ...delivery }, { secret }) =>
    new (require('resend').Resend)('unused').webhooks.verify(
      { payload: text, headers: three_headers(delivery, 'svix-'), webhookSecret: secret })))],
  retell: [of('retell-sdk', as_told(({ text, headers }, { secret }) =>
    require('retell-sdk').verify(text, secret, headers['x-retell-signature'])))],
  sanity: [of('@sanity/webhook', as_told(({ text, headers }, { secret }) =>
    require('@sanity/webhook')
      .isValidSignature(text, headers['sanity-webhook-signature'], secret)))],
  seam: [of('@seamapi/webhook', unless_thrown(({ text, headers }, { secret }) =>
    new (require('@seamapi/webhook').SeamWebhook)(secret).verify(text, headers)))],
  sendgrid: [of('@sendgrid/eventwebhook', as_told(({ text, headers }, { secret }) => {
    const hook = new (require('@sendgrid/eventwebhook').EventWebhook)();
    return hook.verifySignature(hook.convertPublicKeyToECDSA(secret), text,
      headers['x-twilio-email-event-webhook-signature'],
      headers['x-twilio-email-event-webhook-timestamp']);
  }))],
  shopify: [await by_nuxt('shopify'), by_tern('shopify')],
  slack: [await by_nuxt('slack')],
  smartcar: [of('smartcar', as_told(({ text, headers }, { secret }) =>
    require('smartcar').verifyPayload(secret, headers['sc-signature'], JSON.parse(text))))],
  square: [of('square', as_told(({ text, headers }, { secret, url }) =>
    require('square').WebhooksHelper.verifySignature({
      requestBody: text, signatureHeader: headers['x-square-hmacsha256-signature'],
      signatureKey: secret, notificationUrl: url,
    })))],
  stream: [of('stream-chat', as_told(({ text, headers }, { secret }) =>
    new (require('stream-chat').StreamChat)('unused', secret)
      .verifyWebhook(text, headers['x-signature'])))],
  stripe: [await by_nuxt('stripe'), by_tern('stripe')],
  svix: [await by_nuxt('svix')],
  telnyx: [of('telnyx', unless_thrown(({ text, headers }, { secret }) =>
    client_of('telnyx').webhooks.unwrap(text, { headers, key: secret })))],
  twitch: [await by_nuxt('twitch')],
  unit: [of('@unit-finance/unit-node-sdk', as_told(({ text, headers }, { secret }) =>
    new (require('@unit-finance/unit-node-sdk').Unit)('unused', 'https://api.example').webhooks
      .verify(headers['x-unit-signature'], secret, JSON.parse(text))))],
  vercel: [await by_nuxt('vercel')],
  viber: [of('viber-bot', as_told(({ body, headers }, { secret }) => {
    const Validator = require('viber-bot/lib/message/message-validator.js');
    return new Validator({ debug() {} }, secret)
      .validateMessage(headers['x-viber-content-signature'], body);
  }))],
  webflow: [of('webflow-api', as_told(({ text, headers }, { secret }) =>
    new (require('webflow-api').WebflowClient)({ accessToken: 'unused' }).webhooks
      .verifySignature({ headers, body: text, secret })))],
  whop: [of('@whop/sdk', unwrap_with_key('@whop/sdk', btoa))],
  woocommerce: [by_tern('woocommerce')],
  workos: [
    of('@workos-inc/node', unless_thrown(({ text, headers }, { secret }) =>
      new (require('@workos-inc/node').WorkOS)('unused').webhooks.verifyHeader(
        { payload: text, sigHeader: headers['workos-signature'], secret }))),
    by_tern('workos'),
  ],
};

/** Hashes what it reads of the body, written anew. */
const writes_anew = {
  is_reserialized: true,
  refuses: [{
    why: 'The package writes the body anew before it hashes; the signature is right for what came.',
    holds: ({ delivery: { body } }) => text_of(body) !== JSON.stringify(JSON.parse(body)),
  }],
};

/** Knows the types of events, and throws for any other once it has verified. */
const knows_types = {
  refuses: [{
    why: 'The package throws for an event whose type it does not know.',
    holds: ({ is_odd }) => is_odd,
  }],
};

/** What a package is known to do in its own way, by provider and package. */
export const quirks = {
  'smartcar smartcar': writes_anew,
  'liveblocks @liveblocks/node': knows_types,
  'seam @seamapi/webhook': knows_types,
  'unit @unit-finance/unit-node-sdk': writes_anew,
};
