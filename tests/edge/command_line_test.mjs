// What `postern` makes of options that say nothing that can be done: a word about it, and exit 2.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  lstatSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';

import { wait_ms_max } from '../../hosts/store/times.mjs';

import { root } from './edge.mjs';

const run = (...args) => spawnSync(join(root, 'build/postern'), args,
  { cwd: root, encoding: 'utf8', timeout: 20_000 });

test('simulate takes no count below zero, which would wrap to a huge one', () => {
  for (const option of ['--count', '--seed', '--jobs']) {
    const { status, stderr } = run('simulate', option, '-1');
    assert.equal(status, 2, option);
    assert.match(stderr, new RegExp(option));
  }
});

test('simulate --exhaustive refuses what it would have to ignore', () => {
  for (const options of [['--seed', '5'], ['--count', '5'], ['--jobs', '1'], ['--timeline'],
    ['--report', '-'], ['--engine', 'another']]) {
    assert.equal(run('simulate', '--exhaustive', ...options).status, 2, options.join(' '));
  }
  assert.equal(run('simulate', '--engine', 'another').status, 2);
});

test('compile names the bindings that rate limits need, each once', (context) => {
  const source = (name, limit) => `
[sources.${name}]
path = "/${name}"
provider = "stripe"
secrets = ["env:${name.toUpperCase()}"]
${limit}
[[sources.${name}.routes]]
to = "https://origin.test/${name}"
`;
  const policy = join(root, 'build/limits.toml');
  const compiled = join(root, 'build/limits.bin');
  context.after(() => [policy, compiled].forEach((file) => rmSync(file, { force: true })));
  const limit = 'rate_limit = { requests = 7, per = "10s", by = "source" }';
  writeFileSync(policy, `version = 1
${source('one', limit)}${source('two', limit)}${source('three', '')}`);
  const { status, stdout, stderr } = run('compile', policy, '-o', compiled);
  assert.equal(status, 0, stderr);
  assert.deepEqual(stdout.match(/RATE_\w+/g), ['RATE_7_10']);
});

test('the help of an action has the notes of its command', () => {
  const { status, stdout } = run('ledger', 'dead', '--help');
  assert.equal(status, 0);
  assert.match(stdout, /POSTERN_ADMIN_TOKEN/);
  assert.match(stdout, /Ends with 0/);
});

test('lint takes values from a pipe, so that they need not be written down', () => {
  const script = 'echo STRIPE_WEBHOOK_SECRET=short | ' +
    'build/postern lint postern.toml --env /dev/stdin --format json';
  const { status, stdout } = spawnSync('sh', ['-c', script], { cwd: root, encoding: 'utf8' });
  assert.equal(status, 3);
  const codes = JSON.parse(stdout).diagnostics.map(({ code }) => code);
  assert.ok(codes.includes('short-secret'), codes.join());
  assert.equal(codes.includes('unreadable'), false);
  assert.match(run('lint', 'fixtures').stdout, /\[unreadable\]/);
});

test('lint knows how long the ledger of the Worker waits for a copy', (context) => {
  const longest = wait_ms_max;
  const policy = join(root, 'build/busy_wait.toml');
  context.after(() => rmSync(policy, { force: true }));
  const warnings = (busy_wait) => {
    writeFileSync(policy, `version = 1
[sources.one]
path = "/one"
provider = "stripe"
secrets = ["env:ONE"]
busy_wait = "${busy_wait}ms"
[[sources.one.routes]]
to = "https://origin.test/one"
`);
    return JSON.parse(run('lint', policy, '--format', 'json').stdout).diagnostics
      .map(({ severity, line, code }) => [severity, line, code]);
  };
  assert.deepEqual(warnings(longest), []);
  assert.deepEqual(warnings(longest + 1), [['warning', 6, 'long-busy-wait']]);
});

test('a command that is none is named', () => {
  const { status, stderr } = run('sennd', 'stripe');
  assert.equal(status, 2);
  assert.match(stderr, /sennd/);
});

test('every command that signs or judges by providers lets them be in a folder', () => {
  for (const command of ['providers', 'lint', 'compile', 'replay', 'sign', 'send']) {
    assert.match(run(command, '--help').stdout, /--providers/, command);
  }
});

test('the help of lint shows the formats as they are typed', () => {
  const { status, stdout } = run('lint', '--help');
  assert.equal(status, 0);
  assert.match(stdout, /--format.*\n? *text or json/);
  assert.doesNotMatch(stdout, /->/);
});

test('compile writes to where a link leads, and never over the policy', (context) => {
  const folder = mkdtempSync(join(tmpdir(), 'postern-'));
  context.after(() => rmSync(folder, { recursive: true }));
  const [real, link, policy] = ['real', 'link', 'own.toml'].map((name) => join(folder, name));
  writeFileSync(real, 'old');
  symlinkSync(real, link);
  assert.equal(run('compile', 'postern.toml', '-o', link).status, 0);
  assert.ok(lstatSync(link).isSymbolicLink());
  assert.equal(readFileSync(real, 'latin1').slice(0, 8), 'POSTERN5');
  const text = readFileSync(join(root, 'postern.toml'), 'utf8');
  writeFileSync(policy, text);
  const { status, stderr } = run('compile', policy, '-o', policy);
  assert.equal(status, 3);
  assert.match(stderr, /this is the policy itself/);
  assert.equal(readFileSync(policy, 'utf8'), text);
  assert.deepEqual(readdirSync(folder).sort(), ['link', 'own.toml', 'real']);
});

test('compile writes into what is no file, and says when that fails', () => {
  const piped = spawnSync('sh', ['-c',
    'build/postern compile postern.toml -o /dev/stderr 2>&1 >/dev/null | head -c 8'],
  { cwd: root, encoding: 'utf8' });
  assert.equal(piped.stdout, 'POSTERN5');
  const { status, stderr } = run('compile', 'postern.toml', '-o', '/dev/full');
  assert.equal(status, 3);
  assert.match(stderr, /cannot be written/);
  assert.ok(lstatSync('/dev/full').isCharacterDevice());
});

test('what standard output did not take does not pass for done', () => {
  for (const command of ['providers', 'lint postern.toml']) {
    const { status, stderr } = spawnSync('sh', ['-c', `build/postern ${command} > /dev/full`],
      { cwd: root, encoding: 'utf8' });
    assert.equal(status, 3, command);
    assert.match(stderr, /standard output/);
  }
});

test('lint knows that an empty file of values sets none', (context) => {
  const values = join(root, 'build/no.env');
  context.after(() => rmSync(values));
  writeFileSync(values, '');
  const { status, stdout } = run('lint', 'postern.toml', '--env', values);
  assert.equal(status, 3);
  assert.match(stdout, /missing-value/);
});

test('what sign prints for a shell is quoted, and its time is one', () => {
  const sign = (...args) => spawnSync(join(root, 'build/postern'),
    ['sign', 'stripe', '--secret-env', 'TEST_SECRET', ...args],
    { cwd: root, encoding: 'utf8', input: '{}', env: { ...process.env, TEST_SECRET: 'whsec_x' } });
  const hostile = sign('--method', 'POST x; touch y', '--curl', 'http://127.0.0.1:1/');
  assert.match(hostile.stdout, /^curl -sS -i -X 'POST x; touch y' 'http:/);
  for (const at of ['-5', '99999999999999999999']) {
    assert.equal(sign('--at', at).status, 2, at);
  }
});
