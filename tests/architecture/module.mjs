import { gzipSync } from 'node:zlib';

/** That of the module with all features. */
export const module_budget = { bytes_max: 96 * 1024, gzip_bytes_max: 48 * 1024 };

/** That of what every gate needs: it is loaded with every cold start. */
export const small_budget = { bytes_max: 72 * 1024, gzip_bytes_max: 36 * 1024 };

/** That of the one that only verifies: an application's bundle carries it. */
export const verifying_budget = { bytes_max: 62 * 1024, gzip_bytes_max: 32 * 1024 };

/** That of its edition for shared secrets, of which most bundles carry a copy. */
export const shared_budget = { bytes_max: 44 * 1024, gzip_bytes_max: 22.5 * 1024 };

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
export function check_size({ bytes, gzip_bytes }, { bytes_max, gzip_bytes_max }) {
  const problems = [];
  if (bytes > bytes_max) {
    problems.push(`${bytes} bytes, more than ${bytes_max}`);
  }
  if (gzip_bytes > gzip_bytes_max) {
    problems.push(`${gzip_bytes} bytes in gzip, more than ${gzip_bytes_max}`);
  }
  return problems;
}
