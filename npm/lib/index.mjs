import { provider_named, provider_names, provider_text } from '#catalogue';
import { load_compiler, load_postern } from '#load';

import { PolicyError, make_gate } from './gate.mjs';
import { nearest } from './nearest.mjs';
import { verify_with } from './verify.mjs';

/** See types/index.d.ts. */
export async function verify(provider, request, secret, options) {
  return verify_with(load_postern(), await provider_of(provider), request, secret, options);
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
      `${nearest(provider, provider_names())} \`npx postern providers\` lists them.`);
  }
  return found;
}

/** See types/index.d.ts. */
export const gate = (options) => make_gate(options, { load_postern, load_compiler, provider_text });

export { PolicyError };
