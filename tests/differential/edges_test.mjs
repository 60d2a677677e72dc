// Every limit at its edge, for every provider: a genuine delivery that just fits is forwarded, and
// one more byte, header, field or signature has the answer that RUNNING names for it.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { catalogue, genuine, make_catalogue_gate } from './catalogue.mjs';

// As docs/RUNNING.md, "Limits", has them; the body's limit is the policy's.
const body_bytes_max = 2 << 20;
const headers_max = 128;
const header_bytes_max = 32 << 10;
const query_bytes_max = 1024;
const located_bytes_max = 4096;
const candidates_max = 16;
const id_bytes_max = 256;
const depth_max = 64;
const form_fields_max = 256;

const gate = make_catalogue_gate();

const document = (fields = {}) => ({
  id: 'evt-1', event_id: 'evt-1', type: 'ok.type', object_kind: 'push', event_type: 'ok.type',
  event: { id: 'evt-1', type: 'ok.type', event_type: 'ok.type' }, ...fields,
});
const bytes_of = (value) => Buffer.from(JSON.stringify(value));

/** What the gate says of `delivery`: `forwarded`, or the reason and status of a refusal. */
async function say(slug, delivery) {
  gate.forget();
  const { record, forwards } = await gate.deliver(`/${slug}`, delivery);
  if (record.verdict === 'forwarded') {
    assert.equal(forwards.length, 1);
    assert.ok(Buffer.from(forwards[0].body).equals(delivery.body));
    return 'forwarded';
  }
  assert.equal(forwards.length, 0, 'what is refused does not go on');
  return `${record.status} ${record.reason}`;
}

const deliver = (slug, content = {}) =>
  genuine(slug, { body: bytes_of(document()), type: 'push', ...content });

const with_headers = (delivery, more) =>
  ({ ...delivery, headers: { ...delivery.headers, ...more } });

/** Names and values together, as the host hands them over. */
const header_bytes = ({ headers }) => Object.entries(headers)
  .reduce((sum, [name, value]) => sum + name.length + value.length, 0);

/** A document of exactly `bytes` bytes. */
function document_of(bytes) {
  const bare = bytes_of(document({ pad: '' })).byteLength;
  return bytes_of(document({ pad: 'x'.repeat(bytes - bare) }));
}

/** A document whose deepest value stands in `depth` objects and lists, its own object counted. */
function document_within(depth) {
  const lists = depth - 1;
  const text = JSON.stringify(document({ pad: 0 }));
  return Buffer.from(text.replace('"pad":0', `"pad":${'['.repeat(lists)}${']'.repeat(lists)}`));
}

/** Shopify's key wants a document that is read to its end; the others name an event in it. */
const when_too_deep = {
  shopify: '400 unexpected_form',
  pagerduty: '400 malformed_body',
  stripe: '400 malformed_body',
  slack: '400 malformed_body',
  discord: '400 malformed_body',
};

for (const slug of Object.keys(catalogue)) {
  test(`${slug}: a body at its limit`, async () => {
    assert.equal(await say(slug, deliver(slug, { body: document_of(body_bytes_max) })),
      'forwarded');
    assert.equal(await say(slug, deliver(slug, { body: document_of(body_bytes_max + 1) })),
      '413 body_too_large');
  });

  test(`${slug}: headers at their limits`, async () => {
    const delivery = deliver(slug);
    const missing = headers_max - Object.keys(delivery.headers).length;
    const many = Object.fromEntries(
      Array.from({ length: missing }, (_, at) => [`x-noise-${at}`, 'n']));
    assert.equal(await say(slug, with_headers(delivery, many)), 'forwarded');
    assert.equal(await say(slug, with_headers(delivery, { ...many, 'x-one-more': 'n' })),
      '431 headers_too_large');

    const room = header_bytes_max - header_bytes(delivery) - 'baggage'.length;
    assert.equal(await say(slug, with_headers(delivery, { baggage: 'b'.repeat(room) })),
      'forwarded');
    assert.equal(await say(slug, with_headers(delivery, { baggage: 'b'.repeat(room + 1) })),
      '431 headers_too_large');
  });

  test(`${slug}: a document as deep as may be, and a level deeper`, async () => {
    assert.equal(await say(slug, deliver(slug, { body: document_within(depth_max) })),
      'forwarded');
    const deeper = await say(slug, deliver(slug, { body: document_within(depth_max + 1) }));
    assert.equal(deeper, when_too_deep[slug] ?? 'forwarded');
  });
}

for (const slug of Object.keys(catalogue)) {
  test(`${slug}: a query at its limit`, async () => {
    const delivery = { ...deliver(slug), query: 'q'.repeat(query_bytes_max) };
    // Twilio signs the query, and its JSON comes with none but the hash; to others it is nothing.
    assert.equal(await say(slug, delivery),
      slug === 'twilio' ? '401 body_hash_mismatch' : 'forwarded');
    assert.equal(await say(slug, { ...delivery, query: `${delivery.query}q` }),
      '431 headers_too_large');
  });
}

const signing_ids = ['standard-webhooks', 'svix', 'gitlab', 'paypal'];
for (const slug of signing_ids) {
  test(`${slug}: a signed id at its limit`, async () => {
    assert.equal(await say(slug, deliver(slug, { id: 'i'.repeat(id_bytes_max) })), 'forwarded');
    assert.equal(await say(slug, deliver(slug, { id: 'i'.repeat(id_bytes_max + 1) })),
      '401 malformed_id');
  });
}

const ids_in_bodies = { stripe: ['id'], slack: ['event_id'], discord: ['id'] };
for (const [slug, [name]] of Object.entries(ids_in_bodies)) {
  test(`${slug}: an identity at its limit`, async () => {
    const body = (bytes) => bytes_of(document({ [name]: 'i'.repeat(bytes), event: undefined }));
    assert.equal(await say(slug, deliver(slug, { body: body(id_bytes_max) })), 'forwarded');
    assert.equal(await say(slug, deliver(slug, { body: body(id_bytes_max + 1) })),
      '400 malformed_identity');
  });
}

/** Headers with several signatures: how one more is written, and what stands between two. */
const lists = {
  stripe: { header: 'stripe-signature', item: `v1=${'0'.repeat(64)}`, between: ',' },
  pagerduty: { header: 'x-pagerduty-signature', item: `v1=${'0'.repeat(64)}`, between: ',' },
  'standard-webhooks': {
    header: 'webhook-signature', item: `v1,${'A'.repeat(43)}=`, between: ' ',
  },
  svix: { header: 'svix-signature', item: `v1,${'A'.repeat(43)}=`, between: ' ' },
  gitlab: { header: 'webhook-signature', item: `v1,${'A'.repeat(43)}=`, between: ' ' },
};
for (const [slug, { header, item, between }] of Object.entries(lists)) {
  test(`${slug}: as many signatures as may be, the right one at any place`, async () => {
    const delivery = deliver(slug);
    const right = delivery.headers[header];
    const among = (others, at) => {
      const items = Array.from({ length: others }, () => item);
      items.splice(at, 0, right);
      return with_headers(delivery, { [header]: items.join(between) });
    };
    for (const at of [0, 7, candidates_max - 1]) {
      assert.equal(await say(slug, among(candidates_max - 1, at)), 'forwarded', `${at}`);
      assert.equal(await say(slug, among(candidates_max, at)), '401 malformed_signature', `${at}`);
    }
  });

  test(`${slug}: a header of signatures at its limit`, async () => {
    const delivery = deliver(slug);
    const right = delivery.headers[header];
    const other = item.replace('v1', 'v9').slice(0, 3);
    const padded = (bytes) => with_headers(delivery, {
      [header]: `${right}${between}${other}`.padEnd(bytes, 'A'),
    });
    assert.equal(await say(slug, padded(located_bytes_max)), 'forwarded');
    assert.equal(await say(slug, padded(located_bytes_max + 1)), '401 malformed_signature');
  });
}

test('twilio: as many fields as may be', async () => {
  const with_fields = (count) => genuine('twilio', {
    body: Buffer.from(Array.from({ length: count }, (_, at) => `Field${at}=x`).join('&')),
    form: 'form',
  });
  assert.equal(await say('twilio', with_fields(form_fields_max)), 'forwarded');
  assert.equal(await say('twilio', with_fields(form_fields_max + 1)), '401 malformed_content');
});
