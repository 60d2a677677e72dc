// What is made of contract/contract.mjs and is in git says what the table says.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { all_numbers } from '../../contract/cpp.mjs';
import { effects } from '../../contract/contract.mjs';
import { with_reference } from '../../contract/document.mjs';
import { root } from './sources.mjs';

test('the reference of docs/ABI.md is that of the table', () => {
  const text = readFileSync(join(root, 'docs/ABI.md'), 'utf8');
  assert.equal(text, with_reference(text), 'node contract/generate.mjs --docs');
});

test('no two names of the table have one number', () => {
  const twice = [...all_numbers, { name: 'effects', values: Object.fromEntries(
    Object.entries(effects).map(([kind, { number }]) => [kind, [number]])) }]
    .filter(({ values }) => {
      const numbers = Object.values(values).map(([number]) => number);
      return new Set(numbers).size !== numbers.length;
    });
  assert.ok(all_numbers.length >= 9, `${all_numbers.length} lists of numbers`);
  assert.deepEqual(twice.map(({ name }) => name), []);
});
