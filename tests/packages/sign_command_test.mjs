// `npx postern sign` of the packed tarball prints what the native command prints: for providers of
// every kind in every form, for every algorithm, and for what cannot be signed.

import assert from 'node:assert/strict';
import { generateKeyPairSync, verify } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { root } from '../architecture/sources.mjs';
import { folder, packed, run, run_all, run_both, unpacked } from './both_commands.mjs';

/**
 * Who signs in different ways: each with each kind of secret takes a process of either command.
 * That what is signed for any provider is genuine is shown in one process (testing_sign_test.mjs).
 */
const slugs = ['datadog', 'datadog-token', 'discord', 'github', 'gitlab', 'gitlab-token',
  'pagerduty', 'paypal', 'shopify', 'slack', 'standard-webhooks', 'stripe', 'svix', 'twilio',
  'woocommerce'];

const pem = { type: 'pkcs8', format: 'pem' };
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const locked = ec.privateKey.export({ ...pem, cipher: 'aes-256-cbc', passphrase: 'x' });
const seed = '9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60';  // RFC 8032, 7.1.

/** Texts that are a secret for some provider, each in a file of its own; none for all. */
const secrets = {
  plain: 'a shared secret of some length',
  prefixed: 'whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=',
  basic: 'user:password',
  seed,
  seed_and_key: `whsk_${Buffer.from(`${seed}${'00'.repeat(32)}`, 'hex').toString('base64')}`,
  rsa: rsa.privateKey.export(pem),
  ec: ec.privateKey.export(pem),
};
const secret_file = (name) => join(folder, `${name}.secret`);
for (const [name, text] of Object.entries({ ...secrets, locked, empty: '', blank: '\r\n' })) {
  writeFileSync(secret_file(name), text);
}

const json = '{"id":"evt_1","type":"invoice.paid","text":"a \'quoted\' \\u0001 é"}';
const form = 'To=%2B1+555&From=b&Body=x%20y';
const at = ['--at', '1700000000'];
const url = ['--url', 'https://app.example/hooks?a=1'];

test('providers of every kind are signed for in the same bytes, in every form', async (t) => {
  const ways = slugs.flatMap((slug) => Object.keys(secrets).map((name) =>
    ['sign', slug, '--secret-file', secret_file(name)]));
  const tried = await run_all(ways.map((words) => [[...words, ...at], { input: json }]));
  // Where no time is signed, the option would do nothing.
  const is_untimed = ({ err }) => /^--at changes nothing/.test(err);
  const signing = ways.filter((_, index) => tried[index].code === 0 || is_untimed(tried[index]))
    .map((words) => [...words, ...is_untimed(tried[ways.indexOf(words)]) ? [] : at]);
  const signed = new Set(signing.map(([, slug]) => slug));
  // The one signs with a key that receivers fetch, the other the address that it was given.
  assert.deepEqual(slugs.filter((slug) => !signed.has(slug)), ['paypal', 'twilio']);
  const shapes = [[], ['--json'], ['--curl', "https://app.example/it's?b=2"]];
  const first = signing.filter(([, slug], index) =>
    signing.findIndex(([, other]) => other === slug) === index);
  const shown = await run_all([
    ...first.flatMap((words) => shapes.map((shape) => [[...words, ...shape], { input: json }])),
    ...[form, json, ''].flatMap((input) => shapes.map((shape) =>
      [['sign', 'twilio', '--secret-file', secret_file('plain'), ...url, ...shape], { input }])),
  ]);
  assert.deepEqual(shown.filter(({ code }) => code !== 0), []);
  t.diagnostic(`${tried.length + shown.length} runs of each command`);
});

/** A provider that signs with `algorithm`, its signature in base64. */
const provider_of = (algorithm, key, content = '{timestamp}.{body}') => `
name = "Own"
manual = "https://own.example/"
checked = 2026-11-30
confidence = "one-source"
sends = ["json"]
[signature]
algorithm = "${algorithm}"
from = { header = "x-signature" }
encoding = "base64"
content = "${content}"
key = ${key}
[timestamp]
from = { header = "x-timestamp" }
unit = "rfc3339"
max_age = "5m"
max_future = "5m"
[event]
identity = { body = "/id" }
type = { header = "x-event" }
`;

const own = join(folder, 'providers');
mkdirSync(own);
const own_providers = {
  sha1: ['hmac-sha1', '"utf8"'], sha224: ['hmac-sha224', '"utf8"'],
  sha384: ['hmac-sha384', '"utf8"'], sha512: ['hmac-sha512', '"html"'],
  rsa1: ['rsa-sha1', '"pem"'], rsa256: ['rsa-sha256', '"spki"'],
  ec: ['ecdsa-p256-sha256', '"spki"'],
  ed25519: ['ed25519', '{ form = "hex", bytes_min = 32, bytes_max = 32 }'],
  parts: ['hmac-sha256', '"utf8"',
    '{timestamp}.{method}.{header:x-a [a-z]}.{field:/id [a-z0-9_]}.{body}'],
  address: ['hmac-sha256', '"utf8"', '{url}|{timestamp}.{body}'],
  digests: ['hmac-sha256', '"utf8"', '{timestamp}:{path}?{query} {sha256:body} {crc32:body}'],
};
for (const [name, facts] of Object.entries(own_providers)) {
  writeFileSync(join(own, `${name}.toml`), provider_of(...facts));
}
const wrong_providers = join(folder, 'wrong_providers');
mkdirSync(wrong_providers);
writeFileSync(join(wrong_providers, 'wrong.toml'), 'name = "Wrong"\n');
const own_folder = ['--providers', own];
const lookup = (name) => (['rsa1', 'rsa256'].includes(name) ? 'rsa' : name === 'ec' ? 'ec'
  : name === 'ed25519' ? 'seed' : 'plain');

test('every algorithm gives the same bytes', async () => {
  const words_of = (name) => ['sign', name, ...own_folder, ...at, '--json', '--header', 'x-a=b',
    ...(name === 'parts' ? ['--method', 'PUT'] : ['address', 'digests'].includes(name) ? url : []),
    '--secret-file', secret_file(lookup(name))];
  const names = Object.keys(own_providers).filter((name) => name !== 'ec');
  const results = await run_all(names.map((name) => [words_of(name), { input: json }]));
  assert.deepEqual(results.filter(({ code }) => code !== 0), []);
  // ECDSA draws a number for each signature: the public key judges it.
  const { code, out } = await run(process.execPath, [packed, ...words_of('ec')], { input: json });
  assert.equal(code, 0);
  const { x: signature, at: signed_at } = Object.fromEntries(JSON.parse(out).headers
    .map(([name, value]) => [{ 'x-signature': 'x', 'x-timestamp': 'at' }[name] ?? name, value]));
  assert.equal(signed_at, '2023-11-14T22:13:20Z');
  const content = Buffer.from(`${signed_at}.${json}`);
  assert.ok(verify('sha256', content, ec.publicKey, Buffer.from(signature, 'base64')));
});

test('what cannot be signed is told in the same words', async () => {
  const plain = ['--secret-file', secret_file('plain')];
  const env = { SECRET: 'a secret', EMPTY: '' };
  const cases = [
    [['sign', 'strip', ...plain]], [['sign', 'nobody-at-all', ...plain]],
    [['sign', 'stripe', ...plain, '--providers', 'none']],
    [['sign', 'wrong', ...plain, '--providers', wrong_providers]],
    [['sign', 'stripe']], [['sign', 'stripe', '--secret-env', 'NONE']],
    [['sign', 'stripe', '--secret-env', 'EMPTY']],
    ...['none', '.', secret_file('empty'), secret_file('blank')].flatMap((file) =>
      ['--secret-file', '--key-file'].map((option) => [['sign', 'stripe', option, file]])),
    [['sign', 'standard-webhooks', ...plain]], [['sign', 'standard-webhooks', '--key-file', 'dev']],
    ...['locked', 'rsa', 'ec', 'seed', 'plain', 'seed_and_key'].flatMap((key) =>
      ['discord', 'paypal', 'svix', 'stripe'].map((slug) =>
        [['sign', slug, '--key-file', secret_file(key), ...at]])),
    [['sign', 'stripe', ...plain, '--key-file', secret_file('seed')]],
    [['sign', 'twilio', ...plain]], [['sign', 'parts', ...own_folder, ...plain]],
    [['sign', 'parts', ...own_folder, ...plain, '--header', 'x-a=b'], { input: '{}' }],
    [['sign', 'address', ...own_folder, ...plain]],
    [['sign', 'github', ...plain, ...at]],
    ...[['--id', 'x'], url, ['--event-type', 'a'], ['--method', 'PUT']].map((idle) =>
      [['sign', 'stripe', ...plain, ...idle]]),
    ...['x', '=x', 'a b=c', 'a=\u0001', ''].map((header) =>
      [['sign', 'stripe', ...plain, `--header=${header}`]]),
    [['sign', 'stripe', ...plain, '--header', 'stripe-signature=x']],
    ...['x', '-1', '1.5', '0x1', '', '253402300800', '99999999999999999999'].map((time) =>
      [['sign', 'stripe', ...plain, `--at=${time}`]]),
    [['sign', 'stripe', ...plain, ...at, ...at]], [['sign']], [['sign', 'stripe', 'x', ...plain]],
    [['sign', 'stripe', ...plain, '--secret-env', 'SECRET']],
    [['sign', 'stripe', ...plain, '--json', '--curl', 'x']],
    [['sign', 'stripe', ...plain], { input: 'x'.repeat((25 << 20) + 1) }],
  ].map(([words, options]) => [words, { input: json, env, ...options }]);
  const results = await run_all(cases);
  const signed = cases.filter((_, index) => results[index].code === 0).map(([words]) => words);
  // An Ed25519 seed in two spellings, and a key of RSA.
  assert.deepEqual(signed.map(([, slug]) => slug).sort(),
    ['discord', 'discord', 'paypal', 'svix', 'svix']);
  const told = results.map(({ err }) => err).join('');
  for (const secret of Object.values(secrets)) {
    assert.ok(!told.includes(secret.slice(6, 40)));
  }
});

test('the module takes nothing of an operating system', () => {
  const bytes = readFileSync(join(unpacked, 'build/postern_harness.wasm'));
  const imports = WebAssembly.Module.imports(new WebAssembly.Module(bytes));
  assert.deepEqual(imports.filter(({ module }) => module.startsWith('wasi')), []);
  assert.ok(imports.some(({ module, name }) => module === 'cryptography' && name === 'sign'));
});

test('bodies of any bytes are signed alike', async () => {
  const words = ['sign', 'stripe', '--secret-env', 'SECRET', ...at];
  const inputs = ['', '@file', "it's", Buffer.from([0, 255, 254, 10]), form, '{"a":"\ud800"}',
    '{"a":\u0000}', '[1e400, 1.5, -0]', ' '.repeat(3), '\ufeff{}'];
  const results = await run_all(inputs.flatMap((input) =>
    [[], ['--json'], ['--curl', 'https://a.example']].map((shape) =>
      [[...words, ...shape], { input, env: { SECRET: 'sécret' } }])));
  assert.deepEqual(results.filter(({ code }) => code !== 0), []);
  await run_both(['sign', 'github', '--secret-env', 'SECRET', '--event-type', 'push',
    '--header', 'a=1', '--header', 'b='], { input: json, env: { SECRET: 'x' } });
});
