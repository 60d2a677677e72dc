// What the vendors' own libraries sign now, of any content, is genuine for `verify`; and what the
// senders ask before they send anything is answered as they want it.

import assert from 'node:assert/strict';
import { generateKeyPairSync, createHmac, sign as sign_with } from 'node:crypto';
import { test } from 'node:test';

import { sign as sign_of_github } from '@octokit/webhooks-methods';
import { Webhook as StandardWebhook } from 'standardwebhooks';
import Stripe from 'stripe';
import { Webhook as SvixWebhook } from 'svix';
import twilio_library from 'twilio';

import { make_random } from '../differential/random.mjs';
import { read_seed } from '../budget.mjs';
import { import_packed, make_project } from './packed.mjs';

const folder = make_project('libraries');
const [{ verify }] = await import_packed(folder, ['postern']);
const { webhooks } = new Stripe('sk_test_packages');
const { getExpectedBodyHash, getExpectedTwilioSignature } = twilio_library;

const seed = read_seed('POSTERN_PACKAGES_SEED', '1');
const random = make_random(`packages ${seed}`);
const deliveries_of_each = 40;

const twilio_url = 'https://hooks.example.com/twilio?a=b';
const id_of = () => `msg_${random.text(20)}`;
const any_text = () => random.text(random.between(1, 3000), 'abc "\\{}[]:,\n\u00e9\u20ac\u{1f511}');
const any_json = () => JSON.stringify({
  id: `evt_${random.text(12)}`, type: 'invoice.paid', text: any_text(),
  more: [any_text(), 1.5, null],
});

const standard = (Webhook, prefix) => ({
  secret: () => `whsec_${random.bytes(32).toString('base64')}`,
  async sign(secret, body) {
    const id = id_of();
    const at = new Date();
    return {
      [`${prefix}-id`]: id,
      [`${prefix}-timestamp`]: String(Math.floor(at / 1000)),
      [`${prefix}-signature`]: new Webhook(secret).sign(id, at, body),
    };
  },
});

/** How the library signs `body` now: headers, and the query where it signs that. */
const senders = {
  stripe: {
    secret: () => `whsec_${random.text(32)}`,
    sign: async (secret, payload) =>
      ({ 'stripe-signature': webhooks.generateTestHeaderString({ payload, secret }) }),
  },
  'standard-webhooks': standard(StandardWebhook, 'webhook'),
  svix: standard(SvixWebhook, 'svix'),
  github: {
    secret: () => random.text(40),
    sign: async (secret, body) =>
      ({ 'x-github-event': 'push', 'x-hub-signature-256': await sign_of_github(secret, body) }),
  },
  twilio: {
    secret: () => random.text(32, '0123456789abcdef'),
    options: { url: twilio_url },
    query: (body) => `a=b&bodySHA256=${getExpectedBodyHash(body)}`,
    sign: async (secret, body) => ({ 'x-twilio-signature': getExpectedTwilioSignature(
      secret, `${twilio_url}&bodySHA256=${getExpectedBodyHash(body)}`, {}) }),
  },
};

for (const [slug, { secret: new_secret, sign, query, options }] of Object.entries(senders)) {
  test(`${slug}: what its library signs is genuine, and with one byte more is not`, async () => {
    for (let count = 0; count < deliveries_of_each; count += 1) {
      const body = any_json();
      const secret = new_secret();
      const headers = { 'content-type': 'application/json', ...await sign(secret, body) };
      const request = (text) => new Request(
        `https://app.example/h?${query?.(body) ?? ''}`, { method: 'POST', headers, body: text });
      const verified = await verify(slug, request(body), [new_secret(), secret], options);
      assert.equal(verified.ok, true, `${verified.reason} (seed ${seed}): ${body}`);
      assert.deepEqual(verified.event.json(), JSON.parse(body));
      const forged = await verify(slug, request(`${body} `), secret, options);
      assert.equal(forged.reason, slug === 'twilio' ? 'body_hash_mismatch' : 'bad_signature');
    }
  });
}

const now_seconds = () => String(Math.floor(Date.now() / 1000));

// https://docs.slack.dev/reference/events/url_verification
test('the url verification of Slack is a challenge with its reply', async () => {
  const secret = '8f742231b10e8888abcd99yyyzzz85a5';
  const body = JSON.stringify({ token: 'x', challenge: '3eZbrw1aBm2rZgRNFdxV', type:
    'url_verification' });
  const at = now_seconds();
  const mac = createHmac('sha256', secret).update(`v0:${at}:${body}`).digest('hex');
  const request = () => new Request('https://app.example/slack', {
    method: 'POST', body,
    headers: {
      'content-type': 'application/json', 'x-slack-request-timestamp': at,
      'x-slack-signature': `v0=${mac}`,
    },
  });
  const told = await verify('slack', request(), ['another-secret-0123456789', secret]);
  assert.deepEqual([told.ok, told.reason, told.status], [false, 'challenge', 200]);
  assert.equal(await told.reply.text(), '3eZbrw1aBm2rZgRNFdxV');
  assert.equal((await verify('slack', request(), 'another-secret-0123456789')).reason,
    'bad_signature');
});

// https://docs.discord.com/developers/interactions/overview#setting-up-an-endpoint
test('a ping of Discord is a challenge with its pong', async () => {
  const { privateKey: key, publicKey } = generateKeyPairSync('ed25519');
  const secret = Buffer.from(publicKey.export({ format: 'jwk' }).x, 'base64url').toString('hex');
  const body = '{"id":"787053080478613555","type":1,"token":"x","version":1}';
  const at = now_seconds();
  const request = (signature) => new Request('https://app.example/discord', {
    method: 'POST', body,
    headers: {
      'content-type': 'application/json', 'x-signature-timestamp': at,
      'x-signature-ed25519': signature.toString('hex'),
    },
  });
  const signature = sign_with(null, Buffer.from(at + body), key);
  const told = await verify('discord', request(signature), secret);
  assert.deepEqual([told.ok, told.reason], [false, 'challenge']);
  assert.deepEqual(await told.reply.json(), { type: 1 });
  assert.equal(told.reply.headers.get('content-type'), 'application/json');
  const probe = await verify('discord', request(Buffer.alloc(64, 1)), secret);
  assert.deepEqual([probe.ok, probe.status], [false, 401]);
});
