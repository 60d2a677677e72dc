// Where files can be read a provider is a name. Each is read when it is first named.

import { existsSync, readFileSync, readdirSync } from 'node:fs';

import { nearest } from '../nearest.mjs';

const folder = new URL('../../../catalogue/', import.meta.url);
const slug_form = /^[a-z0-9-]{1,64}$/;

/** Slugs, sorted. */
export const provider_names = () => readdirSync(folder)
  .filter((name) => name.endsWith('.toml')).map((name) => name.slice(0, -'.toml'.length)).sort();

/** The provider's file, or null. */
function provider_text(slug) {
  const file = new URL(`${slug}.toml`, folder);
  return slug_form.test(slug) && existsSync(file) ? readFileSync(file, 'utf8') : null;
}

export const is_provider = (slug) => provider_text(slug) !== null;

/** In the file of a provider that signs as another one does: which. */
const scheme_form = /^scheme = "([a-z0-9-]{1,64})"$/m;

/**
 * The files of `slugs`, and of those that they sign as, each once, as the compiler takes them:
 * `{ slug, file, text }`. A slug that is no provider's has none.
 */
export function provider_files(slugs) {
  const texts = new Map();
  for (const slug of slugs) {
    const [, scheme] = scheme_form.exec(provider_text(slug) ?? '') ?? [];
    [scheme, slug].filter(Boolean).forEach((one) => texts.set(one, provider_text(one)));
  }
  return [...texts].filter(([, text]) => text !== null)
    .map(([slug, text]) => ({ slug, file: `${slug}.toml`, text }));
}

/** The sentence that says who may be meant by `name`, by an alias too; empty for nobody. */
export function meant_by(name) {
  const slugs = provider_names();
  const owner = slugs.find((slug) => aliases_of(provider_text(slug)).includes(name.toLowerCase()));
  return owner === undefined ? nearest(name, slugs)
    : ` Did you mean ${JSON.stringify(owner)}, which is also called ${name}?`;
}

const aliases_of = (text) =>
  [.../^aliases = \[([^\]]*)\]/m.exec(text)?.[1].matchAll(/"([^"]+)"/g) ?? []]
    .map(([, alias]) => alias);

/** What `postern/providers/NAME` exports, or null. */
export async function provider_named(slug) {
  if (!is_provider(slug)) {
    return null;
  }
  const file = new URL(`../../../providers/${slug}.mjs`, import.meta.url);
  const { default: provider } = await import(file);
  return provider;
}
