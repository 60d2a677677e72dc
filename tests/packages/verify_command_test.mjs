// `postern verify`: one request as it was sent.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { Stripe } from 'stripe';

import { make_project } from './packed.mjs';

const folder = make_project('verify_command');
const program = join(folder, 'node_modules/postern/npm/cli/main.mjs');
const secret = 'whsec_f1c7e5ec2e70f1c7e5ec2e70f1c7e5e1';
const body = '{"id":"evt_1","object":"event","type":"invoice.paid","note":"Zürich"}';
const at = 1_800_000_000;
const signature = new Stripe('sk_test_none').webhooks
  .generateTestHeaderString({ payload: body, secret, timestamp: at });

/** Runs it over `request` on standard input. */
function verify(request, ...options) {
  const { status, stdout, stderr } = spawnSync(process.execPath,
    [program, 'verify', 'stripe', '--secret-env', 'SECRET', '--at', String(at), ...options],
    { cwd: folder, input: request, encoding: 'utf8', env: { ...process.env, SECRET: secret } });
  assert.doesNotMatch(stdout + stderr, new RegExp(secret));
  return { status, stdout, stderr };
}

const request = (text, line_end = '\r\n') => [
  'POST /hooks/stripe?x=1 HTTP/1.1', 'Host: hooks.example', 'Content-Type: application/json',
  `Stripe-Signature: ${signature}`, '', text,
].join(line_end);

test('says what a genuine request is, with either line end', () => {
  for (const line_end of ['\r\n', '\n']) {
    const { status, stdout } = verify(request(body, line_end));
    assert.equal(status, 0);
    assert.match(stdout, /^stripe: genuine\n {2}id {5}evt_1\n {2}type {3}invoice\.paid\n/);
  }
});

test('names its own option for an address that is signed', () => {
  const { status, stderr } = spawnSync(process.execPath,
    [program, 'verify', 'twilio', '--secret-env', 'SECRET'], {
      cwd: folder, input: request(body), encoding: 'utf8', env: { ...process.env, SECRET: secret },
    });
  assert.equal(status, 2);
  assert.match(stderr, /pass it as --url/);
});

test('says why another one is not, and ends with 1', () => {
  const { status, stdout } = verify(request(`${body}\n`));
  assert.equal(status, 1);
  assert.match(stdout, /^stripe: refused, bad_signature\n/);
  const told = JSON.parse(verify(request(`${body} `), '--json').stdout);
  assert.deepEqual([told.ok, told.reason, told.status], [false, 'bad_signature', 401]);
  assert.match(verify(request(body), '--at', String(at + 3600)).stdout, /refused, stale/);
});

/** The same request as clients and tools keep it; the signature is of `body` alone. */
const length = Buffer.byteLength(body);
const first_bytes = Buffer.from(body).subarray(0, 10);
const chunked = (end) => Buffer.concat([
  Buffer.from(`a${end}`), first_bytes, Buffer.from(`${end}${(length - 10).toString(16)};x=y${end}`),
  Buffer.from(body).subarray(10), Buffer.from(`${end}0${end}${end}`),
]);
const head = (...more) => Buffer.from([
  'POST /hooks/stripe HTTP/1.1', 'Content-Type: application/json',
  `Stripe-Signature: ${signature}`, ...more, '', '',
].join('\r\n'));
const kept = {
  'with the line end of an editor': Buffer.concat([
    head(`Content-Length: ${length}`), Buffer.from(`${body}\n`)]),
  'in chunks': Buffer.concat([head('Transfer-Encoding: chunked'), chunked('\r\n')]),
  'in chunks whose line ends were changed': Buffer.concat([
    head('Transfer-Encoding: chunked'), chunked('\n')]),
  'with its chunks joined': Buffer.concat([head('Transfer-Encoding: chunked'), Buffer.from(body)]),
  'with a length that it had when it was compressed': Buffer.concat([
    head('Content-Length: 9'), Buffer.from(body)]),
  'behind empty lines and a mark of UTF-8': Buffer.concat([
    Buffer.from('\ufeff\r\n\n'), head(), Buffer.from(body)]),
  'with the fields of HTTP/2': Buffer.concat([
    head(':authority: hooks.example', ':path: /x'), Buffer.from(body)]),
};
for (const [what, bytes] of Object.entries(kept)) {
  test(`finds a request genuine ${what}`, () => {
    const { status, stdout } = verify(bytes);
    assert.equal(status, 0, stdout);
  });
}

test('says that a body is not as long as it was', () => {
  const { status, stdout } = verify(
    Buffer.concat([head(`Content-Length: ${length}`), Buffer.from(body).subarray(0, 20)]));
  assert.equal(status, 1);
  assert.match(stdout, new RegExp(`content-length says ${length} bytes and the body has 20`));
});

test('reads a file, and several secrets', () => {
  writeFileSync(join(folder, 'delivery.http'), request(body));
  writeFileSync(join(folder, 'secret.txt'), `${secret}\n`);
  const { status } = spawnSync(process.execPath, [program, 'verify', 'stripe', 'delivery.http',
    '--secret-env', 'OLD', '--secret-file', 'secret.txt', '--at', String(at)],
  { cwd: folder, env: { ...process.env, OLD: 'whsec_of_last_year_000000000000000' } });
  assert.equal(status, 0);
});

const mistakes = {
  'what is no request': ['hello', [], 3, /^-:1: no request line/],
  'a header that is none': ['POST / HTTP/1.1\nno colon here\n\n', [], 3, /^-:2: no header/],
  'no request at all': ['', [], 3, /^-:1: no request line/],
  'an unknown option': ['', ['--scret', 'x'], 2, /--scret/],
  'a secret that is not set': ['', ['--secret-env', 'NOWHERE'], 2, /no NOWHERE/],
  'a file that is not there': ['', ['--secret-file', 'none'], 3, /none: the secret.*ENOENT/],
  'a time that is none': ['', ['--at', 'yesterday'], 2, /--at takes unix seconds/],
};
for (const [what, [input, options, code, says]] of Object.entries(mistakes)) {
  test(`tells ${what}`, () => {
    const { status, stderr } = verify(input, ...options);
    assert.match(stderr, says);
    assert.equal(status, code);
  });
}
