// The Worker that comes along has no functions: a policy that delivers to some does not start.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';

import { make_postern } from '../../hosts/cloudflare/postern.mjs';
import {
  address_of_handler, handler_at, handlers_among, setting_of_handler,
} from '../../hosts/fetch/handler_names.mjs';
import { root } from './edge.mjs';

const folder = mkdtempSync(join(tmpdir(), 'postern-handlers-'));
after(() => rmSync(folder, { recursive: true }));

test('a policy with handlers is refused, by their names', () => {
  const file = join(folder, 'p.toml');
  writeFileSync(file, ['version = 1', '[sources.stripe]', 'path = "/hooks/stripe"',
    'provider = "stripe"', 'secrets = ["env:SECRET"]', '[[sources.stripe.routes]]',
    'to = ["handler:book", "handler:tell.all"]', 'deliver = "queue"', ''].join('\n'));
  const bytes = join(folder, 'p.bin');
  execFileSync(join(root, 'build/postern'), ['compile', file, '-o', bytes]);
  const compiled = new WebAssembly.Module(readFileSync(join(root, 'build/postern.wasm')));
  assert.throws(() => make_postern({
    compiled, policy: new Uint8Array(readFileSync(bytes)), env: {}, now: Date.now, log: () => {},
  }), /delivers to handlers \(book, tell\.all\), and this Worker has none/);
});

test('a name is found again behind an address, and an origin is none', () => {
  for (const name of ['book', 'sources.stripe.routes[0].to', 'a-b_c.1']) {
    const address = address_of_handler(setting_of_handler(name));
    assert.match(address, /^https:\/\/handler\.invalid\//);
    assert.equal(handler_at(address), name);
    assert.equal(handler_at(`${address}?signed=query&b=1`), name);
  }
  for (const url of ['https://handler.invalid', 'https://handler.invalid.example/book',
    'https://origin.example/https://handler.invalid/book', 'http://handler.invalid/book']) {
    assert.equal(handler_at(url), null);
  }
  assert.deepEqual(handlers_among(['SECRET', 'handler:a', 'handlerb', 'ORIGIN_URL']), ['a']);
});
