import { each_line } from './sources.mjs';

/**
 * Who may include whom: a folder includes its own files, those of the levels below, and those of
 * its neighbours on the same level as long as no two folders include each other in a circle.
 */
export const levels = [
  ['base'],
  ['contract', 'encoding', 'crypto', 'http', 'json'],
  ['scheme', 'ledger', 'policy'],
  ['gate'],
  ['abi'],
];

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

function check_harness_include(source, include) {
  if (include.system !== undefined) {
    return [];
  }
  const in_engine = source.path.startsWith('harness/engine/');
  const folder = include.quoted.split('/')[0];
  if (folder === 'compiler' || folder === 'harness' ||
      (in_engine && wasm2c_headers.has(include.quoted))) {
    return [];
  }
  const to = core_folder_of(include.quoted);
  return level_of(to) >= 0 && to !== 'abi'
    ? [] : [`"${include.quoted}" is neither the harness's nor the core's`];
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
        ? check_core_include(source, include, edges) : check_harness_include(source, include);
      problems.push(...found.map((problem) => `${source.path}:${include.line}: ${problem}`));
    }
  }
  return [...problems, ...find_circles(edges)];
}
