import assert from 'node:assert/strict';
import { test } from 'node:test';

import { check_listing } from './listing.mjs';
import { read_sources } from './sources.mjs';

test('every C and C++ file is in a list of the build', () => {
  const sources = read_sources(/^(wasm|harness|tests)\/.*\.(h|c|cpp)$/);
  const cmake_files = read_sources(/^(wasm|harness|tests)\/.*(CMakeLists\.txt|\.cmake)$/);
  assert.deepEqual(check_listing(sources, cmake_files), []);
});

test('finds a file that is in no list, or only in a comment', () => {
  const cmake = { path: 'wasm/CMakeLists.txt', text: 'set(files\n  gate/a.cpp)\n# gate/b.cpp' };
  const sources = [{ path: 'wasm/gate/a.cpp' }, { path: 'wasm/gate/b.cpp' }];
  assert.deepEqual(check_listing(sources, [cmake]),
    ['wasm/gate/b.cpp: in no list of a CMakeLists.txt']);
});
