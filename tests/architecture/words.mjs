import { each_line } from './sources.mjs';

// No code knows a provider: what is told of one stands in its file. Names alone cannot be looked
// for, since many are words of any program ("line", "close", "x"). So the code must be free of what
// only a provider's file can have: its headers, its hosts, names and slugs that are no words by
// their form; and nothing is compared with any slug or name. That no decision depends on a name is
// shown by tests/vectors/renamed_test.mjs, which gives all providers others.

/** Where a provider belongs: data, examples, and what people read. The commands have examples in
 * their help, marked as such: see `is_example`. */
const named_here = new RegExp('^(wasm/providers/|fixtures/|docs/|tests/|examples/cloudflare/' +
  '|postern\\.toml$|(npm/)?README\\.md$|CHANGELOG\\.md$|package(-lock)?\\.json$|wrangler\\.toml)');

const quoted = (text) => [...text.matchAll(/"([^"\n]+)"/g)].map(([, word]) => word);

/** The texts of a list, which may go over several lines. */
const list_of = (text, key) =>
  quoted(new RegExp(`^${key} = \\[([^\\]]*)\\]`, 'm').exec(text)?.[1] ?? '');

/** Names such as `x-signature`, which several vendors send and nobody owns. */
const anybodys_header =
  /^x(-(delivery|event|id|name|request|signature|timestamp|type|webhook))+$/;

/** A header is a vendor's own if it begins as such do, or holds the slug; others are anybody's. */
const is_own_header = (slug) => (name) => !anybodys_header.test(name) &&
  (/^x-/.test(name) || name.includes(slug.split('-')[0]));

/** What only the file of a provider can have, and what nothing may be compared with. */
export function facts_of({ path, text }) {
  const slug = /([^/]+)\.toml$/.exec(path)[1];
  const name = /^name = "([^"]+)"$/m.exec(text)?.[1] ?? '';
  const headers = [...text.matchAll(/\bheader = "([^"]+)"/g)].map(([, header]) => header)
    .concat(list_of(text, 'headers'), list_of(text, 'proof_headers'))
    .map((header) => header.toLowerCase().replace(/\*$/, ''));
  return {
    slug,
    marks: [
      ...headers.filter(is_own_header(slug)), ...list_of(text, 'hosts'),
      ...(slug.includes('-') ? [slug] : []),
      // A capital within a word makes a name of it, such as PayPal.
      ...name.split(/[^A-Za-z0-9]+/).filter((word) => /^[A-Z][a-z0-9]+[A-Z]/.test(word)),
    ],
    names: [slug, name].filter((word) => word !== ''),
  };
}

/** What the files of the catalogue say, of all that were read. */
export function catalogue_facts(sources) {
  return sources.filter(({ path }) => /^wasm\/providers\/[^/]+\.toml$/.test(path)).map(facts_of);
}

/** Names inside a web address are nobody's policy: a source may be cited. */
const address = /https?:\/\/\S+/g;

/** Whether a line is an example of a command line, or goes on with one, in a command's help. */
function is_example(path, line) {
  return /^(harness\/commands|npm\/cli)\//.test(path) &&
    /^\s*(command\.example\(|examples: \[)?["']postern /.test(line);
}

const literally = (text) => text.replaceAll(/[.*+?^${}()|[\]\\/]/g, '\\$&');
const any_of = (words) => words.map(literally).join('|');

/** Places outside the catalogue and its examples that know a provider. */
export function check_provider_names(sources, facts) {
  const mark = new RegExp(`(?<![a-z0-9])(${any_of(facts.flatMap(({ marks }) => marks))})`, 'i');
  const name = `["'\`](${any_of(facts.flatMap(({ names }) => names))})["'\`]`;
  const compared = new RegExp(`(?:[=!]==?\\s*|\\bcase\\s+)${name}|${name}\\s*[=!]==?`, 'i');
  const problems = [];
  for (const source of sources.filter(({ path }) => !named_here.test(path))) {
    each_line(source.text, (line, number) => {
      const text = line.replace(address, '');
      const found = mark.exec(text)?.[1] ?? compared.exec(text)?.slice(1).find((word) => word);
      if (found !== undefined && !is_example(source.path, line)) {
        problems.push(`${source.path}:${number}: knows of a provider: ${found}`);
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
