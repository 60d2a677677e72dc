// The owner of the instance, with a small module that fails on command.

import assert from 'node:assert/strict';
import { before, test } from 'node:test';

import wabt from 'wabt';

import { Module, ModuleFailure, memory_bytes_high_water } from '../../hosts/fetch/module.mjs';

// `begin`, `resume` and `ledger` answer with their frame, in which the instance's count of calls
// replaces the second byte, and do what the first byte says: ee traps, e0 answers nothing, 60 grows
// the memory.
const source = `(module
  (memory (export "memory") 2)
  (global $calls (mut i32) (i32.const 0))
  (global $is_configured (mut i32) (i32.const 0))
  (func (export "_initialize"))
  (func (export "postern_abi_version") (result i32) i32.const 1)
  (func (export "postern_input") (param i32) (result i32)
    (select (i32.const 1024) (i32.const 0) (i32.le_u (local.get 0) (i32.const 64000))))
  (func (export "postern_output") (result i32) i32.const 1024)
  (func (export "postern_configure") (param i32) (result i32)
    (if (i32.eq (i32.load8_u (i32.const 1024)) (i32.const 0xee)) (then unreachable))
    (global.set $is_configured (i32.const 1))
    (i32.store8 (i32.const 1024) (i32.const 1))
    (memory.fill (i32.const 1025) (i32.const 0) (i32.const 12))
    i32.const 13)
  (func $answer (param $length i32) (result i32)
    (local $first i32)
    (if (i32.eqz (global.get $is_configured)) (then unreachable))
    (local.set $first (i32.load8_u (i32.const 1024)))
    (if (i32.eq (local.get $first) (i32.const 0xee)) (then unreachable))
    (if (i32.eq (local.get $first) (i32.const 0xe0)) (then (return (i32.const 0))))
    (if (i32.eq (local.get $first) (i32.const 0x60))
      (then (drop (memory.grow (i32.const 512)))))
    (global.set $calls (i32.add (global.get $calls) (i32.const 1)))
    (i32.store8 (i32.const 1025) (global.get $calls))
    local.get $length)
  (export "postern_begin" (func $answer))
  (export "postern_resume" (func $answer))
  (export "postern_ledger" (func $answer)))`;

let compiled;
before(async () => {
  const { buffer } = (await wabt()).parseWat('small.wat', source).toBinary({});
  compiled = new WebAssembly.Module(buffer);
});

const frame = (...bytes) => [new Uint8Array(bytes)];
const make = () => new Module(compiled, frame(1));
const calls = (module) => module.begin(frame(0, 0))[1];

test('one instance serves many calls, and joins the pieces of a frame', () => {
  const module = make();
  assert.deepEqual(module.begin([new Uint8Array([1, 0]), new Uint8Array([3])]),
    new Uint8Array([1, 1, 3]));
  assert.equal(calls(module), 2);
  assert.equal(module.restarts, 0);
});

test('an answer is a copy that later calls do not change', () => {
  const module = make();
  const first = module.begin(frame(5, 0));
  module.begin(frame(9, 0));
  assert.deepEqual(first, new Uint8Array([5, 1]));
});

for (const [what, first] of [['traps', 0xee], ['answers nothing', 0xe0]]) {
  for (const call of ['begin', 'resume', 'ledger']) {
    test(`a ${call} that ${what} costs the instance, and the next call gets a fresh one`, () => {
      const module = make();
      assert.equal(calls(module), 1);
      assert.throws(() => module[call](frame(first, 0)), ModuleFailure);
      assert.equal(calls(module), 1);
      assert.equal(module.restarts, 1);
    });
  }
}

test('a frame over the limit of the module costs the instance too', () => {
  const module = make();
  assert.throws(() => module.begin([new Uint8Array(64001)]), ModuleFailure);
  assert.equal(calls(module), 1);
});

test('an instance that traps while it is configured is never used', () => {
  const module = new Module(compiled, frame(0xee));
  assert.throws(() => module.configuration, ModuleFailure);
  assert.throws(() => module.begin(frame(0, 0)), ModuleFailure);
  assert.equal(module.restarts, 1);
});

test('an instance whose memory has grown large is replaced', () => {
  const module = make();
  assert.ok(512 * 65536 > memory_bytes_high_water);
  assert.deepEqual(module.begin(frame(0x60, 0)), new Uint8Array([0x60, 1]));
  assert.equal(calls(module), 1);
  assert.equal(module.restarts, 1);
});

test('an instance that is put to rest is a fresh one at the next call', () => {
  const module = make();
  module.begin(frame(0x01, 0x00));
  assert.equal(module.begin(frame(0x01, 0x00))[1], 2);
  module.rest();
  assert.equal(module.begin(frame(0x01, 0x00))[1], 1);
});
