import assert from 'node:assert/strict';
import { test } from 'node:test';

import { check_listing } from './listing.mjs';
import { read_sources } from './sources.mjs';

test('every C and C++ file is in a list of the build', () => {
  const sources = read_sources(/^(compiler|embed|harness|tests|wasm)\/.*\.(h|c|cpp)$/)
    .filter(({ path }) => !path.startsWith('tests/proofs/'));  // Must not compile: a test's own.
  const cmake_files =
    read_sources(/^(compiler|embed|harness|tests|wasm)\/.*(CMakeLists\.txt|\.cmake)$/);
  assert.deepEqual(check_listing(sources, cmake_files), []);
});

test('finds a file that is in no list, or only in a comment', () => {
  const text = 'set(files\n  postern/gate/a.cpp)\n# postern/gate/b.cpp';
  const cmake = { path: 'wasm/CMakeLists.txt', text };
  const sources = [{ path: 'wasm/postern/gate/a.cpp' }, { path: 'wasm/postern/gate/b.cpp' }];
  assert.deepEqual(check_listing(sources, [cmake]),
    ['wasm/postern/gate/b.cpp: in no list of a CMakeLists.txt']);
});
