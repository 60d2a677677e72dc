import assert from 'node:assert/strict';
import { test } from 'node:test';

import { check_layers } from './layers.mjs';
import { read_sources } from './sources.mjs';

test('every include points down the layers, and only at what the core may use', () => {
  const sources = read_sources(/^(compiler|harness|wasm)\/.*\.(h|cpp)$/);
  assert.deepEqual(check_layers(sources), []);
});

const refused = {
  'a lower folder that includes a higher one': [
    'wasm/postern/json/a.cpp', '#include "postern/gate/gate.h"'],
  'the core that includes the harness': [
    'wasm/postern/gate/a.cpp', '#include "harness/host/host.h"'],
  'a heap container': ['wasm/postern/base/a.h', '#include <vector>'],
  'a stream': ['wasm/postern/base/a.h', '#  include <iostream>'],
  'intrinsics in portable code': ['wasm/postern/crypto/a.cpp', '#include <immintrin.h>'],
  'an include without its folder': ['wasm/postern/base/a.cpp', '#include "bytes.h"'],
  'the harness that includes the exports': ['harness/main.cpp', '#include "postern/abi/exports.h"'],
};
for (const [what, [path, text]] of Object.entries(refused)) {
  test(`finds ${what}`, () => {
    assert.equal(check_layers([{ path, text }]).length, 1);
  });
}

test('finds two folders that include each other', () => {
  const sources = [
    { path: 'wasm/postern/json/a.h', text: '#include "postern/http/b.h"' },
    { path: 'wasm/postern/http/b.h', text: '#include "postern/json/a.h"' },
  ];
  assert.equal(check_layers(sources).length, 2);
});

test('allows what the rules allow', () => {
  const sources = [
    { path: 'wasm/postern/scheme/a.h', text: '#include <span>\n#include "postern/base/bytes.h"' },
    { path: 'wasm/postern/crypto/a_native.cpp', text: '#include <immintrin.h>' },
    { path: 'harness/engine/a.cpp', text: '#include "postern/gate/gate.h"\n#include "postern.h"' },
  ];
  assert.deepEqual(check_layers(sources), []);
});
