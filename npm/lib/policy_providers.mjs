// The providers of a policy's object: names in the catalogue, or what was imported of
// postern/providers/NAME, which brings its rules along.

import { provider_files, provider_names } from '#catalogue';

import { PolicyError } from './policy_error.mjs';
import { is_table, name_of } from './policy_text.mjs';

/**
 * Gives `{ sources, providers }` of the `sources` of a policy's object: the same with a name for
 * each provider, as the text of a policy has it, and `{ slug, file, text }` of the files of each
 * that is named, for the compiler; where the catalogue has not all of them, of all, for it to guess
 * which one is meant. Throws a PolicyError, with the path, for what is no provider, and for a name
 * where there is no catalogue.
 */
export function read_providers(sources) {
  if (!is_table(sources)) {
    return { sources, providers: [] };
  }
  const files = new Map();
  const slugs = new Set();
  const named = Object.entries(sources).map(([name, source]) => {
    const { provider } = source ?? {};
    const path = name_of(['sources', name, 'provider']);
    if (typeof provider === 'string') {
      provider_files([provider], path).forEach((file) => files.set(file.slug, file));
      slugs.add(provider);
    } else if (typeof provider === 'object' && provider !== null) {
      files_of(provider, path).forEach((file) => files.set(file.slug, file));
      return [name, { ...source, provider: provider.slug }];
    }
    return [name, source];
  });
  const is_known = [...slugs].every((slug) => files.has(slug));
  const others = is_known ? [] : provider_files(provider_names());
  return {
    sources: Object.fromEntries(named),
    providers: [...files.values(), ...others.filter(({ slug }) => !files.has(slug))],
  };
}

/** Those that were imported. */
function files_of({ slug, files }, path) {
  if (typeof slug !== 'string' || !is_table(files) || typeof files[slug] !== 'string') {
    throw new PolicyError(`${path} is no provider: it is a name, or what this version of ` +
      'postern/providers/NAME exports.');
  }
  return Object.entries(files).map(([name, text]) => ({ slug: name, file: `${name}.toml`, text }));
}
