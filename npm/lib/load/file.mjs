import { readFileSync } from 'node:fs';

const compiled = new Map();

/** The module in `file`, compiled once. */
export function load(file) {
  let module = compiled.get(file.href);
  if (module === undefined) {
    module = new WebAssembly.Module(readFileSync(file));
    compiled.set(file.href, module);
  }
  return module;
}
