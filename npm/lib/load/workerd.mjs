// Cloudflare Workers import WebAssembly as a compiled module, and compile none at run time.

import compiled from '../../../build/postern.wasm';

export const load_postern = () => compiled;
