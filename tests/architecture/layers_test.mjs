import assert from 'node:assert/strict';
import { test } from 'node:test';

import { check_layers } from './layers.mjs';
import { read_sources } from './sources.mjs';

test('every include points down the layers, and only at what the core may use', () => {
  const sources = read_sources(/^(wasm|harness)\/.*\.(h|cpp)$/);
  assert.deepEqual(check_layers(sources), []);
});

const refused = {
  'a lower folder that includes a higher one': ['wasm/json/a.cpp', '#include "gate/gate.h"'],
  'the core that includes the harness': ['wasm/gate/a.cpp', '#include "harness/host/host.h"'],
  'a heap container': ['wasm/base/a.h', '#include <vector>'],
  'a stream': ['wasm/base/a.h', '#  include <iostream>'],
  'intrinsics in portable code': ['wasm/crypto/a.cpp', '#include <immintrin.h>'],
  'an include without its folder': ['wasm/base/a.cpp', '#include "bytes.h"'],
  'the harness that includes the exports': ['harness/main.cpp', '#include "abi/exports.h"'],
};
for (const [what, [path, text]] of Object.entries(refused)) {
  test(`finds ${what}`, () => {
    assert.equal(check_layers([{ path, text }]).length, 1);
  });
}

test('finds two folders that include each other', () => {
  const sources = [
    { path: 'wasm/json/a.h', text: '#include "http/b.h"' },
    { path: 'wasm/http/b.h', text: '#include "json/a.h"' },
  ];
  assert.equal(check_layers(sources).length, 2);
});

test('allows what the rules allow', () => {
  const sources = [
    { path: 'wasm/scheme/a.h', text: '#include <span>\n#include "base/bytes.h"' },
    { path: 'wasm/crypto/a_native.cpp', text: '#include <immintrin.h>' },
    { path: 'harness/engine/a.cpp', text: '#include "gate/gate.h"\n#include "postern.h"' },
  ];
  assert.deepEqual(check_layers(sources), []);
});
