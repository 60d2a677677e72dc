import { execFileSync } from 'node:child_process';
import { lstatSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The repository's root. */
export const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');

/**
 * Tracked and new files of the repository whose path matches `pattern`, as `{ path, text }`.
 * None at all is a mistake in the pattern, so it throws.
 */
export function read_sources(pattern) {
  const listed = execFileSync(
    'git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'],
    { cwd: root, encoding: 'utf8' });
  const paths = listed.split('\0').filter((path) => pattern.test(path));
  const sources = [...new Set(paths)]
    .filter((path) => lstatSync(join(root, path), { throwIfNoEntry: false })?.isFile())
    .map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }));
  if (sources.length === 0) {
    throw new Error(`no file matches ${pattern}`);
  }
  return sources;
}

/** `text` with comments and the insides of literals blanked out; line numbers stay. */
export function code_only(text) {
  const comment = /\/\/[^\n]*|\/\*[\s\S]*?\*\//;
  const raw_string = /R"([^(\n]*)\([\s\S]*?\)\1"/;
  const literal = /"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])+'/;
  const parts = [comment, raw_string, literal].map(({ source }) => source);
  const token = new RegExp(parts.join('|'), 'g');
  return text.replace(token, (found, _delimiter, at) => {
    // A digit before the quote makes it a separator inside a number, as in 1'000.
    const separator = found[0] === "'" && /[0-9a-fA-F]/.test(text[at - 1] ?? '');
    return separator ? found : found.replace(/[^\n]/g, ' ');
  });
}

/** Calls `visit(line, number)` for each line of `text`, counted from 1. */
export function each_line(text, visit) {
  text.split('\n').forEach((line, index) => visit(line, index + 1));
}
