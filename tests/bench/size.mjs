// What is deployed, in bytes.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

import { format_count, print_table } from './measure.mjs';
import { compile_policy } from './policy.mjs';
import { bundle, gate_entry, root } from './workerd.mjs';

const gzip_bytes = (bytes) => gzipSync(bytes, { level: 9 }).length;

export async function run_size() {
  const built = (name) => readFileSync(join(root, 'build', name));
  const module = built('postern.wasm');
  const policy = compile_policy('size', 'http://127.0.0.1:9/');
  const { code: glue } = await bundle(gate_entry, policy);
  const { code: sdk } = await bundle('verify_by_sdk.mjs');
  const size_of = (...parts) => ({
    bytes: parts.reduce((sum, part) => sum + part.length, 0),
    gzip: parts.reduce((sum, part) => sum + gzip_bytes(part), 0),
  });
  const results = {
    module: size_of(module), glue: size_of(glue), gate: size_of(module, glue), sdk: size_of(sdk),
  };
  const row = (label, { bytes, gzip }) => [label, format_count(bytes), format_count(gzip)];
  print_table('Size (each file compressed by itself)', [
    ['', 'bytes', 'gzip -9'],
    row('postern.wasm', results.module),
    ...['postern_small.wasm', 'postern_verify.wasm', 'postern_verify_shared.wasm']
      .map((name) => row(name, size_of(built(name)))),
    row('JavaScript around it, minified', results.glue),
    row('both', results.gate),
    row('stripe SDK with a Worker that verifies', results.sdk),
  ]);
  return results;
}
