// Where a bundle must stay small, a provider is an import.

import { PolicyError } from '../policy_error.mjs';

export const provider_names = () => [];
export const meant_by = () => '';

export async function provider_named(slug) {
  throw new TypeError('Here a provider is an import, not a name: ' +
    `import provider from 'postern/providers/${slug}'.`);
}

/** `path` is where the name stands. */
export function provider_files([slug], path) {
  throw new PolicyError(`${path}: here a provider is an import, not a name: ` +
    `import provider from 'postern/providers/${slug}', and \`provider\` in place of ` +
    `${JSON.stringify(slug)}. A server on Node may leave postern out of its bundle instead ` +
    "(external: ['postern']; in Next serverExternalPackages).");
}
