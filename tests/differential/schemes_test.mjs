// Schemes without a vendor's library: Node's crypto signs, and the gate tells right from wrong.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { inline_bytes } from './bodies.mjs';
import { as_carried, describe } from './delivery.mjs';
import { compile_policy, make_gate } from './node_host.mjs';
import { deliveries_wanted, make_random, seed } from './random.mjs';
import { schemes } from './schemes.mjs';

/** Deliveries per scheme: with those of sdk_test.mjs some tenth more of the whole. */
const wanted = Math.max(20, Math.ceil(deliveries_wanted / 10 / schemes.length));

const setting_name = ({ name }) => name.toUpperCase().replaceAll('-', '_');

const policy = ['version = 1', '[gate]', 'max_body = "1MiB"', ...schemes.flatMap((scheme) => [
  `[sources.${scheme.name}]`, `path = "/${scheme.name}"`,
  `secrets = ["env:${setting_name(scheme)}"]`,
  ...scheme.lines, ...(scheme.scheme ?? []),
  `[[sources.${scheme.name}.routes]]`, 'to = "https://origin.example.com/hooks"',
  'deliver = "proxy"',
])].join('\n');

const totals = { accepted: 0, refused: 0 };
const secrets = new Map();
let gate;

before(() => {
  const settings = {};
  for (const scheme of schemes) {
    const random = make_random(`${seed}/${scheme.name}/secret`);
    const pair = { right: scheme.secret(random), wrong: scheme.secret(random) };
    secrets.set(scheme, pair);
    settings[setting_name(scheme)] = pair.right.setting;
  }
  gate = make_gate(compile_policy(policy), settings);
});

after(() => {
  console.log(`POSTERN_DIFFERENTIAL_SEED=${seed}: ${schemes.length} schemes signed by Node's ` +
    `crypto, ${totals.accepted} deliveries accepted, ${totals.refused} refused`);
});

function flip_bit(bytes, random) {
  const copy = Buffer.from(bytes);
  copy[random.between(0, copy.byteLength - 1)] ^= 1 << random.between(0, 7);
  return copy;
}

/** Every item of a list loses its end. */
const shorten = (value) => value.split(',').map((item) => item.slice(0, -4)).join(',');

/** Each signature in the header with one bit changed, in the encoding that it had. */
function flip_signature({ header, encoding = 'base64', is_signature }, headers, random) {
  const value = headers[header];
  if (is_signature) {
    return value.replace(/[A-Za-z0-9+/_-]{26,}={0,2}/g, (text) =>
      flip_bit(Buffer.from(text, encoding), random).toString(encoding));
  }
  const at = random.between(0, value.length - 1);
  return value.slice(0, at) + (value[at] === 'x' ? 'y' : 'x') + value.slice(at + 1);
}

/** What must not pass, by name; each gives a delivery, or null where the scheme has none such. */
const forgeries = {
  'another secret': ({ scheme, signed, input, wrong }) =>
    ({ ...signed, headers: scheme.sign({ ...input, secret: wrong }) }),
  'no signature': ({ scheme, signed }) =>
    ({ ...signed, headers: { ...signed.headers, [scheme.header]: '' } }),
  'another bit of the signature': ({ scheme, signed, input }) => ({ ...signed, headers: {
    ...signed.headers, [scheme.header]: flip_signature(scheme, signed.headers, input.random) } }),
  'a shorter signature': ({ scheme, signed }) => ({ ...signed, headers: {
    ...signed.headers, [scheme.header]: shorten(signed.headers[scheme.header]) } }),
  'another body': ({ scheme, signed, input }) => (scheme.covers_body && signed.body.byteLength > 0
    ? { ...signed, body: flip_bit(signed.body, input.random) }
    : null),
  'six minutes later': ({ signed }) => ('x-timestamp' in signed.headers ||
    Object.keys(signed.headers).some((name) => name.endsWith('-timestamp'))
    ? { ...signed, now_ms: signed.now_ms + 360_000 }
    : null),
};

/** Whether a host without SHA-224 has to hash this body. */
const is_out_of_reach = ({ name }, body) =>
  name.includes('sha224') && body.byteLength > inline_bytes;

for (const scheme of schemes) {
  test(`what Node's crypto signs for ${scheme.name} is accepted, and nothing near it`, async () => {
    const { right, wrong } = secrets.get(scheme);
    for (let index = 0; index < wanted; index += 1) {
      const random = make_random(`${seed}/${scheme.name}/${index}`);
      const body = scheme.body(random);
      if (is_out_of_reach(scheme, body)) {
        continue;
      }
      const signed_at = random.between(1_000_000_000, 4_100_000_000);
      const input = { secret: right, body, signed_at, random };
      const signed = {
        method: 'POST', query: scheme.query ?? '', headers: scheme.sign(input), body,
        now_ms: signed_at * 1000 + 999,
      };
      gate.forget();
      const seen = await gate.deliver(`/${scheme.name}`, signed);
      assert.equal(seen.record.verdict, 'forwarded',
        `${seen.record.reason} ${JSON.stringify(describe(signed))}`);
      assert.equal(seen.record.proof, scheme.is_signature ? scheme.proof ?? 'signature' : 'token');
      assert.ok(body.equals(seen.forwards[0].body));
      totals.accepted += 1;
      for (const [name, forge] of Object.entries(forgeries)) {
        const forged = forge({ scheme, signed, input, wrong });
        if (forged === null) {
          continue;
        }
        const { record, forwards, ledger_calls } =
          await gate.deliver(`/${scheme.name}`, as_carried(forged));
        const what = `${name}: ${record.reason} ${JSON.stringify(describe(forged))}`;
        assert.equal(record.verdict, 'refused', what);
        assert.equal(record.proof, undefined, what);
        assert.deepEqual([forwards.length, ledger_calls], [0, 0], what);
        totals.refused += 1;
      }
    }
  });
}

test('schemes were tried', () => {
  assert.ok(totals.accepted >= schemes.length && totals.refused > totals.accepted);
});
