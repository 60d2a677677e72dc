// The values that a policy needs: their names, what the Worker's configuration has to say of them,
// and that no value passes `lint --env` that the gate itself would not take.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';

import { unstable_readConfig as read_config } from 'wrangler';

import { make_dev_settings, read_settings, write_settings } from '../../scripts/dev_settings.mjs';
import { read_policy_head } from '../../hosts/fetch/effects.mjs';

import { root } from './edge.mjs';

const folder = mkdtempSync(join(tmpdir(), 'postern-settings-'));
after(() => rmSync(folder, { recursive: true }));
const at = (name) => join(folder, name);

const run = (...args) => spawnSync(join(root, 'build/postern'), args,
  { cwd: root, encoding: 'utf8', timeout: 20_000 });

function lint(...args) {
  const { status, stdout, stderr } = run('lint', ...args, '--format', 'json');
  assert.equal(stderr, '');
  return { status, found: JSON.parse(stdout).diagnostics };
}
const codes = (...args) => lint(...args).found.map(({ code }) => code);

const needs = JSON.parse(run('compile', 'postern.toml', '--names', '--json').stdout);

/** Values for the sample policy that a gate takes. */
const sound = () => make_dev_settings({
  values: needs.values, kept: {}, gate: 'https://gate.example.com', origin: 'https://o.example.com',
});

function lint_values(values) {
  write_settings(at('values.env'), values);
  return codes('postern.toml', '--env', at('values.env'));
}

test('the names are those at the head of the compiled policy, and nothing is written', () => {
  run('compile', 'postern.toml', '-o', at('policy.bin'));
  const compiled = read_policy_head(new Uint8Array(readFileSync(at('policy.bin')))).setting_names;
  const { status, stdout } = run('compile', 'postern.toml', '--names');
  assert.equal(status, 0);
  assert.deepEqual(stdout.trimEnd().split('\n'), compiled);
  assert.deepEqual(needs.values.map(({ name }) => name), compiled);
  const kinds = Object.fromEntries(needs.values.map(({ name, kind }) => [name, kind]));
  assert.deepEqual([kinds.POSTERN_SIGNING_SECRET, kinds.STRIPE_WEBHOOK_SECRET_OLD,
    kinds.ORIGIN_URL, kinds.TWILIO_WEBHOOK_URL], ['signing', 'secret', 'destination', 'url']);
  assert.equal(run('compile', 'postern.toml', '--names', '-o', at('x')).status, 2);
  assert.equal(run('compile', 'postern.toml').status, 2);
});

test('values made for a policy pass, and each of them that is broken does not', () => {
  assert.deepEqual(lint_values(sound()), []);
  const never = [' ', 'k'.repeat(5000)];
  for (const { name, keys } of needs.values) {
    // An identifier, which may be any text.
    const broken = keys[0]?.form === 'fetched' ? never : [...never, 'x', 'whsec_', 'http://'];
    for (const value of broken) {
      assert.notDeepEqual(lint_values({ ...sound(), [name]: value }), [], `${name}=${value}`);
    }
    const { [name]: _, ...others } = sound();
    assert.ok(lint_values(others).includes('missing-value'), name);
  }
});

test('what lint lets pass, the gate takes: secrets of any length and alphabet', () => {
  const signing = (value) => lint_values({ ...sound(), POSTERN_SIGNING_SECRET: value });
  for (const length of [0, 1, 23, 24, 25, 63, 64, 65, 200]) {
    const is_sound = length >= 24 && length <= 64;
    const found = signing(`whsec_${randomBytes(length).toString('base64')}`);
    assert.equal(found.length === 0, is_sound, `${length}: ${found}`);
  }
  assert.notDeepEqual(signing(randomBytes(33).toString('base64url').replace(/^./, '_')), []);
});

const wrangler = readFileSync(join(root, 'wrangler.toml'), 'utf8');

function with_wrangler(text, policy = 'postern.toml') {
  writeFileSync(at('wrangler.toml'), text);
  return lint(policy, '--wrangler', at('wrangler.toml'));
}

test("the sample's own configuration fits, found beside the policy or named", () => {
  assert.deepEqual(codes('postern.toml'), []);
  assert.deepEqual(with_wrangler(wrangler).found, []);
});

test('what the configuration lacks or has too much is told, and hinders with --strict', () => {
  for (const [text, code, message] of [
    [wrangler.replace('"GITHUB_WEBHOOK_SECRET",', ''), 'missing-required-secret', /GITHUB/],
    [wrangler.replace('required = [', 'required = ["OTHER",'), 'unused-required-secret', /OTHER/],
    [wrangler.replace('"DELIVERIES"', '"OTHER"'), 'missing-queue', /DELIVERIES/],
    [wrangler.replace('"DEAD_LETTERS"', '"OTHER"'), 'missing-queue', /DEAD_LETTERS/],
    [wrangler.replace('[[queues.consumers]]', '[other]'), 'missing-queue', /consumes/],
    [wrangler.replace('name = "LEDGER"', 'name = "OTHER"'), 'missing-ledger', /LEDGER/],
    ['x = [', 'syntax', /./],
  ]) {
    const { status, found } = with_wrangler(text);
    assert.deepEqual(found.map((one) => one.code), [code]);
    assert.match(found[0].message, message);
    assert.equal(status, code === 'syntax' ? 3 : 0);
  }
  with_wrangler(wrangler.replace('"GITHUB_WEBHOOK_SECRET",', ''));
  const strict = run('lint', 'postern.toml', '--strict', '--wrangler', at('wrangler.toml'));
  assert.equal(strict.status, 3);
  const with_admin = wrangler.replace('required = [', 'required = ["POSTERN_ADMIN_TOKEN",');
  assert.deepEqual(with_wrangler(with_admin).found, []);
  assert.deepEqual(with_wrangler(wrangler.replace(/\[secrets\][^]*/, '')).found, []);
});

test('an environment is compared for itself, since wrangler lets it inherit nothing', () => {
  const codes_of = ({ found }) => found.map(({ code }) => code);
  const bare = with_wrangler(`${wrangler}\n[env.staging]\nname = "staging"\n`);
  assert.deepEqual(codes_of(bare),
    ['missing-ledger', 'missing-queue', 'missing-queue', 'missing-queue']);
  assert.ok(bare.found.every(({ message }) => message.includes('environment `staging`')));
  const { durable_objects, queues, secrets } = read_config(
    { config: at('wrangler.toml'), env: 'staging' }, { hideWarnings: true });
  assert.deepEqual([durable_objects.bindings, queues.producers, secrets], [[], [], undefined]);

  // A configuration of environments alone leaves everything to them.
  const head = wrangler.slice(0, wrangler.indexOf('[[durable_objects'));
  const rest = wrangler.slice(head.length)
    .replaceAll(/^(\[+)(durable_objects|queues|secrets)/gm, '$1env.live.$2');
  assert.deepEqual(with_wrangler(head + rest).found, []);
  assert.deepEqual(codes_of(with_wrangler(head + rest.replace('"LEDGER"', '"OTHER"'))),
    ['missing-ledger']);
});

test('JSON is read as wrangler reads it, and before TOML where both are there', () => {
  const { durable_objects, queues, secrets } = read_config({ config: join(root, 'wrangler.toml') });
  const json = (required) => JSON.stringify(
    { name: 'x', durable_objects, queues, secrets: { required },
      vars: { A: '/* , ] */', B: '//"' } },
    null, 2);
  // Comments, and a comma behind each last element.
  const commented = (text) => '// {\n/* "a": [,\n*/' +
    text.replaceAll(/\n(\s*[}\]])/g, ', // ,\n$1');
  const beside = at('beside');
  mkdirSync(beside, { recursive: true });
  writeFileSync(join(beside, 'postern.toml'), readFileSync(join(root, 'postern.toml')));
  writeFileSync(join(beside, 'wrangler.toml'), '');
  const found = () => lint(join(beside, 'postern.toml')).found
    .map(({ code, message, line }) => [code, message.match(/[A-Z_]{5,}/)?.[0], line]);
  const lacking = secrets.required.filter((name) => name !== 'GITHUB_WEBHOOK_SECRET');
  for (const [name, required, wanted] of [
    ['wrangler.jsonc', secrets.required, []],
    ['wrangler.jsonc', lacking, [['missing-required-secret', 'GITHUB_WEBHOOK_SECRET', 0]]],
    ['wrangler.json', secrets.required, []],
  ]) {
    writeFileSync(join(beside, name), commented(json(required)));
    const read = read_config({ config: join(beside, name) }, { hideWarnings: true });
    assert.deepEqual(read.secrets.required, required, 'wrangler takes the text too');
    assert.deepEqual(found(), wanted);
  }
  writeFileSync(join(beside, 'wrangler.json'), '{\n  "name": x\n}');
  assert.deepEqual(found(), [['syntax', undefined, 2]]);
});

test('a counter that a rate limit needs is missed, also where it counts otherwise', () => {
  const policy = readFileSync(join(root, 'postern.toml'), 'utf8').replace('provider = "stripe"',
    'provider = "stripe"\nrate_limit = { requests = 7, per = "10s", by = "source" }');
  writeFileSync(at('limited.toml'), policy);
  const bound = (name, limit, period) => `${wrangler}\n[[ratelimits]]\nname = "${name}"\n` +
    `namespace_id = "1"\nsimple = { limit = ${limit}, period = ${period} }\n`;
  const found = (text) => with_wrangler(text, at('limited.toml')).found.map(({ code }) => code);
  assert.deepEqual(found(wrangler), ['missing-rate-limit']);
  assert.deepEqual(found(bound('RATE_7_60', 7, 60)), ['missing-rate-limit']);
  assert.deepEqual(found(bound('RATE_7_10', 7, 60)), ['other-rate-limit']);
  assert.deepEqual(found(bound('RATE_7_10', 7, 10)), []);
});

test('a value that is not deployed as it is written is told, without showing it', () => {
  const text = { ...sound(), DATADOG_TOKEN: 'secret-number-one$HOMER-and-more' };
  write_settings(at('values.env'), text);
  const { found } = lint('postern.toml', '--env', at('values.env'));
  assert.deepEqual(found.map(({ code }) => code), ['expanded-value']);
  assert.doesNotMatch(JSON.stringify(found), /secret-number-one/);
  assert.deepEqual(lint_values({ ...text, DATADOG_TOKEN: 'a-secret-of-some\\$HOMER-length' }), []);
  writeFileSync(at('values.json'), JSON.stringify(text));
  assert.deepEqual(codes('postern.toml', '--env', at('values.json')), []);
  write_settings(at('values.env'), sound());
  const { stdout } = spawnSync(join(root, 'build/postern'),
    ['lint', 'postern.toml', '--env', at('values.env')],
    { cwd: root, encoding: 'utf8', env: { ...process.env, DATADOG_TOKEN: 'x'.repeat(9) + 'yz' } });
  assert.match(stdout, /\[value-from-environment\]/);
});

test('settings for development come in the form that each scheme takes, and are kept', () => {
  const key = (algorithm, form, prefix = '', bytes_min = 0, bytes_max = 0) =>
    ({ algorithm, form, prefix, bytes_min, bytes_max });
  const values = [
    ['HEX', key('hmac-sha256', 'hex')], ['SHORT', key('hmac-sha256', 'base64', 'k_', 16, 20)],
    ['ED', key('ed25519', 'hex')], ['ED_PEM', key('ed25519', 'pem')],
    ['EC', key('ecdsa-p256-sha256', 'spki')], ['RSA', key('rsa-sha256', 'pem')],
    ['BASIC', key('basic', 'utf8')], ['ID', key('rsa-sha256', 'fetched')],
  ].map(([name, one]) => ({ name, kind: 'secret', path: '/x', keys: [one] }));
  const make = (kept) => make_dev_settings({ values, kept, gate: 'g', origin: 'o' });
  const made = make({});
  assert.match(made.HEX, /^[0-9a-f]{64}$/);
  assert.match(made.SHORT, /^k_.{28}$/);
  assert.match(made.ED, /^[0-9a-f]{64}$/);
  assert.match(made.ED_PEM, /^-----BEGIN PUBLIC KEY-----\n/);
  assert.match(made.RSA_SIGNING_KEY, /^-----BEGIN PRIVATE KEY-----\n/);
  assert.match(made.BASIC, /^sender:/);
  assert.equal(made.ID_SIGNING_KEY, undefined);
  write_settings(at('dev.env'), made);
  assert.deepEqual(read_settings(at('dev.env')), made);
  assert.deepEqual(make(made), made);
  assert.notEqual(make({ HEX: 'whsec_other/form=' }).HEX, 'whsec_other/form=');
});
