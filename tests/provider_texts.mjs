// The files of wasm/providers as texts, for tests that expect of a provider what its file says:
// read by patterns, and by none of our code.

import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const folder = join(dirname(dirname(fileURLToPath(import.meta.url))), 'wasm/providers');

/** All slugs, sorted. */
export const slugs = readdirSync(folder).filter((name) => name.endsWith('.toml'))
  .map((name) => name.slice(0, -'.toml'.length)).sort();

const text_of = (slug) => readFileSync(join(folder, `${slug}.toml`), 'utf8');
const tables_of = (text) => text.split(/^(?=\[)/m).slice(1);
/** `signature` of `[signature]` and `[[signature]]`, `signature.fetch` of a table in it. */
const name_of = (table) => /^\[+([\w.]+)/.exec(table)[1];
const outer_name_of = (table) => name_of(table).split('.')[0];

/**
 * The file of `slug` as it would be without `scheme`: what it does not say of signing stands behind
 * it, from the file of the provider that it signs as.
 */
export function whole_text(slug) {
  const text = text_of(slug);
  const [, followed] = /^scheme = "(.+)"$/m.exec(text) ?? [];
  if (followed === undefined) {
    return text;
  }
  const own = new Set(tables_of(text).map(outer_name_of));
  return [text, ...tables_of(text_of(followed)).filter((table) => {
    const name = outer_name_of(table);
    return ['signature', 'timestamp', 'id'].includes(name) ||
      (['event', 'challenge'].includes(name) && !own.has(name));
  })].join('\n');
}

/** The tables `[name]` and `[[name]]` of a file's text. */
const tables_named = (text, name) => tables_of(text).filter((table) => name_of(table) === name);

const units_ms = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/**
 * What the file of `slug` says of its signatures: `is_token`, whether a text is shown in place of
 * one; `is_public`, whether every key is a public one; `is_fetched`; `signs_body`, whether a
 * changed body is noticed; `signs_path`; `in_header`, whether each signature is in one;
 * `signed_headers`, that are signed by their names; `max_age_ms` and `max_future_ms`, null where
 * no time is signed, and `time_in_body`.
 */
export function signing_of(slug) {
  const text = whole_text(slug);
  const rules = tables_named(text, 'signature');
  const algorithms = rules.map((rule) => /^algorithm = "(.+)"$/m.exec(rule)[1]);
  const every = (pattern) => rules.every((rule) => pattern.test(rule));
  const times = tables_named(text, 'timestamp');
  const limit = (key) => {
    const found = times.map((table) => new RegExp(`^${key} = "(\\d+)(\\w+)"$`, 'm').exec(table))
      .find((one) => one !== null);
    return times.length === 0 ? null
      : found === undefined ? 5 * units_ms.m : Number(found[1]) * units_ms[found[2]];
  };
  return {
    is_token: algorithms.every((name) => name === 'token' || name === 'basic'),
    is_public: algorithms.every((name) => /^(ed25519|ecdsa|rsa)/.test(name)),
    is_fetched: every(/^key = "fetched"$/m),
    signs_body: every(/^content = .*(\{\w*:?body|\{form:)|^body_hash/m),
    signed_headers: rules.flatMap((rule) =>
      [.../^content = (.*)$/m.exec(rule)?.[1].matchAll(/\{header:([^ }]+)/g) ?? []]
        .map(([, name]) => name.toLowerCase())),
    signs_path: rules.some((rule) => /^content = .*\{path\}/m.test(rule)),
    in_header: every(/^from = \{ header/m),
    time_in_body: times.some((table) => /^from = \{ (?:body|form)/m.test(table)),
    max_age_ms: limit('max_age'), max_future_ms: limit('max_future'),
  };
}

/**
 * At most `count` of a list, evenly, and always the first: for what takes a process for each. A
 * catalogue grows; what is said alike of all of it is looked at in one process elsewhere.
 */
export const spread = (list, count) =>
  list.filter((_, at) => at % Math.ceil(list.length / count) === 0);
