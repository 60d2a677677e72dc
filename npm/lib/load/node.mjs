// Where files can be read: Node, Deno and Bun. Bundlers that take `new URL('…', import.meta.url)`
// for a file of the bundle find both; the others take inline.mjs, by the condition `module`.

import { readFileSync } from 'node:fs';

const compiled = new Map();

function load(file) {
  let module = compiled.get(file.href);
  if (module === undefined) {
    module = new WebAssembly.Module(readFileSync(file));
    compiled.set(file.href, module);
  }
  return module;
}

export const load_postern = () =>
  load(new URL('../../../build/postern.wasm', import.meta.url));
export const load_compiler = () =>
  load(new URL('../../../build/postern_compiler.wasm', import.meta.url));
