// `sign` of postern/testing, from the packed tarball: what it makes is genuine to the package's own
// `verify` and to the libraries of those who send, and what it cannot make it says.

import assert from 'node:assert/strict';
import { createHash, createHmac, generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';

import { senders } from '../differential/senders.mjs';
import { signing_of, slugs as all_slugs } from '../provider_texts.mjs';

import { changed_secret, genuine_deliveries } from './fixtures.mjs';
import { import_packed, make_project } from './packed.mjs';

const folder = make_project('testing-sign');
const [{ verify }, { sign }] = await import_packed(folder, ['postern', 'postern/testing']);

const facts = new Map(all_slugs.map((slug) => [slug, signing_of(slug)]));

/** Of those who sign with a private key the one whose key is made here. */
const by_key = 'discord';
/** `verify` has no path, which its caller routes by; `sign` writes no signature into a body. */
const is_out = ({ signs_path, in_header, is_token }) => signs_path || (!in_header && !is_token);
const slugs = all_slugs.filter((slug) => !is_out(facts.get(slug)) &&
  (!facts.get(slug).is_public || slug === by_key));

/** A time in the body is the body's. */
const sets_time = ({ max_age_ms, time_in_body }) => max_age_ms !== null && !time_in_body;

const { publicKey, privateKey } = generateKeyPairSync('ed25519');
const public_hex = Buffer.from(publicKey.export({ format: 'jwk' }).x, 'base64url').toString('hex');
const ed25519_pem = privateKey.export({ type: 'pkcs8', format: 'pem' });

/** What each provider's receivers have, what signs, and a body of its own, from fixtures/. */
const orders = [...genuine_deliveries()].filter(([slug]) => slugs.includes(slug))
  .map(([slug, { secret, url, now_ms, body, headers, method }]) => {
    const is_public = slug === by_key;
    const given = ['content-type', ...facts.get(slug).signed_headers];
    return {
      slug, body, now_ms, receiver: is_public ? public_hex : secret,
      options: {
        ...(is_public ? { key: ed25519_pem } : { secret }), method,
        ...(sets_time(facts.get(slug)) ? { at: now_ms } : {}),
        ...(url === undefined ? {} : { url }),
        headers: headers.filter(([name]) => given.includes(name)),
      },
    };
  });

const judge = ({ slug, options: { url }, now_ms }, request, secret) =>
  verify(slug, request, secret, { now: () => now_ms, ...(url === undefined ? {} : { url }) });

test('a signed path is that of the address, which must be given', async () => {
  const body = '{"source":{"eventType":"PO_CREATED"}}';
  const options = { secret: 'walmart_test_secret_0123456789', at: 1_800_000_000_000 };
  const request = await sign('walmart', body, { ...options, url: 'https://app.example/in/w' });
  const digest = createHash('sha256').update(body).digest('hex');
  assert.equal(request.headers.get('wm_sec.signature'), createHmac('sha256', options.secret)
    .update(`POST\n/in/w\n1800000000\n${digest}`).digest('base64'));
  await assert.rejects(sign('walmart', body, options), /options\.url: .*signs the path/);
});

test('what is signed is genuine to verify, and is not under another secret', async () => {
  assert.deepEqual(orders.map(({ slug }) => slug).sort(), slugs);
  for (const order of orders) {
    const { slug, body, options, receiver } = order;
    const request = await sign(slug, body, options);
    assert.ok(request instanceof Request);
    const genuine = await judge(order, request.clone(), receiver);
    assert.ok(genuine.ok || genuine.reason === 'challenge', `${slug}: ${JSON.stringify(genuine)}`);
    if (facts.get(slug).in_header) {
      assert.deepEqual(Buffer.from(await request.clone().arrayBuffer()), body, slug);
    }
    if (options.key === undefined) {
      const other = changed_secret(receiver);
      const forged = await judge(order, request, other);
      assert.deepEqual([forged.ok, forged.reason], [false, 'bad_signature'], slug);
    }
  }
});

test('what is signed is genuine to the libraries of those who send', async () => {
  const judged = [];
  for (const { provider, accepts } of senders) {
    const order = orders.find(({ slug }) => slug === provider);
    const request = await sign(provider, order.body, order.options);
    const delivery = {
      headers: Object.fromEntries(request.headers), body: order.body, now_ms: order.now_ms,
      query: new URL(request.url).search.slice(1),
    };
    const secret = provider === 'discord' ? { public_hex } : order.receiver;
    const source = { url: order.options.url };
    assert.equal(await accepts(delivery, [secret], source), true, provider);
    const changed = { ...delivery, body: Buffer.concat([order.body, Buffer.from('x')]) };
    assert.equal(await accepts(changed, [secret], source), false, provider);
    judged.push(provider);
  }
  assert.deepEqual(judged.sort(), ['discord', 'github', 'shopify', 'slack', 'standard-webhooks',
    'stripe', 'svix', 'twilio']);
});

const secret = 'whsec_test_of_an_app';

test('a type is put where the provider has it, and the time is that of signing', async () => {
  const invoice = await sign('stripe', { id: 'evt_1', object: 'event', type: 'x' },
    { secret, type: 'invoice.paid', at: new Date(1_700_000_000_000) });
  assert.match(invoice.headers.get('stripe-signature'), /^t=1700000000,v1=[0-9a-f]{64}$/);
  assert.equal(invoice.headers.get('content-type'), 'application/json');
  assert.equal(invoice.method, 'POST');
  const { ok, event } = await verify('stripe', invoice, secret, { now: () => 1_700_000_000_000 });
  assert.deepEqual([ok, event.id, event.type], [true, 'evt_1', 'invoice.paid']);

  const text = '{ "zen": "Keep it." }';
  const push = await sign('github', text, { secret, type: 'push', url: 'https://a.example/h?x=1' });
  assert.equal(push.headers.get('x-github-event'), 'push');
  assert.equal(push.url, 'https://a.example/h?x=1');
  assert.equal(await push.text(), text);

  const fresh = await sign('stripe', '{"id":"evt_1","object":"event","type":"a"}', { secret });
  assert.equal((await verify('stripe', fresh, secret)).ok, true);
});

test('a mistake of whoever calls it is told with what to do', async () => {
  const mistakes = [
    [['strpe', '{}', { secret }], /^There is no provider "strpe"\. Did you mean "stripe"\?/],
    [['aps', '{}', { secret }], /Did you mean "autodesk", which is also called aps\?/],
    [[7, '{}', { secret }], /^A provider is its name/],
    [['stripe', '{}', {}], /options\.secret is what the receiver has.*environment variable set/],
    [['stripe', '{}', { secret: ['a'] }], /options\.secret is a text, not a list/],
    [['stripe', '{}', { secret, time: 1 }], /no option "time"\. Did you mean "type"\?/],
    [['stripe', undefined, { secret }], /the body is a text, bytes, or an object/],
    [['stripe', Buffer.alloc((25 << 20) + 1), { secret }], /no gate takes more than 26214400/],
    [['stripe', '{}', { secret, at: 'now' }], /options\.at is a Date, or unix milliseconds/],
    [['stripe', '{}', { secret, url: '/hooks' }], /options\.url is a whole address/],
    [['stripe', '{}', { secret, headers: { 'a b': 'c' } }], /options\.headers are names and val/],
    [['github', '{}', { secret, at: 1 }], /options\.at changes nothing of what github sends;/],
    [['stripe', '{}', { secret, id: 'x' }], /options\.id changes nothing/],
    [['stripe', '{}', { secret, key: ed25519_pem }], /options\.key changes nothing/],
    [['stripe', 'no JSON', { secret, type: 'x' }], /options\.type: stripe has no place/],
    [['standard-webhooks', '{}', { secret }], /options\.secret: .*`whsec_` and base64 of 24/],
    [['github', '{}', { secret: ed25519_pem }], /options\.secret: /],
    [['discord', '{}', { secret: public_hex.slice(2) }], /options\.key: .*give it in PEM/],
    [['discord', '{}', { key: generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
      .export({ type: 'pkcs8', format: 'pem' }) }], /options\.key: .*of another kind/],
    [['twilio', 'a=b', { secret }], /options\.url: the scheme signs the address/],
    [['paypal', '{}', { secret }], /only they can/],
  ];
  for (const [words, wanted] of mistakes) {
    await assert.rejects(sign(...words), (fault) => {
      assert.ok(fault instanceof TypeError, fault.stack);
      assert.match(fault.message, wanted);
      assert.ok(!fault.message.includes(secret) && !fault.message.includes('PRIVATE KEY'));
      return true;
    });
  }
});
