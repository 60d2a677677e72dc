import { each_line } from './sources.mjs';

/** Slugs that are English words too, so that finding one in prose says nothing. */
const everyday_words = new Set([
  'box', 'close', 'custom', 'generic', 'line', 'linear', 'meta', 'segment', 'square', 'x', 'zoom',
]);

/** Where a provider's name belongs: data, examples, and what people read. `harness/` has examples
 * in its help, marked as such: see `is_example`. */
const named_here = new RegExp('^(wasm/providers/|fixtures/|docs/|tests/|postern\\.toml$' +
  '|README\\.md$|CHANGELOG\\.md$|package(-lock)?\\.json$|wrangler\\.toml$)');

/** The slugs of the catalogue, from the paths of its files. */
export function provider_slugs(paths) {
  return paths
    .map((path) => /^wasm\/providers\/([^/]+)\.toml$/.exec(path)?.[1])
    .filter((slug) => slug !== undefined && !everyday_words.has(slug));
}

/** Names inside a web address are nobody's policy: a source may be cited. */
const address = /https?:\/\/\S+/g;

/** Whether a line is an example of a command line, or goes on with one, in the harness's help. */
function is_example(path, line) {
  return path.startsWith('harness/commands/') && /^\s*(command\.example\()?"postern /.test(line);
}

/** Places outside the catalogue and its examples that name a provider. */
export function check_provider_names(sources, slugs) {
  const word = new RegExp(`(?<![a-z])(${slugs.join('|')})(?![a-z])`, 'i');
  const problems = [];
  for (const source of sources.filter(({ path }) => !named_here.test(path))) {
    each_line(source.text, (line, number) => {
      const match = word.exec(line.replace(address, ''));
      if (match !== null && !is_example(source.path, line)) {
        problems.push(`${source.path}:${number}: names the provider ${match[1]}`);
      }
    });
  }
  return problems;
}

/** Words that must be nowhere: a host's way to let deliveries past a gate that failed. */
const never = /passThroughOnException/;

/** Places that hold a word that must be nowhere. */
export function check_never_words(sources) {
  const problems = [];
  for (const source of sources) {
    each_line(source.text, (line, number) => {
      if (never.test(line)) {
        problems.push(`${source.path}:${number}: ${never.source}`);
      }
    });
  }
  return problems;
}
