// Cloudflare Workers import WebAssembly as a compiled module, and compile none at run time.

import compiled from '../../../build/postern.wasm';

export const load_postern = () => compiled;

export function load_compiler() {
  throw new TypeError('A Worker has no compiler of policies: compile it when you build ' +
    '(`npx postern build`) and give the bytes as `policy`.');
}
