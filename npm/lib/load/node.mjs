// Where files can be read: Node, Deno and Bun. Bundlers that take `new URL('…', import.meta.url)`
// for a file of the bundle find it; the others take inline.mjs, by the condition `module`.

import { load } from './file.mjs';

export const load_postern = () =>
  load(new URL('../../../build/postern.wasm', import.meta.url));
