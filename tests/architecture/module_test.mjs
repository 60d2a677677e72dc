import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import {
  check_size, describe_module, golden_lines, module_budget, shared_budget, small_budget,
  verifying_budget,
} from './module.mjs';
import { root } from './sources.mjs';

const golden = (name) =>
  golden_lines(readFileSync(join(root, 'tests/architecture', name), 'utf8'));
const built = (name) => describe_module(readFileSync(join(root, 'build', name)));

/** What is shipped, each with the exports that it may have and its budget. */
const modules = [
  { name: 'postern.wasm', exports: golden('exports.txt'), budget: module_budget },
  { name: 'postern_small.wasm', exports: golden('exports.txt'), budget: small_budget },
  {
    // The same without a ledger.
    name: 'postern_verify.wasm',
    exports: golden('exports.txt').filter((line) => line !== 'function postern_ledger'),
    budget: verifying_budget,
  },
  {
    // It asks for nothing, so it goes on with nothing.
    name: 'postern_verify_shared.wasm',
    exports: golden('exports.txt').filter((line) =>
      !['function postern_ledger', 'function postern_resume'].includes(line)),
    budget: shared_budget,
  },
];

for (const { name, exports, budget } of modules) {
  test(`${name} exports exactly what the golden list says`, () => {
    assert.deepEqual(built(name).exports, exports);
  });

  test(`${name} imports nothing`, () => {
    assert.deepEqual(golden('imports.txt'), []);
    assert.deepEqual(built(name).imports, []);
  });

  test(`${name} fits its budget`, () => {
    const module = built(name);
    console.log(`note: ${name} is ${module.bytes} bytes of ${budget.bytes_max}, ` +
      `${module.gzip_bytes} in gzip of ${budget.gzip_bytes_max}`);
    assert.deepEqual(check_size(module, budget), []);
  });
}

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
  const { bytes_max, gzip_bytes_max } = module_budget;
  const large = { bytes: bytes_max + 1, gzip_bytes: gzip_bytes_max + 1 };
  assert.equal(check_size(large, module_budget).length, 2);
  const just = { bytes: bytes_max, gzip_bytes: gzip_bytes_max };
  assert.deepEqual(check_size(just, module_budget), []);
});
