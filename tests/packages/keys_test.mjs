// A key is judged alike by the native command, by that of the package, by `gate` and by `verify`:
// keys that node:crypto has made, and keys that no sender made. What OpenSSL or WebCrypto would
// refuse passes nowhere.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createPublicKey, generateKeyPairSync, generatePrimeSync } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { import_packed, make_project, root } from './packed.mjs';

const folder = make_project('keys');
const [{ gate, verify }, { memory }] =
  await import_packed(folder, ['postern', 'postern/ledger/memory']);

// ---- numbers ------------------------------------------------------------------------------------

const number_of = (bytes) => BigInt(`0x${Buffer.from(bytes).toString('hex') || '0'}`);
const big_endian = (number, size) =>
  Buffer.from(number.toString(16).padStart(2 * size, '0'), 'hex');
const little_endian = (number) => big_endian(number, 32).reverse();

function power(base, exponent, modulus) {
  let result = 1n;
  for (let b = base % modulus, e = exponent; e > 0n; e >>= 1n, b = b * b % modulus) {
    result = e & 1n ? result * b % modulus : result;
  }
  return result;
}

/** RFC 8032: -x² + y² = 1 + d x² y² over this field. */
const field = 2n ** 255n - 19n;
const d = field - 121665n * power(121666n, field - 2n, field) % field;

/** Whether some x fits y: Euler's criterion. */
function is_on_edwards(y) {
  const square = (y * y - 1n) % field * power((d * y % field * y + 1n) % field, field - 2n, field);
  return [0n, 1n].includes(power((square % field + field) % field, (field - 1n) / 2n, field));
}

const off_edwards = [2n, 3n, 4n, 5n, 6n, 7n, 8n, 9n].filter((y) => !is_on_edwards(y));
assert.ok(off_edwards.length > 0);

// ---- keys ---------------------------------------------------------------------------------------

const heads = {
  ed25519: Buffer.from('302a300506032b6570032100', 'hex'),
  'ecdsa-p256-sha256':
    Buffer.from('3059301306072a8648ce3d020106082a8648ce3d03010703420004', 'hex'),
};

const spki_of = (key) => key.export({ type: 'spki', format: 'der' });
const public_of = (...what) => spki_of(generateKeyPairSync(...what).publicKey);
const pem_of = (spki) =>
  `-----BEGIN PUBLIC KEY-----\n${spki.toString('base64').replace(/.{64}/g, '$&\n')}\n` +
  '-----END PUBLIC KEY-----\n';

/** SubjectPublicKeyInfo of numbers that OpenSSL would not have chosen. */
const rsa_of = (modulus, exponent) => spki_of(createPublicKey({
  format: 'jwk', key: {
    kty: 'RSA', e: whole(exponent).toString('base64url'), n: whole(modulus).toString('base64url'),
  },
}));
const whole = (number) => big_endian(number, Math.ceil(number.toString(16).length / 2));

const ed25519 = public_of('ed25519');
const p256 = public_of('ec', { namedCurve: 'P-256' });
const rsa = public_of('rsa', { modulusLength: 2048 });
const modulus = number_of(Buffer.from(createPublicKey({ key: rsa, format: 'der', type: 'spki' })
  .export({ format: 'jwk' }).n, 'base64url'));
const p256_point = p256.subarray(-64);
const p256_prime = 2n ** 256n - 2n ** 224n + 2n ** 192n + 2n ** 96n - 1n;
const moved = Buffer.from(p256_point);
moved[63] ^= 1;
const compressed = Buffer.concat([
  Buffer.from('3039301306072a8648ce3d020106082a8648ce3d030107032200', 'hex'),
  Buffer.from([2 + (p256_point[63] & 1)]), p256_point.subarray(0, 32)]);

/** `[algorithm, what, spki, code]`: what lint says of it, or undefined for a key of use. */
const corpus = [
  ['ed25519', 'made by OpenSSL', ed25519],
  ...off_edwards.map((y) => ['ed25519', `y = ${y}, which is off the curve`,
    Buffer.concat([heads.ed25519, little_endian(y)]), 'off-curve-key']),
  // The points of order 1, 2 and 4: RFC 8032, and y = 0.
  ...[1n, field - 1n, 0n].map((y) => ['ed25519', `of small order, y = ${y}`,
    Buffer.concat([heads.ed25519, little_endian(y)]), 'forgeable-key']),
  ['ed25519', 'of X25519', public_of('x25519'), 'wrong-key-kind'],
  ['ed25519', 'of Ed448', public_of('ed448'), 'wrong-key-kind'],
  ['ed25519', 'of P-256', p256, 'wrong-key-kind'],
  ['ecdsa-p256-sha256', 'made by OpenSSL', p256],
  ['ecdsa-p256-sha256', 'beside the curve',
    Buffer.concat([heads['ecdsa-p256-sha256'], moved]), 'off-curve-key'],
  ['ecdsa-p256-sha256', 'with an x beyond the field', Buffer.concat(
    [heads['ecdsa-p256-sha256'], big_endian(p256_prime, 32), p256_point.subarray(32)]),
  'off-curve-key'],
  ['ecdsa-p256-sha256', 'of P-384', public_of('ec', { namedCurve: 'P-384' }), 'wrong-key-kind'],
  ['ecdsa-p256-sha256', 'of secp256k1', public_of('ec', { namedCurve: 'secp256k1' }),
    'wrong-key-kind'],
  ['ecdsa-p256-sha256', 'compressed', compressed, 'wrong-key-kind'],
  ['ecdsa-p256-sha256', 'with something behind it', Buffer.concat([p256, Buffer.alloc(1)]),
    'wrong-key-kind'],
  ['rsa-sha256', 'made by OpenSSL', rsa],
  ['rsa-sha256', 'of 1024 bits', public_of('rsa', { modulusLength: 1024 }), 'rsa-key-size'],
  ['rsa-sha256', 'with the exponent 1', rsa_of(modulus, 1n), 'rsa-key-exponent'],
  ['rsa-sha256', 'with the exponent 4', rsa_of(modulus, 4n), 'rsa-key-exponent'],
  ['rsa-sha256', 'with an even modulus', rsa_of(modulus - 1n, 65537n), 'rsa-key-modulus'],
  ['rsa-sha256', 'with a small factor', rsa_of(3n * (modulus / 3n | 1n), 65537n),
    'rsa-key-modulus'],
  ['rsa-sha256', 'with a prime modulus',
    rsa_of(generatePrimeSync(2048, { bigint: true }), 65537n), 'rsa-key-modulus'],
  ['rsa-sha256', 'of RSASSA-PSS', public_of('rsa-pss', { modulusLength: 2048 }), 'wrong-key-kind'],
  ['rsa-sha256', 'of Ed25519', ed25519, 'wrong-key-kind'],
];

/** As text, in each form of keys that can say it: `[form, text]`. */
function forms_of([algorithm, , spki]) {
  const head = heads[algorithm];
  const is_usual = head !== undefined && spki.subarray(0, head.length).equals(head) &&
    spki.length === head.length + (algorithm === 'ed25519' ? 32 : 64);
  const raw = algorithm === 'ed25519' ? spki.subarray(-32) : spki.subarray(-65);
  return [
    ['pem', pem_of(spki)], ['spki', spki.toString('base64')],
    ...(is_usual ? [['hex', raw.toString('hex')], ['base64', raw.toString('base64')]] : []),
  ];
}

const cases = corpus.flatMap((entry) => forms_of(entry).map(([form, text]) => {
  const [algorithm, what, spki, code] = entry;
  return { algorithm, what, spki, code, form, text };
}));

// ---- judges -------------------------------------------------------------------------------------

const scheme_of = ({ algorithm, form }) => ({
  sends: ['json'],
  signature: {
    algorithm, from: { header: 'x-signature' }, encoding: 'base64', content: '{body}', key: form,
  },
  event: { identity: { body: '/id' } },
});

const toml_of = (object) => (typeof object === 'object' && !Array.isArray(object)
  ? `{ ${Object.entries(object).map(([key, value]) => `${key} = ${toml_of(value)}`).join(', ')} }`
  : JSON.stringify(object));

writeFileSync(join(folder, 'keys.toml'), ['version = 1', ...cases.flatMap((one, at) => [
  `[sources.s${at}]`, `path = "/${at}"`, `secrets = ["env:K${at}"]`,
  'on_ledger_down = "open"', `scheme = ${toml_of(scheme_of(one))}`,
  `[[sources.s${at}.routes]]`, 'to = "https://origin.example/"', 'deliver = "proxy"',
])].join('\n'));

const environment = Object.fromEntries(cases.map(({ text }, at) => [`K${at}`, text]));

function lint(file, ...before) {
  const { status, stdout, stderr } = spawnSync(file,
    [...before, 'lint', 'keys.toml', '--check-secrets', '--format', 'json'],
    { cwd: folder, encoding: 'utf8', env: { PATH: process.env.PATH, ...environment } });
  return { status, stdout, stderr };
}

test('lint says of every key what the native command says', () => {
  const native = lint(join(root, 'build/postern'));
  const packed = lint(process.execPath,
    join(folder, 'node_modules/postern/npm/cli/main.mjs'));
  assert.deepEqual(packed, native);
  assert.equal(native.status, 3);
  const lines = readFileSync(join(folder, 'keys.toml'), 'utf8').split('\n');
  const codes = cases.map(() => []);
  for (const { severity, code, line } of JSON.parse(native.stdout).diagnostics) {
    const at = lines.slice(0, line).findLast((text) => text.startsWith('[sources.s'));
    if (severity === 'error') {
      codes[Number(/\d+/.exec(at)[0])].push(code);
    }
  }
  assert.deepEqual(
    cases.map(({ algorithm, what, form }, at) => [algorithm, what, form, ...codes[at]]),
    cases.map(({ algorithm, what, form, code }) =>
      [algorithm, what, form, ...(code === undefined ? [] : [code])]));
});

/** What WebCrypto wants to know besides the key. */
const web_names = {
  ed25519: { name: 'Ed25519' },
  'ecdsa-p256-sha256': { name: 'ECDSA', namedCurve: 'P-256' },
  'rsa-sha256': { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' },
};

test('what passes is a key to WebCrypto, and some of what does not is none', async () => {
  let refused = 0;
  for (const { algorithm, what, spki, code } of cases) {
    const imported = await crypto.subtle
      .importKey('spki', spki, web_names[algorithm], false, ['verify']).catch(() => null);
    refused += imported === null ? 1 : 0;
    assert.ok(code !== undefined || imported !== null, `${algorithm} ${what}`);
  }
  assert.ok(refused > 10, `${refused}`);
});

test('gate() throws for the same keys, in the same words, and shows none', (t) => {
  t.mock.method(console, 'warn', () => {});
  const { diagnostics } = JSON.parse(lint(join(root, 'build/postern')).stdout);
  const words = new Set(diagnostics.map(({ message }) => message));
  cases.forEach((one) => {
    const start = () => gate({
      ledger: memory(),
      sources: { a: {
        path: '/', scheme: scheme_of(one), secrets: [one.text], on_ledger_down: 'open',
        routes: [{ to() {} }],
      } },
    });
    if (one.code === undefined) {
      start();
      return;
    }
    assert.throws(start, (failure) => {
      const [{ code, path, message }] = failure.diagnostics;
      assert.deepEqual([code, path], [one.code, 'sources.a.secrets'], one.what);
      assert.ok(words.has(message), message);
      return !failure.message.includes(one.text.trim());
    });
  });
});

test('verify throws for them where its module can tell', async () => {
  const hex = cases.filter(({ algorithm, form }) => algorithm === 'ed25519' && form === 'hex');
  for (const { what, text, code } of hex) {
    const judged = verify('discord', new Request('https://app.example/', { method: 'POST' }), text);
    if (code === undefined) {
      assert.equal((await judged).ok, false);
    } else {
      await assert.rejects(judged,
        { name: 'TypeError', message: /of discord cannot be used/ }, what);
    }
  }
  assert.ok(hex.length > 3);
});
