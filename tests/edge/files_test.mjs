// Files that are not what was meant: of any size and shape, each gives a message that says what is
// wrong, in bounded space and time, and an exit code of the contract.

import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';

import { root } from './edge.mjs';

const folder = mkdtempSync(join(tmpdir(), 'postern-files-'));
after(() => rmSync(folder, { recursive: true }));
const at = (name) => join(folder, name);

/** More than any answer about a file needs, and less than would fill a terminal's memory. */
const output_bytes_max = 64 << 10;

function run(...args) {
  const began = Date.now();
  const { status, stdout, stderr } = spawnSync(join(root, 'build/postern'), args, {
    cwd: root, encoding: 'utf8', timeout: 40_000, maxBuffer: 1 << 28, input: '',
    env: { ...process.env, FILES_TEST_SECRET: 'whsec_x' },
  });
  assert.notEqual(status, null, `${args.join(' ')}: no end`);
  assert.ok(stdout.length + stderr.length < output_bytes_max,
    `${args.join(' ')}: ${stdout.length + stderr.length} bytes`);
  return { status, output: stdout + stderr, ms: Date.now() - began };
}

/** Each way in which a command reads a file that somebody names. */
const readers = {
  lint: (file) => ['lint', file],
  compile: (file) => ['compile', file, '-o', at('out.bin')],
  names: (file) => ['compile', file, '--names'],
  values: (file) => ['lint', 'postern.toml', '--env', file],
  wrangler: (file) => ['lint', 'postern.toml', '--wrangler', file],
  secret: (file) => ['sign', 'stripe', '--secret-file', file],
  key: (file) => ['sign', 'discord', '--key-file', file],
  settings: (file) => ['send', 'stripe', '--gate', 'http://127.0.0.1:1', '--policy',
    'postern.toml', '--settings', file],
  policy: (file) => ['send', 'stripe', '--gate', 'http://127.0.0.1:1', '--policy', file],
};

function each_reader(file, message) {
  for (const [name, args] of Object.entries(readers)) {
    const { status, output, ms } = run(...args(file));
    assert.equal(status, 3, `${name}: ${status} ${output}`);
    assert.match(output, message, name);
    assert.ok(ms < 20_000, `${name}: ${ms} ms`);
  }
}

test('what is not there, and what lies below a file', () => {
  each_reader(at('nothing'), /it is not there/);
  writeFileSync(at('file'), '');
  each_reader(at('file/below'), /it is not there/);
});

test('a folder is called one', () => {
  mkdirSync(at('folder'));
  each_reader(at('folder'), /it is a folder/);
});

test('a file that is too long is called that, whatever is in it', () => {
  writeFileSync(at('long'), '');
  truncateSync(at('long'), 60 << 20);
  each_reader(at('long'), /it has more than \d+ (MiB|bytes)/);
  assert.match(run('lint', '/dev/zero').output, /it has more than 4 MiB/);
});

test('a pipe that nobody writes into does not hold up a command for ever', () => {
  execFileSync('mkfifo', [at('pipe')]);
  const { status, output, ms } = run('lint', at('pipe'));
  assert.equal(status, 3);
  assert.match(output, /nothing came out of it for 10 s/);
  assert.ok(ms < 15_000);
});

test('a pipe that somebody writes into later, and standard input, are read', () => {
  const script = `(sleep 0.3; cat postern.toml > ${at('pipe')}) &
    build/postern lint ${at('pipe')} && wait`;
  const later = spawnSync('sh', ['-c', script], { cwd: root, encoding: 'utf8', timeout: 20_000 });
  assert.equal(later.status, 0, later.stdout + later.stderr);
  for (const name of ['-', '/dev/stdin']) {
    const input = 'version = 1\n[sources]\nx = 1\n';
    const { status, stdout } = spawnSync(join(root, 'build/postern'), ['lint', name],
      { cwd: root, encoding: 'utf8', input });
    assert.equal(status, 3, stdout);
    assert.match(stdout, /:3:1: error/);
  }
});

const head = 'version = 1\n[gate]\nmax_body = "1MiB"\n';

test('a mistake in a long line is shown with what stands around it', () => {
  const far = 'x = [' + '1, '.repeat(350_000);
  for (const [text, code] of [[`${far}] ]\n`, 'syntax'],
    [`y = "${'\u00e9'.repeat(600_000)}"\n`, ''], [`${'k'.repeat(1_000_000)} = 1\n`, ''],
    [`[sources.${'n'.repeat(1_000_000)}]\n`, '']]) {
    writeFileSync(at('long_line'), head + text);
    const { status, output } = run('lint', at('long_line'));
    assert.equal(status, 3, text.slice(0, 20));
    assert.ok(output.includes(`[${code}`), output);
    for (const line of output.split('\n')) {
      assert.ok(line.length < 1000, line.slice(0, 200));
    }
    const carets = output.split('\n').map((line, i, all) => [all[i - 1] ?? '', line])
      .filter(([, line]) => /^ +\| *\^+$/.test(line));
    for (const [source, caret] of carets) {
      assert.ok(caret.length <= source.length + 1, `${source}\n${caret}`);
    }
  }
});

test('the caret stands below what it means, in a short line and in a long one', () => {
  for (const before of [0, 10, 59, 60, 61, 62, 200, 5000]) {
    const earlier = `max_body = "1MiB"${' '.repeat(before)}`;
    writeFileSync(at('caret'), `version = 1\ngate = { ${earlier}, max_bdy = "\u00e9" }\n`);
    const { output } = run('lint', at('caret'));
    const shown = output.split('\n');
    const i = shown.findIndex((one) => one.includes('max_bdy`'));
    assert.notEqual(i, -1, output);
    const caret = shown[i + 2].indexOf('^');
    assert.equal(shown[i + 1].slice(caret, caret + 7), 'max_bdy', shown.slice(i, i + 3).join('\n'));
  }
});

test('bytes that are no text are refused by their place, and never shown as they are', () => {
  for (const bytes of [[0], [0x1b, 0x5b, 0x32, 0x4a], [0xff, 0xfe], [0xc3, 0x28], [0x7f]]) {
    writeFileSync(at('bytes'), Buffer.concat([Buffer.from(`${head}x = "`), Buffer.from(bytes),
      Buffer.from('"\n')]));
    const { status, output } = run('lint', at('bytes'));
    assert.equal(status, 3);
    assert.match(output, /bytes:\d+:\d+: error/);
    assert.doesNotMatch(output, /[\x00-\x09\x0b-\x1f\x7f]/);
  }
});

const turning = /[\u200e\u200f\u202a-\u202e\u2066-\u2069]/;
const ascii_or_second_set = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/;

test('no control character of a file reaches the terminal, in any spelling', () => {
  const controls = ['\u001b[31m', '\u0007', '\u009b31m', '\u0085', '\u202e', '\u2066', '\u200f'];
  for (const control of controls) {
    writeFileSync(at('controls'), `version = 1\n["a${control}é"] # ${control}\nx = 1\n`);
    const { status, output } = run('lint', at('controls'));
    assert.equal(status, 3);
    assert.doesNotMatch(output, ascii_or_second_set, JSON.stringify(control));
    assert.doesNotMatch(output, turning, JSON.stringify(control));
  }
});

test('what an editor leaves around a secret is no part of it, and an empty file holds none', () => {
  const sign = (text) => {
    writeFileSync(at('secret'), text);
    return run('sign', 'stripe', '--at', '1700000000', '--secret-file', at('secret'));
  };
  const plain = sign('whsec_abcdefghijklmnop').output;
  assert.match(plain, /^stripe-signature: t=1700000000,v1=[0-9a-f]{64}\n$/);
  for (const text of ['\ufeffwhsec_abcdefghijklmnop', '\ufeffwhsec_abcdefghijklmnop\r\n']) {
    assert.equal(sign(text).output, plain);
  }
  for (const text of ['', '\n', '\ufeff\r\n']) {
    const { status, output } = sign(text);
    assert.equal(status, 3);
    assert.match(output, /^Nothing is in /);
  }
});

test('a file of thousands of mistakes shows the first and counts the others', () => {
  const lines = Array.from({ length: 20_000 }, (_, i) => `k${i} = 1\n`).join('');
  writeFileSync(at('many'), head + lines);
  const { status, output } = run('lint', at('many'));
  assert.equal(status, 3);
  assert.match(output, /\n\.\.\. and \d{5} more\n/);
  assert.match(output, /\d{5} errors/);
});

test('of values, a mark at the beginning is no part of a name; other lines are told', () => {
  writeFileSync(at('bom.env'), '\ufeffSTRIPE_WEBHOOK_SECRET=short\n# fine\n\nnot a value\n');
  const { output } = run('lint', 'postern.toml', '--env', at('bom.env'));
  assert.match(output, /\[short-secret\]/);
  assert.match(output, /bom\.env:4:1: error: .*\[bad-line\]/);
  const { diagnostics } = JSON.parse(run('lint', 'postern.toml', '--env', at('bom.env'),
    '--format', 'json').output);
  const bad = diagnostics.find(({ code }) => code === 'bad-line');
  assert.deepEqual([bad.file, bad.line, bad.column], [at('bom.env'), 4, 1]);
  assert.doesNotMatch(output, /not a value/);
  writeFileSync(at('wide.env'), Buffer.from('\ufeffA=b\n', 'utf16le'));
  assert.match(run('lint', 'postern.toml', '--env', at('wide.env')).output, /UTF-16/);
});
