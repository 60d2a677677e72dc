// The compiler as WebAssembly says what the native one says: the same bytes and the same
// diagnostics, for every policy of tests/lint, for postern.toml, and for random edits of them.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';

import { describe_module } from '../architecture/module.mjs';
import { root } from '../architecture/sources.mjs';
import { read_count, read_seed } from '../budget.mjs';
import { make_random } from '../differential/random.mjs';

import { decode_answer, encode_request, lint_corpus, ModuleCompiler, read_module, run_natively,
  targets } from './compilers.mjs';

const policies = lint_corpus();

/** Fails at the first request that the two answer differently; gives the answers. */
function expect_equal(asked) {
  const requests = asked.map((one) => encode_request({ ...one, text: Buffer.from(one.text) }));
  const module = new ModuleCompiler();
  const native = run_natively(requests);
  return requests.map((request, i) => {
    const answer = module.run(request);
    if (!answer.equals(native[i])) {
      const { text, ...rest } = asked[i];
      assert.equal(answer.toString('latin1'), native[i].toString('latin1'),
        `${JSON.stringify({ ...rest, providers: undefined })}\n${text.toString().slice(0, 4000)}`);
    }
    return decode_answer(answer);
  });
}

test('the module imports nothing, and exports what it says', (t) => {
  const { imports, exports, bytes, gzip_bytes } = describe_module(read_module());
  assert.deepEqual(imports, []);
  assert.deepEqual(exports, ['function _initialize', 'function postern_compiler_input',
    'function postern_compiler_output', 'function postern_compiler_run',
    'function postern_compiler_version', 'memory memory']);
  t.diagnostic(`${bytes} bytes, ${gzip_bytes} in gzip`);
});

test('every policy gives the same bytes and the same diagnostics', (t) => {
  const answers = expect_equal(targets.flatMap((target) =>
    policies.map((policy) => ({ ...policy, target }))));
  const compiled = answers.filter(({ policy }) => policy.length > 0);
  const wrong = answers.filter(({ diagnostics }) => diagnostics.errors > 0);
  assert.ok(policies.length >= 300 && compiled.length >= 100 && wrong.length >= 300);
  t.diagnostic(`${answers.length} policies, ${compiled.length} of them compiled`);
});

test('random edits of the policies do so too', (t) => {
  const seed = read_seed('POSTERN_COMPILER_SEED');
  const count = read_count('POSTERN_COMPILER_EDITS', 1500);
  t.diagnostic(`POSTERN_COMPILER_SEED=${seed}`);
  const random = make_random(seed);
  const pieces = ['"', "'", '[', ']]', '{', '}', '=', '.', ',', '\n', '#', '\\', '\r', '\u0000',
    '"""', 'env:', '-1', '1e400', '1e-400', '99999999999999999999', '0x1F', '1979-05-27', 'true',
    '\ud800', 'é', '\u202e', '::ffff:1.2.3.4', '10.0.0.0/8', '2001:DB8::/32', '{body}', 'nan'];
  const edit = (text) => {
    const lines = text.split('\n');
    const at = random.between(0, text.length);
    const line = random.between(0, lines.length - 1);
    switch (random.between(0, 5)) {
      case 0: return text.slice(0, at) + random.pick(pieces) + text.slice(at);
      case 1: return text.slice(0, at) + text.slice(at + 1 + random.between(0, 7));
      case 2: return lines.toSpliced(line, 1).join('\n');
      case 3: return lines.toSpliced(line, 0, random.pick(lines)).join('\n');
      case 4: return text.slice(0, at);
      default:
        return lines.with(line, random.pick(random.pick(policies).text.split('\n'))).join('\n');
    }
  };
  const asked = Array.from({ length: count }, () => {
    const policy = random.pick(policies);
    let { text } = policy;
    for (let edits = 1 + random.between(0, 2); edits > 0; --edits) {
      text = edit(text);
    }
    return { ...policy, text, target: random.pick(targets) };
  });
  const answers = expect_equal(asked);
  const compiled = answers.filter(({ policy }) => policy.length > 0).length;
  assert.ok(compiled > count / 200 && compiled < count, `${compiled} of ${count} compiled`);
});

test('the native command says the same', () => {
  for (const { file, text, providers } of policies.slice(0, 1)) {
    const { json } = decode_answer(new ModuleCompiler().run(
      encode_request({ file, text: Buffer.from(text), providers })));
    assert.equal(json, execFileSync(join(root, 'build/postern'),
      ['lint', file, '--format', 'json'], { cwd: root, encoding: 'utf8' }));
  }
});

const mebibyte = 2 ** 20;
const hostile = {
  'values in values, deep': `a = ${'['.repeat(100_000)}`,
  'values in values, as deep as they may be': `a = ${'['.repeat(256)}${']'.repeat(256)}`,
  'tables in tables': `a = ${'{a='.repeat(10_000)}1${'}'.repeat(10_000)}`,
  'a key of many parts': `${'a.'.repeat(100_000)}a = 1`,
  'keys of many parts': Array.from({ length: 2000 }, (_, i) => `${'a.'.repeat(60)}b${i} = 1`)
    .join('\n'),
  'as many values as a text can have': `a = [${'[],'.repeat(4 * mebibyte / 3 - 4)}]`,
  'as many lines as a text can have': '\n'.repeat(4 * mebibyte),
  'one long line': `a = "${'x'.repeat(4 * mebibyte - 6)}"`,
  'as many keys as a text can have': Array.from({ length: 300_000 }, (_, i) => `k${i} = 1`)
    .join('\n'),
  'more than a text may have': 'x'.repeat(4 * mebibyte + 1),
  'bytes that are no text': Buffer.from(Array.from({ length: 4096 }, (_, i) => i * 7 % 256)),
};
for (const [what, text] of Object.entries(hostile)) {
  test(`${what} are refused, alike`, (t) => {
    const [{ policy, diagnostics }] = expect_equal([{ text, providers: [] }]);
    assert.equal(policy.length, 0);
    assert.ok(diagnostics.errors > 0);
    t.diagnostic(diagnostics.diagnostics[0].message);
  });
}

test('characters beyond ASCII are refused where a key ends, alike', () => {
  const characters = Array.from({ length: 500 }, (_, i) => String.fromCodePoint(0x80 + 131 * i))
    .filter((character) => character.isWellFormed());
  const asked = characters.flatMap((character) =>
    [`[a${character}]\n`, `a${character}b = 1\n`].map((text) => ({ text, providers: [] })));
  for (const { diagnostics } of expect_equal(asked)) {
    assert.ok(diagnostics.errors > 0);
    assert.equal(diagnostics.diagnostics[0].line, 1);
  }
});

test('a text of more than 4 MiB is told by its limit', () => {
  const [{ diagnostics }] = expect_equal([{ text: hostile['more than a text may have'],
    providers: [] }]);
  assert.deepEqual(diagnostics.diagnostics.map(({ code, hint }) => [code, hint]),
    [['unreadable', 'it has more than 4 MiB']]);
});

test('no request is answered with nothing', () => {
  const module = new ModuleCompiler();
  assert.equal(module.version(), 3);
  assert.equal(module.room(60 * mebibyte), 0);
  assert.equal(module.room(0), 0);
  const request = encode_request({ text: Buffer.from('version = 1'), providers: [] });
  const broken = [Buffer.from([9]), request.subarray(0, -1), Buffer.concat([request, request]),
    Buffer.from([1, ...request.subarray(1)]), Buffer.from([2, 9, ...request.subarray(2)]),
    Buffer.from([2, 0, 2, ...request.subarray(3)])];
  for (const one of broken) {
    assert.equal(module.run(one).length, 0);
  }
  assert.deepEqual(run_natively(broken).map(({ length }) => length), [0, 0, 0, 0, 0, 0]);
  assert.ok(module.run(request).length > 0, 'the instance goes on');
});
