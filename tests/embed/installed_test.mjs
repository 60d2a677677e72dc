// The core as a library of C, installed into an empty folder and found there by CMake and by
// pkg-config. Needs what `cmake --build --preset native` is configured with.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

const root = join(import.meta.dirname, '../..');
const folder = mkdtempSync(join(tmpdir(), 'postern-embed-'));
after(() => rmSync(folder, { recursive: true }));

const prefix = join(folder, 'prefix');
const policy = join(folder, 'policy.bin');
const secret = 'a secret of this test, and of nobody else';
const body = '{"id":"evt_1","type":"sample.sent"}';

const run = (program, args, options = {}) =>
  execFileSync(program, args, { cwd: root, encoding: 'utf8', ...options });

/** Node's HMAC, not the core's. */
const sign = (text) => createHmac('sha256', secret).update(text).digest('hex');

before(() => {
  run('cmake', ['--build', 'build/native', '--target', 'postern_embed']);
  run('cmake', ['--install', 'build/native', '--prefix', prefix]);
  const file = join(folder, 'postern.toml');
  writeFileSync(file, `version = 1
[sources.sample]
path = "/in/sample"
secrets = ["env:SAMPLE_SECRET"]
[[sources.sample.routes]]
events = ["*"]
to = "https://origin.example/in"
[sources.sample.scheme]
name = "Sample"
sends = ["json"]
[sources.sample.scheme.signature]
algorithm = "hmac-sha256"
from = { header = "x-signature" }
encoding = "hex"
content = "{body}"
key = "utf8"
[sources.sample.scheme.event]
type = { body = "/type" }
identity = { body = "/id" }
`);
  run(join(root, 'build/postern'), ['compile', file, '-o', policy]);
});

const whole = { SAMPLE_SECRET: secret };

/** What the example says of a delivery. */
function look(program, { signature, path = '/in/sample', environment = whole }) {
  const headers = signature === undefined ? [] : [`x-signature: ${signature}`];
  return run(program, [policy, path, ...headers], { input: body, env: environment }).trim();
}

/** Status 401 and 503 as docs/ORIGIN.md and docs/FAILURES.md promise them; 6 is `claim`. */
function judge(program) {
  assert.equal(look(program, { signature: sign(body) }), 'effect 6');
  assert.equal(look(program, { signature: sign(`${body} `) }), 'answer 401');
  assert.equal(look(program, {}), 'answer 401');
  assert.equal(look(program, { signature: sign(body), path: '/in/other' }), 'answer 404');
  assert.equal(look(program, { signature: sign(body), environment: {} }), 'answer 503');
}

test('a program of C finds the installed library by CMake', () => {
  const build = join(folder, 'by-cmake');
  run('cmake', ['-S', 'examples/embed', '-B', build, `-DCMAKE_PREFIX_PATH=${prefix}`,
    '-DCMAKE_C_COMPILER=clang-22', '-DCMAKE_C_FLAGS=-std=c11 -Wall -Wextra -Werror']);
  run('cmake', ['--build', build]);
  judge(join(build, 'look'));
});

test('and by pkg-config, wherever the folder is', () => {
  const program = join(folder, 'by-pkg-config');
  const flags = run('pkg-config', ['--cflags', '--libs', 'postern'], {
    env: { ...process.env, PKG_CONFIG_PATH: join(prefix, 'lib/pkgconfig') },
  }).trim().split(/\s+/);
  run('clang-22', ['examples/embed/look.c', '-o', program, ...flags]);
  judge(program);
});

test('what is installed is the archive, one header, and how to find them', () => {
  const files = run('find', ['.', '-type', 'f'], { cwd: prefix }).trim().split('\n').sort();
  assert.deepEqual(files.filter((name) => !/posternConfig\w*(-\w+)?\.cmake$/.test(name)),
    ['./include/postern.h', './lib/libpostern.a', './lib/pkgconfig/postern.pc']);
});

test('the header is one of C and of C++, and names nothing outside of its prefix', () => {
  const header = join(prefix, 'include/postern.h');
  const strict = ['-Wall', '-Wextra', '-Werror', '-pedantic', '-fsyntax-only'];
  run('clang-22', ['-std=c99', ...strict, '-x', 'c', header]);
  run('clang++-22', ['-std=c++11', ...strict, '-x', 'c++', header]);
  const symbols = run('llvm-nm-22', ['--defined-only', '--extern-only', '--format=just-symbols',
    join(prefix, 'lib/libpostern.a')]);
  const calls = symbols.split('\n').filter((name) => /^postern_/.test(name)).sort();
  assert.deepEqual(calls, ['postern_abi_version', 'postern_begin', 'postern_configure',
    'postern_frame_bytes_max', 'postern_gate_free', 'postern_gate_new', 'postern_ledger',
    'postern_resume']);
});
