// How large a bundle is, its JavaScript and its WebAssembly apart, also where the second stands in
// the first as base64.

import { gzipSync } from 'node:zlib';

/** What `\0asm` and its version are at the beginning of base64. */
const module_in_text = /AGFzbQEAAA[A-Za-z0-9+/]*={0,2}/g;

const gzip = (bytes) => gzipSync(bytes, { level: 9 }).byteLength;

/** `files` are the contents of a bundle as Buffers by name. */
export function sizes_of(files) {
  const modules = [];
  const scripts = [];
  let text_gzip = 0;
  for (const [name, bytes] of Object.entries(files)) {
    if (name.endsWith('.wasm')) {
      modules.push(bytes);
      text_gzip += gzip(bytes);
      continue;
    }
    const text = bytes.toString();
    for (const [base64] of text.matchAll(module_in_text)) {
      modules.push(Buffer.from(base64, 'base64'));
    }
    scripts.push(Buffer.from(text.replace(module_in_text, '')));
    text_gzip += gzip(bytes);
  }
  const sum = (list, of) => list.reduce((total, one) => total + of(one), 0);
  return {
    script: sum(scripts, (one) => one.byteLength), script_gzip: sum(scripts, gzip),
    wasm: sum(modules, (one) => one.byteLength), wasm_gzip: sum(modules, gzip),
    modules: modules.length,
    /** As it is sent: with base64 where that is the form. */
    sent_gzip: text_gzip,
  };
}

export const line_of = (what, { script, script_gzip, wasm, wasm_gzip, sent_gzip }) =>
  `${what}: JavaScript ${script} (${script_gzip} in gzip), WebAssembly ${wasm} (${wasm_gzip}); ` +
  `${script_gzip + wasm_gzip} together, ${sent_gzip} as it is sent`;
