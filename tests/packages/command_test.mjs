// `npx postern` of the packed tarball prints, writes and exits as the native command does: over the
// policies of tests/lint, the sample, the whole catalogue, and what may be typed wrongly.

import assert from 'node:assert/strict';
import { execFile, spawnSync } from 'node:child_process';
import {
  existsSync, mkdirSync, readFileSync, readdirSync, symlinkSync, writeFileSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { test } from 'node:test';

import { root } from '../architecture/sources.mjs';
import { slugs as all_slugs, spread } from '../provider_texts.mjs';
import {
  answering, folder, native, packed, run, run_all, run_both,
} from './both_commands.mjs';

const lint_providers = ['--providers', 'tests/lint/providers'];
const policies = readdirSync(join(root, 'tests/lint')).filter((name) => name.endsWith('.toml'))
  .map((name) => `tests/lint/${name}`);
/** Each takes a process of either command; what all of them say is in one run. */
const slugs = spread(all_slugs, 20);

/** For the many policies: that a process prints and writes the same is tried with some, below. */
const answer = answering();

/** Values that a policy of tests/lint brings in its head, as a file. */
function values_file_of(policy) {
  const text = readFileSync(join(root, policy), 'utf8');
  const lines = [...text.matchAll(/^# env: ([^=\n]+=.*)$/gm)].map(([, line]) => `${line}\n`);
  const file = join(folder, `${basename(policy)}.env`);
  writeFileSync(file, lines.join(''));
  return lines.length === 0 ? [] : ['--env', file];
}

test('lint says the same of every policy', async (t) => {
  const results = await run_all(policies.map((policy) =>
    [['lint', policy, ...lint_providers, ...values_file_of(policy)], { answer }]));
  const counts = [0, 3].map((code) => results.filter((result) => result.code === code).length);
  assert.ok(policies.length >= 300 && counts.every((count) => count >= 30), counts.join());
  t.diagnostic(`${policies.length} policies, ${counts[1]} of them with errors`);
});

// The compilers are compared for both targets by tests/compiler; here each policy has one of them.
test('compile writes the same bytes for both targets', async (t) => {
  const results = await run_all(policies.map((policy, at) =>
    [['compile', policy, '-o', 'OUT/policy.bin', ...lint_providers,
      ...at % 2 === 0 ? [] : ['--development']], { answer }]));
  const written = results.filter(({ files }) => files['policy.bin'] !== undefined).length;
  assert.ok(written >= 50 && written < results.length, `${written} written`);
  t.diagnostic(`${results.length} runs, ${written} policies written`);
});

const values = join(folder, 'values.env');
writeFileSync(values, [
  'SHORT=x', 'export QUOTED="a\\nb"', 'REFERS=${SHORT}-', 'SHORT=y', 'no line', '',
].join('\n'));
const bare = 'version = 1\n[sources.a]\npath = "/a"\nprovider = "stripe"\nsecrets = ["env:A"]\n' +
  '[[sources.a.routes]]\nto = "https://example.com/"\ndeliver = "queue"\n';
const with_a_limit = bare.replace(
  '[[', 'rate_limit = { requests = 5, per = "10s", by = "source" }\n[[');
const with_an_address = bare.replace('stripe', 'twilio').replace('[[', 'url = "env:URL"\n[[');
const beside = (files) => ({
  in_out_folder: true,
  prepare: (out_folder) => Object.entries(files).forEach(([name, text]) =>
    writeFileSync(join(out_folder, name), text)),
});
const sound_secret = { A: 'whsec_dGhlIGdhdGUgc2lnbnMgYnkgdGhpcyBvbmU=' };
const worker = '{\n // of the Worker\n "secrets": { "required": ["B", 1], },\n' +
  ' "ratelimits": [{ "name": "RATE_5_10", "simple": { "limit": 6, "period": 10 } }],\n' +
  ' "queues": { "producers": [{ "binding": "DELIVERIES" }], "consumers": null },\n' +
  ' "env": { "test": { "durable_objects": { "bindings": [{ "name": "LEDGER" }] } }, "bare": 1 } }';

test('files beside the policy, and values, are looked at alike', async () => {
  const results = await run_all([
    ...policies.filter((_, at) => at % 20 === 0).map((policy) => [['lint', policy]]),
    [['lint', 'postern.toml']],
    [['lint', 'postern.toml', '--strict', '--format', 'json']],
    [['lint', 'postern.toml', '--format=json', '--env', values]],
    [['lint', 'postern.toml', '--env', values]],
    [['lint', 'postern.toml', '--env', values], { env: { SHORT: 'other' } }],
    [['lint', 'postern.toml', '--check-secrets']],
    [['lint', 'postern.toml', '--wrangler', 'none.json']],
    [['lint', 'postern.toml', '--wrangler', 'package.json']],
    [['lint', 'postern.toml', '--wrangler', 'tests']],
    [['lint', '-'], { input: bare }],
    [['lint', '-', '--check-secrets'], { input: bare, env: sound_secret }],
    [['lint', '-', '--check-secrets'], { input: bare, env: { A: 'whsec_' } }],
    ...['https://gate.example.com/a', 'x', ' ', 'https://a.example/\u00e9'].map((URL) =>
      [['lint', '-', '--check-secrets'],
        { input: with_an_address, env: { A: '0123456789abcdef0123456789abcdef', URL } }]),
    [['lint', 'p.toml'], beside({ 'p.toml': with_a_limit, 'wrangler.jsonc': worker })],
    [['lint', 'p.toml'], beside({ 'p.toml': bare, 'wrangler.json': worker.slice(0, -1) })],
    [['lint', 'p.toml'], beside({ 'p.toml': bare, 'wrangler.json': '[1]' })],
    [['lint', 'p.toml'], beside({ 'p.toml': bare, 'wrangler.toml': 'a = \n' })],
    [['lint', './p.toml'],
      beside({ 'p.toml': bare, 'wrangler.toml': '[env.a.secrets]\nrequired = []' })],
    [['lint', 'p.toml', '--env', 'v'], beside({ 'p.toml': bare, v: JSON.stringify(sound_secret) })],
    [['lint', 'p.toml', '--env', 'v'], beside({ 'p.toml': bare, v: '{"A":"whsec_","B":null}' })],
    [['lint', 'p.toml', '--env', 'v'], beside({ 'p.toml': bare, v: '{"A": 1}' })],
    [['lint', 'p.toml', '--env', 'v'], beside({ 'p.toml': bare, v: '["A"]' })],
    [['lint', 'p.toml', '--env', 'none'], beside({ 'p.toml': bare })],
    [['lint', 'p.toml'], beside({ 'p.toml': 'x'.repeat(4 << 20) + 'x' })],
    [['lint', 'p.toml'], beside({ 'p.toml': Buffer.from([0x61, 0x3d, 0x22, 0xff, 0xc3, 0x22]) })],
    [['lint', 'none.toml']], [['lint', 'tests']], [['lint', 'package.json/x']], [['lint', '']],
    [['lint', 'postern.toml', '--providers', 'none']],
    [['lint', 'postern.toml', '--providers', 'package.json']],
  ]);
  assert.ok(results.some(({ out }) => out.includes('unusable-source')));
  assert.ok(results.some(({ out }) => out.includes('other-rate-limit')));
  assert.ok(results.some(({ out }) => out.includes('this is not JSON')));
});

test('a policy may come out of a pipe', async () => {
  for (const name of ['-', '/dev/stdin', '/dev/fd/0']) {
    const [one, other] = await Promise.all([[native], [process.execPath, packed]].map((command) =>
      run('sh', ['-c', `cat postern.toml | ${command.join(' ')} lint ${name}`], {})));
    assert.deepEqual(other, one);
    assert.equal(one.code, 0, one.out);
  }
});

test('compile and its names do so too', async () => {
  const results = await run_all([
    [['compile', 'postern.toml', '-o', 'OUT/policy.bin']],
    [['compile', 'postern.toml', '--names']],
    [['compile', 'postern.toml', '--names', '--json']],
    [['compile', '-', '-o', 'OUT/policy.bin'], { input: bare }],
    [['compile', '-', '--names', '--json'], { input: with_a_limit }],
    [['compile', '-', '-o', 'OUT/policy.bin'], { input: with_a_limit }],
    ...['http://127.0.0.1:8788', 'http://127.0.0.1:8788/', 'nowhere', '', '-x'].map((origin) =>
      [['compile', '-', '-o', 'OUT/policy.bin', '--development', `--origin=${origin}`],
        { input: bare }]),
    [['compile', 'p.toml', '-o', 'p.toml'], beside({ 'p.toml': bare })],
    [['compile', 'p.toml', '-o', './p.toml'], beside({ 'p.toml': 'wrong' })],
    [['compile', 'p.toml', '-o', 'no/folder/policy.bin'], beside({ 'p.toml': bare })],
    [['compile', 'p.toml', '-o', '/dev/stdout'], beside({ 'p.toml': bare })],
    [['compile', 'p.toml', '-o', 'link'], {
      in_out_folder: true,
      prepare: (out_folder) => {
        writeFileSync(join(out_folder, 'p.toml'), bare);
        writeFileSync(join(out_folder, 'policy.bin'), 'old');
        symlinkSync('policy.bin', join(out_folder, 'link'));
      },
    }],
    [['compile', 'none.toml', '-o', 'OUT/policy.bin']],
    [['compile', 'none.toml', '--names']],
    [['compile', 'postern.toml', '-o', 'OUT/policy.bin', '--providers', 'none']],
  ]);
  assert.equal(results[0].code, 0);
});

/** What a terminal or a log has of a request; the second is no request. */
const requests = [
  `stripe-signature: t=1700000000,v1=${'ab'.repeat(32)}\n`, 'a line of a log\n', 'x: y\n',
  `POST /hooks HTTP/1.1\r\nx-github-event: push\r\nx-hub-signature-256: sha256=${'0'.repeat(64)}` +
    '\r\n\r\n{"ref":"x"}',
  `webhook-id: msg_1\nwebhook-timestamp: 1700000000\nwebhook-signature: v1,${'A'.repeat(43)}=\n`,
];

test('providers shows the same catalogue, and each provider', async () => {
  const [all] = await run_all([
    [['providers']], [['providers', '--json']], ...slugs.map((slug) => [['providers', slug]]),
    ...['strip', 'githb', 'x', 'é'.repeat(40), 'standard web', 'hooks', 'nobody-at-all', '-.']
      .map((name) => [['providers', name]]),
    ...[['--signed'], ['--challenge', '--json'], ['--algorithm', 'ed25519'], ['pay', '--signed'],
      ['--algorithm', 'md5'], ['--identify', 'none.txt'], ['stripe', '--identify', '-'],
      ['--identify', '-', '--signed']].map((words) => [['providers', ...words]]),
    ...requests.flatMap((input) => [['providers', '--identify', '-'],
      ['providers', '--identify', '-', '--json']].map((words) => [words, { input }])),
    [['providers', ...lint_providers]], [['providers', '--providers', 'none']],
    ...readdirSync(join(root, 'tests/lint/providers')).map((name) =>
      [['providers', basename(name, '.toml'), ...lint_providers]]),
  ]);
  assert.equal(all.code, 0);
  assert.deepEqual(all_slugs.filter((slug) => !all.out.includes(`\n${slug} `)), []);
});

test('init writes the same files for providers one by one, and for many at once', async () => {
  const there = (name) =>
    ({ prepare: (out_folder) => writeFileSync(join(out_folder, name), 'mine') });
  const results = await run_all([
    ...slugs.map((slug) => [['init', slug, '--folder', 'OUT']]),
    ...slugs.map((slug) => [['init', slug, '--node', '--folder', 'OUT']]),
    [['init', ...slugs, '--node', '--print']],
    [['init', ...Array.from({ length: 257 }, (_, at) => `sender-${at}`)]],
    [['init', slugs[0], '--folder', 'OUT'], there('.gitignore')],
    [['init', slugs[0], '--node', '--force', '--folder', 'OUT'], there('.gitignore')],
    [['init', ...slugs, '--folder=OUT/']], [['init', ...slugs, '--print']],
    [['init', slugs[0], slugs[1]], { in_out_folder: true }],
    [['init', slugs[0], '--folder', 'OUT'], there('wrangler.toml')],
    [['init', slugs[0], '--folder', 'OUT', '--force'], there('wrangler.toml')],
    [['init', slugs[0], '--folder', 'OUT/none']],
    [['init', slugs[0], 'strip', 'nobody']], [['init', slugs[0], slugs[0]]],
    [['init', slugs[0], '--providers', 'none']],
  ]);
  for (const { code, files } of results.slice(0, slugs.length)) {
    assert.equal(code, 0);
    assert.deepEqual(Object.keys(files),
      ['.dev.vars.example', '.gitignore', 'postern.toml', 'wrangler.toml']);
  }
  for (const { code, files } of results.slice(slugs.length, 2 * slugs.length)) {
    assert.equal(code, 0);
    assert.deepEqual(Object.keys(files), ['.env.example', '.gitignore', 'server.mjs']);
  }
});

test('what was typed wrongly is told in the same words, and so is the help', async () => {
  const names = ['lint', 'compile', 'providers', 'init', 'send', 'sign'];
  const wide = [undefined, '40', '72', '200', '9x', 'x'].map((columns) =>
    ({ env: columns === undefined ? {} : { COLUMNS: columns } }));
  const results = await run_all([
    ...names.flatMap((name) => wide.map((options) => [[name, '--help'], options])),
    ...names.flatMap((name) => [['help', name], [name, '-h', 'more'], ['help', name, 'more']])
      .map((words) => [words]),
    ...[
      ['--version'], ['lint'], ['compile'], ['init'], ['lint', 'a', 'b'], ['providers', 'a', 'b'],
      ['lint', 'postern.toml', '--strict=1'], ['lint', 'postern.toml', '--strict', '--strict'],
      ['lint', 'postern.toml', '--format'], ['lint', 'postern.toml', '--format', 'xml'],
      ['lint', 'postern.toml', '--format='], ['lint', 'postern.toml', '--env', '--strict'],
      ['lint', 'postern.toml', '--env='], ['lint', 'postern.toml', '--strct'],
      ['lint', 'postern.toml', '-x'], ['lint', '--', '--help'], ['lint', '-1'], ['lint', '-é'],
      ['lint', 'postern.toml', `--${'é'.repeat(60)}`], ['lint', 'postern.toml', '--a\u001b[1m\n'],
      ['compile', 'postern.toml'], ['compile', 'postern.toml', '--json'],
      ['compile', 'postern.toml', '--origin', 'http://localhost:1', '-o', 'x'],
      ['compile', 'postern.toml', '--names', '-o', 'x'],
      ['compile', 'postern.toml', '--names', '--development'],
      ['compile', 'postern.toml', '-o', '-p'], ['compile', 'postern.toml', '-o=x', '-o=y'],
      ['init', 'x', '--print', '--force'], ['init', 'x', '--print', '--folder', 'y'],
      ['lintt'], ['-x'], ['--strict', 'lint'], ['help', 'lintt'], ['nothing-like-it'],
    ].map((words) => [words]),
  ]);
  assert.ok(results.some(({ code }) => code === 0) && results.some(({ code }) => code === 2));
});

test('what is printed before its commands differs in the list of commands alone', async () => {
  for (const words of [[], ['--help'], ['help']]) {
    const [one, other] = await Promise.all([
      run(native, words, {}), run(process.execPath, [packed, ...words], {})]);
    assert.equal(other.code, one.code);
    for (const stream of ['out', 'err']) {
      const lines = new Set(one[stream].split('\n').map((line) => line.trim()));
      assert.deepEqual(other[stream].split('\n').map((line) => line.trim())
        .filter((line) => !lines.has(line) && !/^(build|replay|serve|verify) /.test(line)), []);
    }
  }
});

test('a terminal gets colours from both, and none with NO_COLOR', async () => {
  const policy = policies.find((name) => name.endsWith('/unsigned-type.toml')) ?? policies[20];
  for (const words of [['lint', policy], ['compile', policy, '-o', '/dev/null']]) {
    for (const NO_COLOR of [undefined, '', '1']) {
      const env = { TERM: 'xterm', ...(NO_COLOR === undefined ? {} : { NO_COLOR }) };
      const [one, other] = await Promise.all([[native], [process.execPath, packed]].map((command) =>
        run('script', ['-qec', [...command, ...words].join(' '), '/dev/null'], { env })));
      assert.deepEqual(other, one);
      assert.equal(one.out.includes('\u001b[1m'), NO_COLOR !== '1', one.out);
    }
  }
});

test('build writes what compile writes, and a script that exports it', async () => {
  const { files: { 'policy.bin': expected } } =
    await run_both(['compile', 'postern.toml', '-o', 'OUT/policy.bin']);
  const built = join(folder, 'built');
  mkdirSync(built);
  const build = (...words) => run(process.execPath, [packed, 'build', ...words], {});
  const { code, out } = await build('postern.toml', '-o', join(built, 'p.bin'));
  assert.equal(code, 0);
  assert.ok(out.endsWith(`${join(built, 'p.mjs')}: exports it as \`policy\`\n` +
    '  it needs postern/gate and postern/cloudflare\n'), out);
  const { policy, default: same } = await import(join(built, 'p.mjs'));
  assert.equal(same, policy);
  assert.equal(Buffer.from(policy).toString('latin1'), expected);
  assert.equal(readFileSync(join(built, 'p.bin'), 'latin1'), expected);
  mkdirSync(join(built, 'q.mjs'));
  const refused = [
    [2, ['postern.toml']], [2, ['postern.toml', '-o', join(built, 'x.mjs')]],
    [3, ['postern.toml', '-o', join(built, 'q.bin')]], [3, ['package.json', '-o', 'x.bin']],
  ];
  for (const [expected_code, words] of refused) {
    assert.equal((await build(...words)).code, expected_code, words.join(' '));
  }
});

test('an output that cannot be written does not pass for done', async () => {
  if (!existsSync('/dev/full')) {
    return;
  }
  const full = (command) => spawnSync('sh', ['-c', `${command} providers >/dev/full`],
    { cwd: root, encoding: 'utf8' });
  const [one, other] = [`'${native}'`, `'${process.execPath}' '${packed}'`].map(full);
  assert.deepEqual([other.status, other.stderr], [one.status, one.stderr]);
  assert.equal(one.status, 3);
});

test('a Node that is too old is told which one it takes', () => {
  const script = `Object.defineProperty(process.versions, 'node', { value: '20.19.0' });
    import(${JSON.stringify(packed)}).then(() => process.stderr.write(String(process.exitCode)));`;
  mkdirSync(join(folder, 'old'), { recursive: true });
  const file = join(folder, 'old', 'old.mjs');
  writeFileSync(file, script);
  return new Promise((resolve) => {
    execFile(process.execPath, [file], (fault, out, err) => {
      assert.equal(fault.code, 2);
      assert.match(err, /needs Node 22\.13 or a newer one, and this is Node 20\.19\.0/);
      resolve();
    });
  });
});
