// Where nothing else is known: the WebAssembly as text in a script, which every bundler carries.

import { postern } from '../../../build/inline/postern.mjs';
import { compiler } from '../../../build/inline/compiler.mjs';

const compiled = new Map();

function load(text) {
  let module = compiled.get(text);
  if (module === undefined) {
    module = new WebAssembly.Module(Uint8Array.from(atob(text), (unit) => unit.charCodeAt(0)));
    compiled.set(text, module);
  }
  return module;
}

export const load_postern = () => load(postern);
export const load_compiler = () => load(compiler);
