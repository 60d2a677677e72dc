import assert from 'node:assert/strict';
import { test } from 'node:test';

import { check_layers, outer_levels } from './layers.mjs';
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
  'the compiler that includes the harness': [
    'compiler/a.cpp', '#include "harness/host/read_file.h"'],
  'the compiler that opens files': ['compiler/a.cpp', '#include <filesystem>'],
  'the compiler that includes a library that is not its own': [
    'compiler/a.cpp', '#include <openssl/evp.h>'],
  'the compiler that includes the exports': ['compiler/a.cpp', '#include "postern/abi/exports.h"'],
  'the compiler that includes what the verifying module has': [
    'compiler/a.cpp', '#include "postern/verify/a.h"'],
  'the gate that includes what the verifying module has': [
    'wasm/postern/gate/a.cpp', '#include "postern/verify/a.h"'],
  'a host that includes the sender': [
    'harness/host/a.cpp', '#include "harness/sender/sign.h"'],
  'a fixture that includes a command': [
    'harness/fixture/a.h', '#include "harness/commands/lint.h"'],
  'an engine that includes the compiler': [
    'harness/engine/a.cpp', '#include "compiler/compiler.h"'],
  'a folder of the harness that has no level': ['harness/other/a.cpp', '#include <string>'],
  'an include of a folder that has no level': [
    'harness/commands/a.cpp', '#include "harness/other/a.h"'],
  'the harness that includes the hosts': ['harness/host/a.cpp', '#include "hosts/fetch/a.h"'],
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

test('finds two folders of the harness on one level that include each other', () => {
  const sources = [
    { path: 'harness/report/a.h', text: '#include "harness/simulate/b.h"' },
    { path: 'harness/simulate/b.h', text: '#include "harness/report/a.h"' },
  ];
  assert.equal(check_layers(sources).length, 2);
});

test('every folder of the harness has a level', () => {
  const folders = read_sources(/^harness\/[^/]+\/[^/]+\.(h|cpp)$/)
    .map(({ path }) => path.split('/').slice(0, 2).join('/'));
  assert.ok(new Set(folders).size >= 6);
  assert.deepEqual([...new Set(folders)].filter((name) => !outer_levels.flat().includes(name)), []);
});

test('allows what the rules allow', () => {
  const sources = [
    { path: 'wasm/postern/scheme/a.h', text: '#include <span>\n#include "postern/base/bytes.h"' },
    { path: 'wasm/postern/crypto/a_native.cpp', text: '#include <immintrin.h>' },
    { path: 'compiler/a.cpp',
      text: '#include <toml++/toml.h>\n#include <map>\n#include "postern/policy/policy.h"' },
    { path: 'harness/fixture/a.cpp',
      text: '#include "compiler/compiler.h"\n#include "harness/sender/sign.h"' },
    { path: 'harness/main.cpp', text: '#include "harness/commands/lint.h"' },
    { path: 'harness/engine/a.cpp', text: '#include "postern/gate/gate.h"\n#include "postern.h"' },
  ];
  assert.deepEqual(check_layers(sources), []);
});
