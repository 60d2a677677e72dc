import { code_only, each_line } from './sources.mjs';

/** What the core's code must not say: `{ pattern, why, except }`, `except` a pattern of paths. */
const core_rules = [
  { pattern: /\b(malloc|calloc|realloc|free|alloca)\s*\(/, why: 'the core has no heap' },
  { pattern: /\bnew\b(?!\s*\()/, why: 'the core has no heap' },
  { pattern: /\bnew\s*\(\s*std::nothrow/, why: 'the core has no heap' },
  { pattern: /(?<!=\s*)\bdelete\b/, why: 'the core has no heap' },
  { pattern: /\bstd::(string|vector|map|unordered_map|function|unique_ptr|shared_ptr)\b/,
    why: 'the core has no heap' },
  { pattern: /\b(throw|try|catch)\b/, why: 'the core has no exceptions' },
  { pattern: /\b(dynamic_cast|typeid)\b/, why: 'the core has no run-time type information' },
  // Loads and stores of a processor's vectors take a pointer to the vector.
  { pattern: /\breinterpret_cast\b(?!<(const )?__m128i\*>)/,
    why: 'bytes change their type in base/ and abi/ only', except: /^wasm\/postern\/(base|abi)\// },
  { pattern: /\b(printf|fprintf|snprintf|getenv|exit)\s*\(/, why: 'the core has no system' },
  { pattern: /\b(time|clock|rand|gettimeofday|clock_gettime)\s*\(/,
    why: 'time and chance come from the host' },
  { pattern: /\bgoto\b/, why: 'no goto' },
  // The proofs are handles onto the facts of a call: who notes a fact is who proved it, or the
  // ticket of a delivery that had it.
  ...Object.entries({
    'facts\\.seal': /identifying|ticket/,
    'facts\\.(is_authentic|has_event)': /identifying|ticket|ticket_resume/,
    'facts\\.place(\\.\\w+)?': /routed|permit|owed/,
    'facts\\.sending': /forwarding/,
  }).map(([fact, makers]) => ({
    pattern: new RegExp(`\\b${fact}\\s*=(?!=)`), why: 'a fact is noted where it is proved',
    except: new RegExp(`^wasm/postern/gate/(states/)?(${makers.source})\\.cpp$`),
  })),
];

/** Largest file and longest line; an idea that needs more is two ideas. */
export const file_lines_max = 400;
export const line_columns_max = 100;

/** Problems of the core's sources with the rules above. */
export function check_core_code(sources) {
  const problems = [];
  for (const source of sources) {
    each_line(code_only(source.text), (line, number) => {
      if (/^\s*#\s*include/.test(line)) {
        return;
      }
      for (const rule of core_rules) {
        if (rule.pattern.test(line) && !rule.except?.test(source.path)) {
          problems.push(`${source.path}:${number}: ${rule.why}: ${line.trim()}`);
        }
      }
    });
  }
  return problems;
}

/** Problems with length and width, and with what a finished file must not hold. */
export function check_shape(sources) {
  const problems = [];
  for (const { path, text } of sources) {
    let lines = 0;
    each_line(text, (line, number) => {
      lines = number;
      if ([...line].length > line_columns_max) {
        problems.push(`${path}:${number}: longer than ${line_columns_max} columns`);
      }
      if (/\t|\s$/.test(line)) {
        problems.push(`${path}:${number}: a tab, or white space at the end`);
      }
      if (/\b(TO[D]O|FIX[M]E|XX[X])\b/.test(line)) {
        problems.push(`${path}:${number}: an open end belongs into an issue`);
      }
    });
    if (lines > file_lines_max) {
      problems.push(`${path}: ${lines} lines, more than ${file_lines_max}`);
    }
  }
  return problems;
}

/** A namespace, a type with its body, or a brace of something else. */
const scopes = new RegExp([
  /\bnamespace\s*(?<space>[\w:]*)\s*\{/,
  /\b(?:enum\s+class|enum|struct|class|union)\s+(?<type>\w+)\s*(?:final\s*)?(?::(?!:)[^;{}()]*)?\{/,
  /[{}]/,
].map(({ source }) => source).join('|'), 'g');

/** The types that `text` defines for other files to see, by their full names. */
function types_of(text) {
  const types = [];
  const open = [];
  for (const { 0: found, groups: { space, type } } of code_only(text).matchAll(scopes)) {
    if (found === '}') {
      open.pop();
      continue;
    }
    if (type !== undefined && !open.includes('')) {
      types.push([...open, type].join('::'));
    }
    // What stands in an unnamed namespace, in a type or in a function is that file's own.
    open.push(space ?? '');
  }
  return types;
}

/** Problems with the one-definition rule: two types of one full name, which no linker sees. */
export function check_one_definition(sources) {
  const first = new Map();
  const problems = [];
  for (const { path, text } of sources) {
    for (const type of types_of(text)) {
      if (first.has(type)) {
        problems.push(`${path}: ${type} is also defined in ${first.get(type)}`);
      }
      first.set(type, path);
    }
  }
  return problems;
}
