// The module that Emscripten makes of the same sources, in the same page: one instance of it
// compiles the lint corpus, and then decides, as the native command does.

import { cpSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { gzipSync } from 'node:zlib';

import { root } from '../packages/packed.mjs';

import { expect_compiled, expect_judged, work } from './corpus.mjs';
import { bundle_and_run, make_page_project } from './pages.mjs';

/** As docs/EMSCRIPTEN.md shows it. */
const main = `import create from './postern_emscripten.mjs';
import { work_through } from './page.mjs';

const instance = await create();
const exports = { memory: instance.wasmMemory };
for (const name of Object.keys(instance).filter((one) => one.startsWith('_postern_'))) {
  exports[name.slice(1)] = instance[name];
}
const give = async () => () => exports;
await work_through({ start_compiler: give, start_core: give });
`;

const names = ['postern_emscripten.mjs', 'postern_emscripten.wasm'];

let result;
before(async () => {
  const folder = make_page_project('emscripten', { 'main.mjs': main });
  names.forEach((name) => cpSync(join(root, 'build', name), join(folder, name)));
  result = await bundle_and_run(folder, work);
});

test('compiles every policy of the lint corpus as natively', (t) => {
  t.diagnostic(expect_compiled(result.compiled));
});

test('takes the steps of the native core, its decision records too', (t) => {
  t.diagnostic(expect_judged(result.traces));
});

test('its sizes', (t) => {
  for (const name of names) {
    const bytes = readFileSync(join(root, 'build', name));
    t.diagnostic(`${name}: ${bytes.length}, ${gzipSync(bytes, { level: 9 }).length} in gzip`);
  }
});
