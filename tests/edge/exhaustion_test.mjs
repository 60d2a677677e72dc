// The shipped module in a memory that is too small for what it is asked to do.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';

import { encode_configure } from '../../hosts/fetch/effects.mjs';
import { deliver } from '../../hosts/fetch/gate.mjs';
import { Module, ModuleFailure } from '../../hosts/fetch/module.mjs';

import { compile_policy, device_policy, root, secret } from './edge.mjs';

const shipped = readFileSync(join(root, 'build/postern.wasm'));

/** A scheme whose signed text the module makes of the body's bytes, so that it needs them all. */
let policy;
before(() => {
  const text = device_policy('http://127.0.0.1:9', { max_body: '25MiB' })
    .replace('content = "{body}"', 'content = "{sha256:body}"');
  policy = compile_policy('exhaustion_test', text);
});

function read_leb(bytes, at) {
  let value = 0;
  for (let length = 0; ; length += 1) {
    const byte = bytes[at + length];
    value += (byte & 0x7f) * 2 ** (7 * length);
    if (byte < 0x80) {
      return { value, length: length + 1 };
    }
  }
}

/** The same module, which may have `pages` of memory at the most. */
function with_memory(pages_of) {
  const bytes = new Uint8Array(shipped);
  let at = 8;
  while (at < bytes.length) {
    const size = read_leb(bytes, at + 1);
    const content = at + 1 + size.length;
    if (bytes[at] === 5) {
      assert.deepEqual([bytes[content], bytes[content + 1]], [1, 1], 'one memory with a maximum');
      const least = read_leb(bytes, content + 2);
      const most = content + 2 + least.length;
      const { length } = read_leb(bytes, most);
      let pages = pages_of(least.value);
      for (let i = 0; i < length; i += 1) {
        bytes[most + i] = (pages & 0x7f) | (i + 1 < length ? 0x80 : 0);
        pages >>= 7;
      }
      assert.equal(pages, 0, 'it fits where the maximum stood');
      return new WebAssembly.Module(bytes);
    }
    at = content + size.value;
  }
  throw new Error('the module has no memory of its own');
}

async function judge(module, body_bytes) {
  const body = new Uint8Array(body_bytes).fill(0x20);
  const { answer, settled } = deliver({
    module, perform: {}, now: () => 1_700_000_000_000, token: new Uint8Array(16),
    delivery: {
      https: true, method: 'POST', path: '/hooks/device', query: '', client_address: '192.0.2.1',
      headers: [['x-signature', `sha256=${'0'.repeat(64)}`]], body, body_bytes,
      is_over_limit: false,
    },
  });
  return { status: (await answer).status, failure: (await settled).failure };
}

test('a delivery for which there is no memory gets 503, and the next is judged', async () => {
  const mebibyte = 1 << 20;
  const module = new Module(
    with_memory((least) => least + (3 * mebibyte) / 65536), encode_configure(policy, [secret]));
  assert.equal((await judge(module, 100)).status, 401);
  const large = await judge(module, 8 * mebibyte);
  assert.equal(large.status, 503);
  assert.ok(large.failure instanceof ModuleFailure, String(large.failure));
  assert.deepEqual(await judge(module, 100), { status: 401, failure: null });
  assert.equal(module.restarts, 1);
});

test('with the memory that it ships with the same delivery is judged', async () => {
  const module = new Module(new WebAssembly.Module(shipped), encode_configure(policy, [secret]));
  assert.equal((await judge(module, 8 << 20)).status, 401);
});
