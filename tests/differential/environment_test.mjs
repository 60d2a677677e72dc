// Files of values, as `postern` reads them and as wrangler does: its own two parsers, cut out of
// the package that would deploy, over texts made of what such files are made of.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { read_count, read_seed } from '../budget.mjs';
import { root } from '../edge/edge.mjs';

import { make_random } from './random.mjs';

const wrangler = readFileSync(join(root, 'node_modules/wrangler/wrangler-dist/cli.js'), 'utf8');

function cut(from, to) {
  const begin = wrangler.search(from);
  assert.notEqual(begin, -1, `wrangler has no ${from}: what reads its files now?`);
  const end = wrangler.slice(begin).search(to);
  assert.notEqual(end, -1, `${to}`);
  return wrangler.slice(begin, begin + end);
}

/** A module of wrangler's bundle, with stand-ins for what the bundle gives it. */
function module_of(path) {
  const source = cut(new RegExp(`var require_\\w+ = __commonJS\\(\\{\\s+"[^"]*/${path}"`),
    /^\}\);$/m);
  const run = new Function('__commonJS', '__name', 'init_import_meta_url', '__require',
    'require_package', `${source.replace(/^var \w+ = /, 'return ')}});`);
  return run((files) => {
    const exported = { exports: {} };
    Object.values(files)[0](exported.exports, exported);
    return exported.exports;
  }, (call) => call, () => {}, () => ({}), () => ({ version: '' }));
}

const { parse } = module_of('dotenv@[\\d.]+/node_modules/dotenv/lib/main\\.js');
const { expand } = module_of('dotenv-expand@13[\\d.]+/node_modules/dotenv-expand/lib/main\\.js');
const parse_and_expand = new Function('import_dotenv', 'import_dotenv_expand',
  `${cut(/^function parseAndExpandDotEnv/m, /^var import_dotenv, /m)}
   return parseAndExpandDotEnv;`)({ parse }, { expand });

const ours = (cases) => JSON.parse(execFileSync(
  join(root, 'build/native/tests/environment_probe'), { input: JSON.stringify(cases),
    encoding: 'utf8', maxBuffer: 1 << 28 }));

/** Compares what comes to an end, and gives how many did not: wrangler would hang on those. */
function compare(cases) {
  return ours(cases).filter(({ values, written, fault }, i) => {
    const [text, process] = cases[i];
    const where = JSON.stringify(cases[i]);
    assert.deepEqual(written, { ...parse(text) }, where);
    if (fault !== '') {
      assert.match(fault, /refers to itself/, where);
      return true;
    }
    assert.deepEqual(values, { ...parse_and_expand(text, process) }, where);
    return false;
  }).length;
}

test('what documents of both packages and of wrangler show', () => {
  assert.equal(compare([
    'A=b', 'A = b ', 'export A=b', 'A=', 'A', '# A=b\nB=c', 'A=b # c', 'A=b#c', 'A="b # c" # d',
    "A='b\nc'\nD=e", 'A="b\\nc"', "A='b\\nc'", 'A=`b"c\'d`', 'A: b', 'A:b', 'A=\r\nB=c\rD=e\n',
    '\ufeffA=b', ' \t A\u00a0=b', 'A="b', 'A="b"c', "A='it\\'s'", 'A="x" "y"', 'export =b',
    'A=1\nA=2', 'A=b\n\nC=$A', 'A=b\nC=${A}x', 'C=${A:-d}', 'C=${A-d}', 'A=b\nC=${A:+d}', 'C=\\$A',
    'A=$A', 'A=b$$c', 'A=pa$$word', 'A=a$&b\nB=$A', 'A=\n"b"\nC=d', 'A=b=c==', 'A.b-c=d', '1A=b',
  ].map((text) => [text, {}])), 0);
});

test("the process's environment comes first, as it does when wrangler deploys", () => {
  assert.equal(compare([
    ['A=b', { A: 'c' }], ['A=b', { A: '' }], ['A=$B', { B: '$C', C: 'd' }],
    ['A=$B\nB=x', { B: 'y' }],
    ['A=b', { A: 'x$y' }], ['A=x\nB=$A', { A: '' }],
  ]), 0);
});

const count = read_count('POSTERN_ENVIRONMENT', 20_000);
const seed = read_seed('POSTERN_ENVIRONMENT_SEED');

test('texts made by chance are read alike', (context) => {
  context.diagnostic(`note: POSTERN_ENVIRONMENT_SEED=${seed}`);
  const random = make_random(`environment ${seed}`);
  const pieces = ['A', 'B', 'C_1', 'export ', '=', '=', ':', ': ', ' ', '\t', '\n', '\n',
    '\r\n', '\r', '#', "'", '"', '`', '\\', "\\'", '\\"', '\\n', '\\r', '$', '$A', '${B}',
    '${A:-x}', '${C_1:+y}', '${', '}', '-', '.', 'x', 'whsec_', 'ab+/=', '\u00a0', '\u2028',
    '\ufeff', '\u00e9', '\u{1d11e}', '\u0085', 'null', '${null}', '$$', '$&', "$'"];
  const text = () => Array.from({ length: random.between(1, 24) },
    () => random.pick(pieces)).join('');
  const set = () => (random.chance(0.3) ? { A: text(), B: 'from the process' } : {});
  const cases = Array.from({ length: count }, () => [text(), set()])
    .filter(([one]) => !is_json(one));  // Another form, which has its own test.
  assert.ok(cases.length > count * 0.9);
  const endless = compare(cases);
  assert.ok(endless < count / 20, `${endless} without an end`);
});

function is_json(text) {
  try {
    JSON.parse(text.replace(/^\ufeff/, ''));
    return true;
  } catch {
    return false;
  }
}

test('JSON is the form in which nothing is replaced', () => {
  const [json, null_value, number, array, word] = ours([
    ['{"A":"b$C","D":"#\\n"}', { A: 'other' }], ['{"A":null,"B":"c"}', {}], ['{"A":1}', {}],
    ['["A"]', {}], ['"A"', {}],
  ]);
  assert.deepEqual(json, { values: { A: 'b$C', D: '#\n' }, written: json.values, fault: '' });
  assert.deepEqual(null_value.values, { B: 'c' });
  for (const { fault } of [number, array, word]) {
    assert.notEqual(fault, '');
  }
});

test('a value that grows by referring to itself ends, and so does a file of blank lines', () => {
  const [grows] = ours([['X=b$P', { P: 'a$P' }]]);
  assert.match(grows.fault, /X refers to itself/);
  const began = Date.now();
  const [blank, quotes] = ours([['\n'.repeat(1 << 21), {}], [`A="${'\\"'.repeat(1 << 16)}`, {}]]);
  assert.deepEqual([blank.values, Object.keys(quotes.values)], [{}, ['A']]);
  assert.ok(Date.now() - began < 10_000);
});
