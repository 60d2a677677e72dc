// `verify` of the package as it is installed: what others have signed is genuine, nothing else is.

import assert from 'node:assert/strict';
import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';

import { signing_of, slugs } from '../provider_texts.mjs';

import { changed_secret, genuine_deliveries, request_of } from './fixtures.mjs';
import { import_packed, make_project } from './packed.mjs';

const folder = make_project('verify');
const [{ verify }] = await import_packed(folder, ['postern']);
const deliveries = genuine_deliveries();
const facts = new Map(slugs.map((slug) => [slug, signing_of(slug)]));

/** A key of the same kind as `key`, of somebody else. */
function other_public_key(key) {
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = key;
  const { namedCurve } = details;
  return generateKeyPairSync(type, { modulusLength: 2048, namedCurve }).publicKey;
}

/** RFC 8032, section 7.1, the second test; `secret` is such a key in hex or base64. */
const of_rfc8032 = Buffer.from(
  '3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c', 'hex');

function other_public_secret(secret) {
  const [, prefix, text] = /^(whpk_)?([^]*)$/.exec(secret);
  if (text.startsWith('-----BEGIN')) {
    return other_public_key(createPublicKey(text)).export({ type: 'spki', format: 'pem' });
  }
  const form = /^[0-9a-f]+$/.test(text) ? 'hex' : 'base64';
  const bytes = Buffer.from(text, form);
  const other = bytes.byteLength === of_rfc8032.byteLength ? of_rfc8032
    : other_public_key(createPublicKey({ key: bytes, type: 'spki', format: 'der' }))
      .export({ type: 'spki', format: 'der' });
  return (prefix ?? '') + other.toString(form);
}

function other_secret(slug) {
  const { secret } = deliveries.get(slug);
  const { is_public, is_fetched } = facts.get(slug);
  return (is_public && !is_fetched) || secret.startsWith('whpk_')
    ? other_public_secret(secret).trim() : changed_secret(secret);
}

/** Verifies the provider's genuine delivery; what it fetches comes out of its fixture. */
async function judge(slug, { secret, provider = slug, options, ...changes } = {}) {
  const delivery = deliveries.get(slug);
  const outside = globalThis.fetch;
  globalThis.fetch = async (address) =>
    new Response(Buffer.from(delivery.fetch[String(address)], 'base64'));
  try {
    return await verify(provider, request_of(delivery, changes), secret ?? delivery.secret,
      { url: delivery.url, now: () => delivery.now_ms, ...options });
  } finally {
    globalThis.fetch = outside;
  }
}

const reason_of = async (...args) => (await judge(...args)).reason;
const later_ms = 26 * 60 * 60 * 1000;

test('every provider of the catalogue has a genuine delivery', () => {
  assert.ok(slugs.length >= 15);
  assert.deepEqual([...deliveries.keys()].sort(), slugs);
});

/** Who signs the path that a delivery came to, which only a gate knows. */
const for_gates = slugs.filter((slug) => facts.get(slug).signs_path);

for (const slug of for_gates) {
  test(`${slug} signs the path, and verify says who knows it`, async () => {
    await assert.rejects(judge(slug), { name: 'TypeError', message: /signs the path.*use gate/ });
  });
}

for (const slug of slugs.filter((one) => !for_gates.includes(one))) {
  const { secret, body, headers } = deliveries.get(slug);
  const wrong = other_secret(slug);
  const { is_token, signs_body, in_header, max_age_ms, max_future_ms } = facts.get(slug);

  test(`${slug}: a genuine delivery is ok, by name and by import`, async () => {
    const [{ default: provider, ...named }] =
      await import_packed(folder, [`postern/providers/${slug}`]);
    const identifier = slug.replace(/-(.)/g, (_, letter) => letter.toUpperCase())
      .replace(/^(?=\d)/, '_');
    assert.equal(named[identifier], provider);
    const keys = [];
    for (const by of [slug, provider]) {
      const { ok, event } = await judge(slug, { provider: by });
      assert.equal(ok, true);
      assert.deepEqual(Buffer.from(event.bytes), body);
      assert.equal(event.text(), body.toString());
      assert.match(event.key, /^[0-9a-f]{64}$/);
      assert.equal(event.provider, slug);
      assert.equal(event.proof === 'token', is_token);
      keys.push(event.key);
    }
    assert.equal(keys[0], keys[1]);
  });

  test(`${slug}: one of several secrets is enough`, async () => {
    const lists = [[wrong, secret], [secret, wrong], [...Array(7).fill(wrong), secret]];
    for (const secrets of lists) {
      assert.equal((await judge(slug, { secret: secrets })).ok, true);
    }
  });

  test(`${slug}: another secret, alone or twice, is a bad signature`, async () => {
    for (const secrets of [wrong, [wrong], [wrong, wrong]]) {
      const { ok, reason, status, hint } = await judge(slug, { secret: secrets });
      assert.deepEqual([ok, reason, status], [false, 'bad_signature', 401]);
      assert.ok(hint.length > 20 && !hint.includes(wrong));
    }
  });

  test(`${slug}: a changed body is a bad signature where the body is signed`, async () => {
    const changed = { body: Buffer.concat([body, Buffer.from(' ')]) };
    const result = await judge(slug, changed);
    assert.equal(result.ok ? 'ok' : result.reason, signs_body ? 'bad_signature' : 'ok');
  });

  test(`${slug}: without its headers the signature is missing`, { skip: !in_header }, async () => {
    const bare = headers.filter(([name]) => name === 'content-type');
    assert.equal(await reason_of(slug, { headers: bare }), 'missing_signature');
  });

  test(`${slug}: a signed time is compared with the clock`, async () => {
    const { now_ms } = deliveries.get(slug);
    const is_stale = max_age_ms !== null && max_age_ms < later_ms;
    const later = await judge(slug, { options: { now: () => now_ms + later_ms } });
    assert.equal(later.ok ? 'ok' : later.reason, is_stale ? 'stale' : 'ok');
    const is_ahead = max_future_ms !== null && max_future_ms < later_ms;
    const sooner = await judge(slug, { options: { now: () => now_ms - later_ms } });
    assert.equal(sooner.ok ? 'ok' : sooner.reason, is_ahead ? 'future' : 'ok');
    // Whichever of the secrets it was signed by.
    const options = { now: () => now_ms + later_ms };
    const rotated = await judge(slug, { secret: [wrong, secret], options });
    assert.equal(rotated.ok ? 'ok' : rotated.reason, is_stale ? 'stale' : 'ok');
  });

  test(`${slug}: a body over the limit is not judged, one at the limit is`, async () => {
    const over = await judge(slug, { options: { maxBody: body.byteLength - 1 } });
    assert.deepEqual([over.ok, over.reason, over.status], [false, 'body_too_large', 413]);
    assert.equal((await judge(slug, { options: { maxBody: body.byteLength } })).ok, true);
  });
}

test('the hint says how long ago it was signed', async () => {
  const [, signature] = deliveries.get('stripe').headers.find(([name]) =>
    name === 'stripe-signature');
  const signed_ms = Number(/t=(\d+)/.exec(signature)[1]) * 1000;
  const hint_at = async (now_ms) =>
    (await judge('stripe', { options: { now: () => now_ms } })).hint;
  assert.match(await hint_at(signed_ms + 86_400_000), /\(86400 s ago\)$/);
  assert.match(await hint_at(signed_ms - 3_600_000), /\(3600 s ahead\)$/);
});

test('a replay under other unsigned headers has the same key', async () => {
  const changed = { github: 'x-github-delivery', shopify: 'x-shopify-webhook-id' };
  for (const [slug, name] of Object.entries(changed)) {
    const { headers } = deliveries.get(slug);
    const replayed = [...headers.filter(([one]) => one !== name), [name, 'another-0123456789']];
    const keys = await Promise.all([headers, replayed].map(async (list) =>
      (await judge(slug, { headers: list })).event.key));
    assert.equal(keys[0], keys[1], slug);
  }
});

test('headers are those of the sender, without passwords', async () => {
  const { event } = await judge('github');
  assert.equal(event.headers.get('x-github-event'), 'push');
  for (const slug of slugs.filter((one) => facts.get(one).is_token)) {
    const shown = [...(await judge(slug)).event.headers].join('\n');
    assert.ok(!shown.includes(deliveries.get(slug).secret), slug);
    assert.ok(!/^authorization/m.test(shown), slug);
  }
});
