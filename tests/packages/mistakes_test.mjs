// What the program does wrong is thrown at it, with the cure and without the secret; whatever a
// stranger sends is a result.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspect } from 'node:util';

import { read_count, read_seed } from '../budget.mjs';
import { make_random } from '../differential/random.mjs';
import { signing_of } from '../provider_texts.mjs';

import { genuine_deliveries, request_of } from './fixtures.mjs';
import { import_packed, make_project } from './packed.mjs';

const folder = make_project('mistakes');
const [{ verify }] = await import_packed(folder, ['postern']);
const deliveries = genuine_deliveries();
const secret = 'whsec_f1c7e5ec2e70f1c7e5ec2e70f1c7e5e1';
const request = () => request_of(deliveries.get('stripe'));

async function read_before() {
  const read = request();
  await read.text();
  return read;
}

function locked() {
  const one = request();
  one.body.getReader();
  return one;
}

/** What express and node:http hand over, as far as it matters here. */
const incoming = { url: '/hooks', method: 'POST', headers: { host: 'x' }, on() {}, body: {} };

const mistakes = [
  ['an empty secret', () => verify('stripe', request(), ''), /secret of stripe is empty.*set\?/],
  ['no secret', () => verify('stripe', request()), /secret of stripe is undefined.*set\?/],
  ['an unset one of two', () => verify('stripe', request(), [secret, undefined]),
    /secret number 1 of stripe is undefined/],
  ['no secret in the list', () => verify('stripe', request(), []), /1 to 8 secrets, not 0/],
  ['nine secrets', () => verify('stripe', request(), Array(9).fill(secret)), /1 to 8 .*not 9/],
  ['a secret of another form', () => verify('svix', request(), 'hunter2'),
    /secret of svix cannot be used/],
  ['one of another form beside a good one',
    () => verify('discord', request(), [deliveries.get('discord').secret, 'hunter2']),
    /secret of discord cannot be used/],
  ['an unknown provider', () => verify('strpie', request(), secret),
    /no provider "strpie".*Did you mean "stripe"/],
  ['a provider that is none at all', () => verify('no-such-sender', request(), secret),
    /no provider "no-such-sender"/],
  ['a provider that leads out of the catalogue', () => verify('../package', request(), secret),
    /no provider/],
  ['a module in place of the provider', () => verify({ default: {} }, request(), secret),
    /postern\/providers\/NAME/],
  ['a body that was read', async () => verify('stripe', await read_before(), secret),
    /read before.*request\.clone\(\)/],
  ['a body that is being read', () => verify('stripe', locked(), secret), /read before/],
  ['the request of node:http', () => verify('stripe', incoming, secret), /postern\/node/],
  ['no request', () => verify('stripe', undefined, secret), /takes a Request/],
  ['no url for a scheme that signs it', () => verify('twilio', request(), secret), /options\.url/],
  ['a url that is none', () => verify('twilio', request(), secret, { url: 'example' }),
    /The url of twilio.*absolute address/],
  ['a secret that is a file', () => verify('stripe', request(), 'x'.repeat(100_000)),
    /secret of stripe is longer than 4096 bytes/],
  ['a provider of another version',
    () => verify({ slug: 'stripe', policy: new Uint8Array(9) }, request(), secret),
    /provider "stripe" is none of this version/],
  ['a Response', () => verify('stripe', new Response('x'), secret), /takes a Request/],
  ['a body alone', () => verify('stripe', '{"id":1}', secret), /takes a Request/],
  ['options that are none', () => verify('stripe', request(), secret, null), /options .* object/],
  ['a clock of something else',
    () => verify('stripe', request(), secret, { now: async () => 1 }), /options\.now gives/],
  ['a clock that has none', () => verify('stripe', request(), secret, { now: () => NaN }),
    /options\.now gives no unix time/],
  ['a limit that is no number', () => verify('stripe', request(), secret, { maxBody: '1MiB' }),
    /maxBody/],
  ['an option that it does not have', () => verify('stripe', request(), secret, { maxbody: 9 }),
    /has no option "maxbody"\. Did you mean "maxBody"\?/],
  ['a limit that is NaN', () => verify('stripe', request(), secret, { maxBody: NaN }), /maxBody/],
  ['a clock that is a number', () => verify('stripe', request(), secret, { now: Date.now() }),
    /options\.now/],
];
for (const [name, act, says] of mistakes) {
  test(`${name} is thrown, with the cure and without the secret`, async () => {
    await assert.rejects(act, (failure) => {
      assert.ok(failure instanceof TypeError, inspect(failure));
      assert.match(failure.message, says);
      assert.doesNotMatch(inspect(failure, { depth: 9 }), new RegExp(`${secret}|hunter2`));
      return true;
    });
  });
}

test('a schema that is none is a mistake too', async () => {
  const { secret: genuine, now_ms } = deliveries.get('stripe');
  const { event } = await verify('stripe', request(), genuine, { now: () => now_ms });
  for (const schema of [null, {}, 'x', { '~standard': {} }]) {
    await assert.rejects(event.json(schema), { name: 'TypeError', message: /standardschema\.dev/ });
  }
});

test('a sender that goes away before the end of its body is a result', async () => {
  for (const headers of [{}, { 'content-length': '20' }]) {
    const pieces = ['{', '"id":'];
    const body = new ReadableStream({
      pull(controller) {
        if (pieces.length === 0) {
          controller.error(new Error('aborted'));
        } else {
          controller.enqueue(new TextEncoder().encode(pieces.shift()));
        }
      },
    });
    const broken =
      new Request('https://app.example/', { method: 'POST', body, duplex: 'half', headers });
    const { ok, reason, status, hint } = await verify('stripe', broken, secret);
    assert.deepEqual([ok, reason, status], [false, 'body_incomplete', 400]);
    assert.match(hint, /went away/);
  }
});

const seed = read_seed('POSTERN_PACKAGES_SEED');
const requests_count = read_count('POSTERN_PACKAGES_REQUESTS', 4000);
const odd_values = ['', ' ', ',', ', ,', '=', 't=', 't=1,v1=', 'v1,', 'sha256=', '\u00ff\u00e9',
  '0'.repeat(5000), '-1', '1e9', '9'.repeat(30), 'Basic ', 'Basic Og==', '%', '\t'];
const odd_types = ['application/json', 'application/x-www-form-urlencoded', 'multipart/form-data',
  'text/plain; charset=utf-16', 'application/json; charset="', '', ';', 'a'];
const odd_bodies = ['', '{', '[]', 'null', '{"id":1,"id":2}', '%', 'a=%', 'a=b&a=c', '\u0000',
  '['.repeat(20_000), '{"a":'.repeat(5000), '"\ud800"', '{"type":"x"}'];

/** A genuine delivery with some of it changed, or nothing genuine at all. */
function odd_request(random, { method, headers, body, query }) {
  const kept = random.chance(0.5) ? headers : headers.filter(() => random.chance(0.6));
  const changed = kept.map(([name, value]) => [name, random.pick([
    value, value, value, random.pick(odd_values), `${value}${random.pick(odd_values)}`,
    value.slice(0, random.between(0, value.length)), value.toUpperCase(),
  ])]);
  if (random.chance(0.3)) {
    changed.push(['content-type', random.pick(odd_types)]);
  }
  if (random.chance(0.3)) {
    changed.push([random.text(random.between(1, 60)), random.pick(odd_values)]);
  }
  if (random.chance(0.05)) {
    changed.push(...Array.from({ length: 300 }, (_, at) => [`x-${at}`, 'x']));
  }
  if (random.chance(0.1)) {
    changed.push(['content-length', random.pick(['0', '1', '99', 'x', '99999999999999'])]);
  }
  const list = new Headers();
  changed.forEach(([name, value]) => list.append(name, value));
  const verb = random.chance(0.8)
    ? method : random.pick(['GET', 'HEAD', 'PUT', 'DELETE', 'OPTIONS', 'BREW']);
  const bytes = random.chance(0.5) ? body : random.pick([
    random.bytes(random.between(0, 300)), Buffer.from(random.pick(odd_bodies)),
    body.subarray(0, random.between(0, body.byteLength)),
  ]);
  return new Request(`https://app.example/?${random.pick([query, '', '%', 'a=b', '&&=', '?'])}`, {
    method: verb, headers: list, body: ['GET', 'HEAD'].includes(verb) ? undefined : bytes,
  });
}

/** Those that `verify` can judge: a signed path is for gates. */
const judged = [...deliveries.keys()].filter((slug) => !signing_of(slug).signs_path);

/** What whoever calls `verify` has not: a policy, decision records, the table of a manual. */
const of_a_gate = /`|_|\bthe source\b|\broutes?\b|\babove\b|\bbelow\b|^the same|^refused$/;

test(`${requests_count} requests of strangers are results (seed ${seed})`, async (t) => {
  const random = make_random(`strangers ${seed}`);
  const told = {};
  const outside = globalThis.fetch;
  globalThis.fetch = async () => new Response('no certificate');
  try {
    for (let count = 0; count < requests_count; count += 1) {
      const slug = random.pick(judged);
      const delivery = deliveries.get(slug);
      const one = odd_request(random, delivery);
      const result = await verify(slug, one, delivery.secret,
        { url: delivery.url, now: () => delivery.now_ms });
      told[result.ok ? 'ok' : result.reason] = (told[result.ok ? 'ok' : result.reason] ?? 0) + 1;
      assert.ok(result.ok || result.reason === 'challenge' || result.hint.length > 0, slug);
      assert.doesNotMatch(result.hint ?? '', of_a_gate, result.reason);
    }
  } finally {
    globalThis.fetch = outside;
  }
  t.diagnostic(JSON.stringify(told));
  assert.equal(told.gate_failed, undefined);
  assert.ok(Object.keys(told).length >= 10, 'too few of the ways to be refused came up');
});
