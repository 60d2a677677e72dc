import { each_line } from './sources.mjs';

/**
 * Who may include whom: a folder includes its own files, those of the levels below, and those of
 * its neighbours on the same level as long as no two folders include each other in a circle.
 */
export const levels = [
  ['base'],
  ['contract', 'edition', 'encoding', 'crypto', 'http', 'json'],
  ['scheme', 'ledger', 'policy'],
  ['gate'],
  ['abi', 'verify'],
];

/**
 * The same of what is built around the core. The compiler is one folder, which sees the core below
 * `abi`; of the harness only `engine` hands frames to the core, and only those named here see the
 * compiler. `harness` is `harness/main.cpp`.
 */
export const outer_levels = [
  ['compiler'],
  ['harness/contract', 'harness/engine'],
  ['harness/host'],
  ['harness/sender'],
  ['harness/fixture'],
  ['harness/derive'],
  ['harness/report', 'harness/simulate'],
  ['harness/portable'],
  ['harness/commands', 'harness/wasm'],
  ['harness'],
];

/** Folders of the core that are for modules alone. */
const unseen_of_core = new Set(['abi', 'verify']);

/** Of the harness, what takes nothing from the compiler. */
const without_compiler = new Set(['harness/engine', 'harness']);

/** What the compiler takes from others; all else is the standard library's, without these. */
const compiler_libraries = /^(fmt|toml\+\+)\//;
const not_the_compilers = new RegExp('\\.h$|^(chrono|filesystem|fstream|iostream|locale|mutex|' +
  'random|regex|sstream|thread)$');

/** What the core may take from the standard library: no heap, no streams, no clock, no locks. */
const standard_headers = new Set([
  'algorithm', 'array', 'bit', 'cassert', 'charconv', 'climits', 'compare', 'concepts', 'cstddef',
  'cstdint', 'cstring', 'expected', 'initializer_list', 'iterator', 'limits', 'new', 'numeric',
  'optional', 'ranges', 'span', 'string_view', 'tuple', 'type_traits', 'utility', 'variant',
  'version', 'wasm_simd128.h',
]);

/** Processor intrinsics, only in the files that hide the machine from the others. */
const native_headers = /^(emmintrin|immintrin|x86intrin|cpuid|arm_neon|arm_acle)\.h$/;
const native_files = /(_native\.cpp|^wasm\/postern\/json\/scan\.h)$/;

/** Headers that wasm2c generates, or demands of its runtime by name. */
const wasm2c_headers = new Set(['postern.h', 'wasm-rt.h']);

const include_line = /^\s*#\s*include\s*(?:"([^"]+)"|<([^>]+)>)/;

/** The core's folder that an include names, if it names one. */
const core_folder_of = (quoted) => /^postern\/([^/]+)\//.exec(quoted)?.[1];

const level_of = (folder) => levels.findIndex((names) => names.includes(folder));

/** The includes of one source: `{ quoted, system, line }`. */
function includes_of(source) {
  const found = [];
  each_line(source.text, (text, line) => {
    const match = include_line.exec(text);
    if (match !== null) {
      found.push({ quoted: match[1], system: match[2], line });
    }
  });
  return found;
}

function check_core_include(source, include, edges) {
  const from = source.path.split('/')[2];
  if (include.system !== undefined) {
    const intrinsics = native_headers.test(include.system) && native_files.test(source.path);
    return standard_headers.has(include.system) || intrinsics
      ? [] : [`<${include.system}> is not among the headers that the core may use`];
  }
  const to = core_folder_of(include.quoted);
  if (level_of(to) < 0) {
    return [`"${include.quoted}" is no file of the core`];
  }
  if (level_of(to) > level_of(from)) {
    return [`${from}/ must not include ${to}/, which lies above it`];
  }
  if (to !== from) {
    edges.push({ from, to, where: `${source.path}:${include.line}` });
  }
  return [];
}

/** `compiler`, `harness`, or a folder of it; nothing for another path. */
function outer_folder_of(path) {
  const [top, folder, file] = path.split('/');
  if (top === 'compiler') {
    return 'compiler';
  }
  return top === 'harness' ? (file === undefined ? 'harness' : `harness/${folder}`) : undefined;
}

const outer_level_of = (folder) => outer_levels.findIndex((names) => names.includes(folder));

function check_compiler_system_include({ system }) {
  return compiler_libraries.test(system) || !not_the_compilers.test(system)
    ? [] : [`<${system}> is not the compiler's: it opens nothing and asks nobody`];
}

/** Of the compiler and of the harness's folders. */
function check_outer_include(source, include, edges) {
  const from = outer_folder_of(source.path);
  if (outer_level_of(from) < 0) {
    return [`${from}/ has no level: tests/architecture/layers.mjs`];
  }
  if (include.system !== undefined) {
    return from === 'compiler' ? check_compiler_system_include(include) : [];
  }
  if (from === 'harness/engine' && wasm2c_headers.has(include.quoted)) {
    return [];
  }
  const core = core_folder_of(include.quoted);
  if (core !== undefined) {
    return level_of(core) >= 0 && !unseen_of_core.has(core)
      ? [] : [`"${include.quoted}" is no file of the core that others see`];
  }
  const to = outer_folder_of(include.quoted);
  if (outer_level_of(to) < 0) {
    return [`"${include.quoted}" is neither the compiler's, the harness's nor the core's`];
  }
  if (outer_level_of(to) > outer_level_of(from)) {
    return [`${from}/ must not include ${to}/, which lies above it`];
  }
  if (to === 'compiler' && without_compiler.has(from)) {
    return [`${from}/ must not include the compiler`];
  }
  if (to !== from) {
    edges.push({ from, to, where: `${source.path}:${include.line}` });
  }
  return [];
}

/** Folders that reach each other in a circle, each circle's members named once. */
function find_circles(edges) {
  const reach = (from, to, seen = new Set()) => edges.some((edge) => {
    if (edge.from !== from || seen.has(edge.to)) {
      return false;
    }
    seen.add(edge.to);
    return edge.to === to || reach(edge.to, to, seen);
  });
  return edges
    .filter((edge) => reach(edge.to, edge.from))
    .map((edge) => `${edge.where}: ${edge.from}/ and ${edge.to}/ include each other`);
}

/** Problems with the includes of `sources`, as lines of text. */
export function check_layers(sources) {
  const problems = [];
  const edges = [];
  for (const source of sources) {
    for (const include of includes_of(source)) {
      const found = source.path.startsWith('wasm/')
        ? check_core_include(source, include, edges) : check_outer_include(source, include, edges);
      problems.push(...found.map((problem) => `${source.path}:${include.line}: ${problem}`));
    }
  }
  return [...problems, ...find_circles(edges)];
}
