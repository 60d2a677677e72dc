import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import {
  check_size, describe_module, golden_lines, module_bytes_max, module_gzip_bytes_max,
} from './module.mjs';
import { root } from './sources.mjs';

const golden = (name) =>
  golden_lines(readFileSync(join(root, 'tests/architecture', name), 'utf8'));
const shipped = () => describe_module(readFileSync(join(root, 'build/postern.wasm')));

test('the module exports exactly what the golden list says', () => {
  assert.deepEqual(shipped().exports, golden('exports.txt'));
});

test('the module imports nothing', () => {
  assert.deepEqual(golden('imports.txt'), []);
  assert.deepEqual(shipped().imports, []);
});

test('the module fits its budget', () => {
  const module = shipped();
  console.log(`note: postern.wasm is ${module.bytes} bytes of ${module_bytes_max}, ` +
    `${module.gzip_bytes} in gzip of ${module_gzip_bytes_max}`);
  assert.deepEqual(check_size(module), []);
});

// A module by hand: type () -> (), import "m" "f" of that type, export "g" of function 0.
const small_module = new Uint8Array([
  0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00, 0x01, 0x04, 0x01, 0x60, 0x00, 0x00,
  0x02, 0x07, 0x01, 0x01, 0x6d, 0x01, 0x66, 0x00, 0x00, 0x07, 0x05, 0x01, 0x01, 0x67, 0x00, 0x00,
]);

test('sees an import and an export that are there', () => {
  const { exports, imports } = describe_module(small_module);
  assert.deepEqual(exports, ['function g']);
  assert.deepEqual(imports, ['function m.f']);
});

test('finds a module over its budget', () => {
  const large = { bytes: module_bytes_max + 1, gzip_bytes: module_gzip_bytes_max + 1 };
  assert.equal(check_size(large).length, 2);
  const just = { bytes: module_bytes_max, gzip_bytes: module_gzip_bytes_max };
  assert.deepEqual(check_size(just), []);
});
