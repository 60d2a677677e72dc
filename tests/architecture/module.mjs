import { gzipSync } from 'node:zlib';

/** The module's budget: it is loaded with every cold start. */
export const module_bytes_max = 80 * 1024;
export const module_gzip_bytes_max = 40 * 1024;

/** Names and kinds of what `bytes`, a WebAssembly module, exports and imports; and its size. */
export function describe_module(bytes) {
  const module = new WebAssembly.Module(bytes);
  const line = ({ module: from, name, kind }) => `${kind} ${from ? `${from}.` : ''}${name}`;
  return {
    exports: WebAssembly.Module.exports(module).map(line).sort(),
    imports: WebAssembly.Module.imports(module).map(line).sort(),
    bytes: bytes.length,
    gzip_bytes: gzipSync(bytes, { level: 9 }).length,
  };
}

/** The lines of a golden file; an empty file has none. */
export function golden_lines(text) {
  return text.split('\n').filter((line) => line !== '');
}

/** Problems of a module's size with its budget. */
export function check_size({ bytes, gzip_bytes }) {
  const problems = [];
  if (bytes > module_bytes_max) {
    problems.push(`${bytes} bytes, more than ${module_bytes_max}`);
  }
  if (gzip_bytes > module_gzip_bytes_max) {
    problems.push(`${gzip_bytes} bytes in gzip, more than ${module_gzip_bytes_max}`);
  }
  return problems;
}
