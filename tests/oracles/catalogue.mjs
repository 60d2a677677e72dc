// The catalogue as these tests read it: its files as text.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { root } from '../packages/packed.mjs';

/** The text of a provider's file. */
export const file_of = (provider) =>
  readFileSync(join(root, 'wasm/providers', `${provider}.toml`), 'utf8');

export const providers = readdirSync(join(root, 'wasm/providers'))
  .map((file) => /^(.+)\.toml$/.exec(file)?.[1]).filter((slug) => slug !== undefined).sort();

/** Whose scheme a provider has: its own, or that of the one it names. */
export function scheme_of(provider) {
  return /^scheme = "(.+)"$/m.exec(file_of(provider))?.[1] ?? provider;
}
