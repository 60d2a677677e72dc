// Vercel's edge, and Next.js for it, import WebAssembly as a compiled module under this name, and
// compile none at run time.

import compiled from '../../../build/postern.wasm?module';

export const load_postern = () => compiled;
