import { posix } from 'node:path';

/** Paths of C and C++ files that `file`, a CMake file `{ path, text }`, names. */
function listed_in(file) {
  const without_comments = file.text.replace(/#[^\n]*/g, '');
  const names = without_comments.match(/[\w./-]+\.(?:cpp|c|h)\b/g) ?? [];
  return names.map((name) => posix.join(posix.dirname(file.path), name));
}

/** Sources that no CMake file names: they would be compiled by nobody. */
export function check_listing(sources, cmake_files) {
  const listed = new Set(cmake_files.flatMap(listed_in));
  return sources
    .filter(({ path }) => !listed.has(path))
    .map(({ path }) => `${path}: in no list of a CMakeLists.txt`);
}
