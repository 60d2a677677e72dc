// `postern init`: what it writes, where, and what it leaves alone. That a policy of every provider
// takes its genuine delivery is tests/unit/harness_init_test.cpp.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync }
  from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, beforeEach, test } from 'node:test';

import { unstable_readConfig as read_config } from 'wrangler';

import { root } from './edge.mjs';

const folder = mkdtempSync(join(tmpdir(), 'postern-init-'));
after(() => rmSync(folder, { recursive: true }));
const at = (name) => join(folder, name);
beforeEach(() => {
  readdirSync(folder).forEach((name) => rmSync(at(name), { recursive: true }));
});

const run = (...args) => spawnSync(join(root, 'build/postern'), args,
  { cwd: folder, encoding: 'utf8', timeout: 20_000, env: { ...process.env, NO_COLOR: '1' } });
const written = ['.dev.vars.example', '.gitignore', 'postern.toml', 'wrangler.toml'];

test('writes files that lint and wrangler take, and compile reads no other name', () => {
  const { status, stdout, stderr } = run('init', 'stripe', 'github', 'paypal');
  assert.deepEqual([status, stderr], [0, '']);
  assert.match(stdout,
    /^postern\.toml\nwrangler\.toml\n\.dev\.vars\.example\n\.gitignore\n3 sources, 5 values/);
  assert.deepEqual(readdirSync(folder).sort(), written);
  const lint = run('lint', 'postern.toml', '--strict', '--format', 'json');
  assert.equal(lint.status, 0, lint.stdout);
  assert.deepEqual(JSON.parse(lint.stdout).diagnostics, []);
  const names = run('compile', 'postern.toml', '--names').stdout.trimEnd().split('\n');
  const { secrets, durable_objects, main } = read_config({ config: at('wrangler.toml') });
  assert.deepEqual(secrets.required, names);
  assert.deepEqual(durable_objects.bindings.map(({ name }) => name), ['LEDGER']);
  assert.match(main, /hosts\/cloudflare\/worker\.mjs$/);
  const example = readFileSync(at('.dev.vars.example'), 'utf8');
  assert.deepEqual([...example.matchAll(/^(\w+)=$/gm)].map(([, name]) => name), names);
});

test('a file that is there stays as it is, and none is written beside it', () => {
  writeFileSync(at('wrangler.toml'), 'mine');
  const refused = run('init', 'stripe');
  assert.deepEqual([refused.status, refused.stdout], [3, '']);
  assert.match(refused.stderr, /wrangler\.toml: error: this file is there already \[unwritable\]/);
  assert.match(refused.stderr, /hint: --force/);
  assert.deepEqual(readdirSync(folder), ['wrangler.toml']);
  assert.equal(readFileSync(at('wrangler.toml'), 'utf8'), 'mine');
  assert.equal(run('init', 'stripe', '--force').status, 0);
  assert.notEqual(readFileSync(at('wrangler.toml'), 'utf8'), 'mine');
});

test('queues stand in the configuration where the policy needs them, and else not', () => {
  for (const [slug, count] of [['github', 2], ['slack', 2], ['stripe', 0], ['twilio', 0]]) {
    assert.equal(run('init', slug, '--force').status, 0);
    const needs = JSON.parse(run('compile', 'postern.toml', '--names', '--json').stdout);
    assert.equal(needs.queue, count > 0, slug);
    const { queues } = read_config({ config: at('wrangler.toml') });
    assert.equal(queues.producers.length, count, slug);
    assert.equal(queues.consumers?.length ?? 0, count / 2, slug);
    assert.equal(run('lint', 'postern.toml', '--strict').status, 0, slug);
  }
});

test('git leaves out values and what is made, and takes the examples', () => {
  run('init', 'stripe');
  const git = (...args) => spawnSync('git', args, { cwd: folder, encoding: 'utf8' });
  assert.equal(git('init', '--quiet').status, 0);
  const secret = ['.dev.vars', '.dev.vars.staging', '.env', '.env.local', 'production.env',
    'postern.db', 'postern.db-wal', 'policy.bin', 'policy.mjs', 'node_modules/x', '.wrangler/x'];
  ['node_modules', '.wrangler'].forEach((name) => mkdirSync(at(name)));
  [...secret, '.env.example'].forEach((name) => writeFileSync(at(name), ''));
  const listed = git('ls-files', '--others', '--exclude-standard').stdout.trim().split('\n');
  assert.deepEqual(listed.sort(), [...written, '.env.example'].sort());
});

test('a .gitignore stays as it is, and what it lacks is told', () => {
  const mine = 'node_modules\n/.wrangler\r\n.dev.vars*\n.env*\n*.env';
  writeFileSync(at('.gitignore'), mine);
  const told = run('init', 'stripe');
  assert.deepEqual([told.status, told.stderr], [0, '']);
  assert.deepEqual(told.stdout.split('repository:\n')[1].trimEnd().split(/\s+/),
    ['', 'policy.bin', 'policy.mjs', 'postern.db*', '!.dev.vars.example', '!.env.example']);
  assert.equal(readFileSync(at('.gitignore'), 'utf8'), mine);
  assert.equal(run('init', 'stripe', '--force').status, 0);
  assert.equal(readFileSync(at('.gitignore'), 'utf8'), mine);
  writeFileSync(at('.gitignore'), `# mine\n${run('init', 'stripe', '--print').stdout}`);
  assert.doesNotMatch(run('init', 'stripe', '--force').stdout, /gitignore/);
});

test('an example says of a secret where it is found, or whose manual says it', () => {
  run('init', 'stripe', 'standard-webhooks');
  const example = readFileSync(at('.dev.vars.example'), 'utf8');
  const above = (name) => example.split('\n\n').find((part) => part.includes(`\n${name}=`));
  assert.match(above('STRIPE_WEBHOOK_SECRET'),
    /^# Stripe: Dashboard, Workbench, Webhooks, .*`whsec_`\n# .*\/\/docs\.stripe\.com\/webhooks\n/);
  assert.match(above('STANDARD_WEBHOOKS_SECRET'),
    /^# Standard Webhooks: .*`whsec_` and .*manual.*\n# https:\/\/www\.standardwebhooks\.com\n/);
  assert.match(run('providers', 'stripe').stdout, /^secret +Dashboard, Workbench, Webhooks/m);
  assert.doesNotMatch(run('providers', 'standard-webhooks').stdout, /^secret /m);
});

test('for Node it writes a program and its values, and nothing of a Worker', () => {
  const { status, stdout, stderr } = run('init', 'stripe', 'github', '--node');
  assert.deepEqual([status, stderr], [0, '']);
  assert.match(stdout,
    /^server\.mjs\n\.env\.example\n\.gitignore\n2 sources, 2 values from the environment\n$/);
  assert.deepEqual(readdirSync(folder).sort(), ['.env.example', '.gitignore', 'server.mjs']);
  const example = readFileSync(at('.env.example'), 'utf8');
  const program = readFileSync(at('server.mjs'), 'utf8');
  assert.deepEqual([...example.matchAll(/^(\w+)=$/gm)].map(([, name]) => name),
    [...program.matchAll(/'env:(\w+)'/g)].map(([, name]) => name));
});

test('a link that leads nowhere is a file that is there', () => {
  symlinkSync(at('elsewhere'), at('postern.toml'));
  assert.equal(run('init', 'stripe').status, 3);
  assert.deepEqual(readdirSync(folder), ['postern.toml']);
});

test('another folder is taken where there is one', () => {
  assert.equal(run('init', 'stripe', '--folder', 'gate').status, 3);
  mkdirSync(at('gate'));
  assert.equal(run('init', 'stripe', '--folder', 'gate').status, 0);
  assert.deepEqual(readdirSync(at('gate')).sort(), written);
  assert.deepEqual(readdirSync(folder), ['gate']);
});

test('prints the same texts and writes nothing', () => {
  const { status, stdout } = run('init', 'slack', '--print');
  assert.equal(status, 0);
  assert.deepEqual(readdirSync(folder), []);
  run('init', 'slack');
  const texts = ['postern.toml', 'wrangler.toml', '.dev.vars.example', '.gitignore']
    .map((name) => `# ---- ${name}\n${readFileSync(at(name), 'utf8')}\n`);
  assert.equal(stdout, texts.join(''));
});

test('says what is no provider, what was meant, and what is said twice', () => {
  for (const [args, message] of [
    [['strpe'], /^no provider "strpe" in the catalogue; did you mean "stripe"\?\n$/],
    [['github', 'githib', 'slak'], /did you mean "github"\?\n.*did you mean "slack"\?\n$/],
    [['stripe', 'stripe'], /^stripe is named twice/],
    [[], /^`postern init` wants NAME\.\.\./],
    [['stripe', '--print', '--force'], /exclude each other/],
  ]) {
    const { status, stdout, stderr } = run('init', ...args);
    assert.deepEqual([status, stdout], [2, ''], args.join(' '));
    assert.match(stderr, message);
  }
  assert.deepEqual(readdirSync(folder), []);
  const broken = run('init', 'stripe', '--providers', 'nowhere');
  assert.equal(broken.status, 3);
  assert.match(broken.stderr, /nowhere: error/);
});

test("decides what a provider's file would make lint ask", () => {
  const policy = run('init', 'github', 'twilio', 'datadog', 'slack', 'standard-webhooks',
    '--print').stdout;
  const source = (name) => policy.split(/\n(?=# [^\n]+\n\[sources\.)/)
    .find((text) => text.includes(`[sources.${name}]`));
  assert.match(source('github'), /deliver = "queue"/);
  assert.match(source('twilio'), /url = "env:TWILIO_WEBHOOK_URL"[^]*"open"[^]*deliver = "proxy"/);
  assert.match(source('datadog'), /accept_proof = "token"[^]*on_same_content = "absorb"/);
  assert.match(source('slack'), /on_ledger_down = "queue"/);
  assert.match(source('standard-webhooks'), /secrets = \["env:STANDARD_WEBHOOKS_SECRET"\]/);
});
