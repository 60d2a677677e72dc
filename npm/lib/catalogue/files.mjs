// Where files can be read a provider is a name. Each is read when it is first named.

import { existsSync, readFileSync, readdirSync } from 'node:fs';

const folder = new URL('../../../catalogue/', import.meta.url);
const slug_form = /^[a-z0-9-]{1,64}$/;

/** Slugs, sorted. */
export const provider_names = () => readdirSync(folder)
  .filter((name) => name.endsWith('.toml')).map((name) => name.slice(0, -'.toml'.length)).sort();

/** The provider's file, or null. */
export function provider_text(slug) {
  const file = new URL(`${slug}.toml`, folder);
  return slug_form.test(slug) && existsSync(file) ? readFileSync(file, 'utf8') : null;
}

/** What `postern/providers/NAME` exports, or null. */
export async function provider_named(slug) {
  if (provider_text(slug) === null) {
    return null;
  }
  const file = new URL(`../../../providers/${slug}.mjs`, import.meta.url);
  const { default: provider } = await import(file);
  return provider;
}
