// `postern/verify`: for Workers, whose tool uploads every module of WebAssembly that a script can
// reach. Elsewhere 'postern' is as small.

import { meant_by, provider_named } from '#catalogue';

import { verify_with } from './verify.mjs';

/** See types/index.d.ts. */
export async function verify(provider, request, secret, options) {
  return verify_with(await provider_of(provider), request, secret, options);
}

async function provider_of(provider) {
  if (typeof provider !== 'string') {
    if (!(provider?.policy instanceof Uint8Array)) {
      throw new TypeError('A provider is its name, or what postern/providers/NAME exports.');
    }
    return provider;
  }
  const found = await provider_named(provider);
  if (found === null) {
    throw new TypeError(`There is no provider ${JSON.stringify(provider)}.` +
      `${meant_by(provider)} \`npx postern providers\` lists them.`);
  }
  return found;
}
