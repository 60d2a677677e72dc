// Where a bundle must stay small, a provider is an import.

export const provider_names = () => [];

export async function provider_named(slug) {
  throw new TypeError('Here a provider is an import, not a name: ' +
    `import provider from 'postern/providers/${slug}'.`);
}

/** A policy that names a provider is compiled where the catalogue is. */
export function provider_files([slug]) {
  if (slug === undefined) {
    return [];
  }
  throw new TypeError(`The catalogue, which has ${JSON.stringify(slug)}, is not in a bundle. ` +
    'Compile the policy when you build and give its bytes as `policy`; or, on Node, leave ' +
    "postern out of the bundle (external: ['postern']; in Next serverExternalPackages).");
}
