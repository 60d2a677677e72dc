import assert from 'node:assert/strict';
import { test } from 'node:test';

import {
  check_core_code, check_one_definition, check_shape, file_lines_max, line_columns_max,
} from './code_rules.mjs';
import { read_sources } from './sources.mjs';

test('the core uses no heap, exceptions, run-time types, system or clock', () => {
  assert.deepEqual(check_core_code(read_sources(/^wasm\/.*\.(h|cpp)$/)), []);
});

test('every source is short, narrow and finished', () => {
  const sources =
    read_sources(/^(compiler|embed|harness|hosts|npm|scripts|tests|wasm)\/.*\.(h|c|cpp|mjs)$/);
  assert.deepEqual(check_shape(sources), []);
});

test('no two types of a program have one full name', () => {
  const sources = read_sources(/^(compiler|embed|harness|wasm)\/.*\.(h|cpp)$/);
  assert.deepEqual(check_one_definition(sources), []);
});

const twice = (...texts) =>
  check_one_definition(texts.map((text, index) => ({ path: `${index}.h`, text }))).length;

test('finds a type that is defined twice, and only that', () => {
  const order = 'namespace a::b { enum class Order : int { up }; }';
  const same = 'namespace a { namespace b { struct Order final : Base<int> {}; } }';
  assert.equal(twice(order, same), 1);
  assert.equal(twice(order, 'namespace a { enum class Order { up }; }'), 0);
  assert.equal(twice(order, 'namespace a::b { namespace { enum class Order { up }; } }'), 0);
  assert.equal(twice(order, 'namespace a::b { enum class Order : int; class Order; }'), 0);
  assert.equal(twice(order, 'namespace a::b { struct Other { enum class Order { up }; }; }'), 0);
  assert.equal(twice(order, 'namespace a::b { struct Order::Part {}; }'), 0);
  assert.equal(twice(order, 'namespace a::b { void f() { struct Order { int up; }; } }'), 0);
  assert.equal(twice(order, 'namespace a::b { template <class Order> struct Other {}; }'), 0);
});

const core = (text) => check_core_code([{ path: 'wasm/postern/json/a.cpp', text }]).length;

const refused = [
  'void* p = malloc(3);', 'auto* p = new int;', 'auto* p = new (std::nothrow) int;', 'delete p;',
  'std::string text;', 'throw 1;', 'dynamic_cast<A*>(b)', 'reinterpret_cast<char*>(b)',
  'const auto now = time(nullptr);', 'goto end;', 'printf("x");',
  'call.facts.place = other;', 'facts.place.route = 1;', 'call.facts.seal = {};',
];
for (const text of refused) {
  test(`finds in the core: ${text}`, () => assert.equal(core(text), 1));
}

test('allows words in comments and literals, deleted functions and placement', () => {
  assert.equal(core('// throw new things'), 0);
  assert.equal(core('auto text = "throw";  /* malloc(1) */'), 0);
  assert.equal(core('#include <new>'), 0);
  assert.equal(core('Secret(const Secret&) = delete;'), 0);
  assert.equal(core('auto* p = new (place) Thing;'), 0);
  assert.equal(core('std::string_view text = call(1\'000);'), 0);
});

test('allows a fact where it is proved, and a look at it anywhere', () => {
  const noted = (file) => check_core_code(
    [{ path: `wasm/postern/gate/${file}`, text: 'call.facts.place = place;' }]).length;
  assert.equal(noted('routed.cpp'), 0);
  assert.equal(noted('states/settling.cpp'), 1);
  assert.equal(core('if (facts.place.route == 1 || call.facts.seal == other) {'), 0);
});

test('allows a reinterpret_cast in base, and to a vector for a load', () => {
  const source = { path: 'wasm/postern/base/a.h', text: 'reinterpret_cast<char*>(b)' };
  assert.deepEqual(check_core_code([source]), []);
  assert.equal(core('_mm_loadu_si128(reinterpret_cast<const __m128i*>(at))'), 0);
});

const shape = (text) => check_shape([{ path: 'a.h', text }]).length;

test('finds a line that is too long, a file that is too long, and loose ends', () => {
  assert.equal(shape('x'.repeat(line_columns_max)), 0);
  assert.equal(shape('x'.repeat(line_columns_max + 1)), 1);
  assert.equal(shape('x\n'.repeat(file_lines_max)), 1);
  assert.equal(shape('x\n'.repeat(file_lines_max - 1)), 0);
  assert.equal(shape('int a; '), 1);
  assert.equal(shape(['// TO', 'DO: later'].join('')), 1);
});
