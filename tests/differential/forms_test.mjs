// A body is held to the forms that its sender sends, and nothing that decides nothing refuses a
// genuine delivery: for every provider, with bodies, types, ids and headers that nobody expects.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';

import { body_of, form_of, forms, is_whole_object } from './body_forms.mjs';
import { catalogue, genuine, make_catalogue_gate } from './catalogue.mjs';
import { deliveries_wanted, make_random, seed } from './random.mjs';

/** Of each provider, and in each test. */
const wanted = Math.max(40, Math.ceil(deliveries_wanted / 250));

const tally = {};
const count = (name) => { tally[name] = (tally[name] ?? 0) + 1; };
after(() => console.log(`POSTERN_DIFFERENTIAL_SEED=${seed}: ${JSON.stringify(tally)}`));

const gate = make_catalogue_gate();
const passed = new Set(['forwarded', 'handshake']);

/** Reasons that say of an authentic delivery that what it has to have is not in its body. */
const needs = new Set(['malformed_body', 'missing_identity', 'malformed_identity']);

async function judge(slug, content) {
  gate.forget();
  return gate.deliver(`/${slug}`, genuine(slug, content));
}

for (const [slug, { sends, whole = false }] of Object.entries(catalogue)) {
  test(`${slug}: what it does not send is refused, and nothing else for its form`, async () => {
    for (let index = 0; index < wanted; index += 1) {
      const name = `${seed}/forms/${slug}/${index}`;
      const random = make_random(name);
      const made = forms[index % forms.length];
      const body = body_of(made, random);
      const form = form_of(body);
      const { record, forwards, ledger_calls } = await judge(slug, { body, form });
      const is_sent = (sends === null || sends.includes(form)) && (!whole || is_whole_object(body));
      const what = `${name}: ${form} ${JSON.stringify(record)} ` +
        JSON.stringify(body.subarray(0, 200).toString('latin1'));
      assert.notEqual(record.verdict, 'trap', what);
      if (is_sent) {
        // A form may be none to its end; a document may lack what names the event.
        assert.ok(passed.has(record.verdict) || needs.has(record.reason) ||
          record.reason === 'malformed_content', what);
        count(record.verdict);
        continue;
      }
      // No rule of Twilio's is for other bodies, so that they have no signature at all.
      const reason = slug === 'twilio' ? 'missing_signature' : 'unexpected_form';
      assert.equal(record.reason, reason, what);
      assert.equal(record.status, reason === 'unexpected_form' ? 400 : 401, what);
      assert.deepEqual([forwards.length, ledger_calls], [0, 0], what);
      count(reason);
    }
  });
}

const odd_types = [
  1, 2.5, -3, 1e30, null, true, false, '', ' ', 'two words', 'событие', '\u0000', 'a\r\nx: y', {},
  { name: 'a' }, [], ['a'], 'é', '🔑', 'x'.repeat(256), 'x'.repeat(257), 'x'.repeat(5000),
  'ok.type',
];

/** A document that has what every provider names events by, and `type` wherever a type stands. */
function document_with(random, id, type) {
  const fields = Object.entries({
    id, event_id: id, type, object_kind: type, event_type: type,
    event: { id, type, event_type: type },
  });
  fields.sort(() => random.bits() - 2 ** 31);
  const padding = random.pick(['', '', ' '.repeat(5000)]);
  const text = JSON.stringify(Object.fromEntries(fields), null, random.pick([0, 1]));
  return Buffer.from(text + padding);
}

/** What a proxy on the way, a tracer or a sender's library puts beside what counts. */
function noise(random) {
  const headers = {
    baggage: `k=${'b'.repeat(random.pick([10, 2400, 8000]))}`,
    traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    'user-agent': random.text(random.between(1, 400)),
    'content-type': random.pick(['application/json', 'text/plain', 'x', 'multipart/form-data']),
  };
  for (let number = random.between(0, 60); number > 0; number -= 1) {
    headers[`x-noise-${number}`] = random.text(random.between(1, 200));
  }
  return headers;
}

/** Those that sign an id of their own where these deliveries have it. */
const with_id = new Set(
  ['standard-webhooks', 'svix', 'gitlab', 'paypal', 'stripe', 'pagerduty', 'slack']);

/**
 * Visible ASCII but for what stands behind an id in a signed text, and for the comma: at an end of
 * a header it is where an empty second one was joined.
 */
const id_alphabet = Array.from({ length: 94 }, (_, at) => String.fromCharCode(0x21 + at))
  .filter((character) => !'.|,'.includes(character)).join('');

for (const slug of Object.keys(catalogue)) {
  test(`${slug}: no type, and no header beside it, refuses a delivery that every route takes`,
    async () => {
      for (let index = 0; index < wanted; index += 1) {
        const name = `${seed}/types/${slug}/${index}`;
        const random = make_random(name);
        const type = odd_types[index % odd_types.length];
        const id = random.text(random.pick([1, 20, 256]), id_alphabet);
        const body = document_with(random, id, type);
        const text = typeof type === 'string' && /^[\x20-\x7e]*$/.test(type) ? type : 'a b';
        const { record, forwards } =
          await judge(slug, { body, id, type: text, headers: noise(random) });
        const what = `${name}: ${JSON.stringify(type)} ${JSON.stringify(record)}`;
        assert.equal(record.verdict, 'forwarded', what);
        assert.equal(forwards.length, 1, what);
        assert.ok(forwards[0].body.equals?.(body) ?? body.equals(forwards[0].body), what);
        assert.ok(/^[\x21-\x7e]{0,256}$/.test(record.event_type), what);
        assert.equal(forwards[0].headers['postern-id'], with_id.has(slug) ? id : undefined, what);
        count('odd type');
      }
    });
}

/** Those that name an event by nothing in its body. */
const blind = [
  'standard-webhooks', 'svix', 'gitlab', 'paypal', 'github', 'woocommerce', 'datadog',
  'datadog-token', 'gitlab-token',
];
const no_documents = [
  '{', '[', '{"type":', '[1,]', '{a:1}', '{"type":"a","type":"b"}', '{"type":"\\ud800"}', '{} {}',
  '{"type":"a"}\0', `${'['.repeat(100)}${']'.repeat(100)}`, '{"n":01}', '{"a":"\u0007"}',
];

for (const slug of blind) {
  test(`${slug}: what only begins like a document goes on, as nothing in it decides`, async () => {
    for (const [index, text] of no_documents.entries()) {
      for (const padding of ['', ' '.repeat(6000)]) {
        const body = Buffer.from(text + padding);
        const { record } = await judge(slug, { body, id: `evt-${index}`, type: 'push' });
        assert.equal(record.verdict, 'forwarded', `${text}: ${JSON.stringify(record)}`);
        count('no document');
      }
    }
  });
}

test('a type that cannot be read is refused where a route hangs on it', async () => {
  const slugs = ['stripe', 'standard-webhooks', 'svix', 'pagerduty', 'gitlab', 'paypal'];
  const strict = make_catalogue_gate({
    slugs,
    routes: '[[sources.NAME.routes]]\nevents = ["ok.type"]\nto = ORIGIN\n' +
      '[[sources.NAME.routes]]\nto = ORIGIN\n',
  });
  for (const slug of slugs) {
    for (const type of odd_types) {
      strict.forget();
      const random = make_random(`${seed}/strict/${slug}`);
      const body = document_with(random, 'evt-1', type);
      const { record } = await strict.deliver(`/${slug}`, genuine(slug, { body, type: 'a' }));
      const is_read = typeof type === 'string' && /^[\x21-\x7e]{1,256}$/.test(type);
      assert.equal(record.verdict, is_read ? 'forwarded' : 'refused', `${slug}: ${type}`);
      assert.equal(record.reason, is_read ? '' : 'malformed_event_type', `${slug}: ${type}`);
      count(is_read ? 'read' : 'hangs on it');
    }
  }
});
