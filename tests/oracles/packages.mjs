// The packages of this folder's package.json, as `./dev test` installs them: into build/oracles,
// apart from those that build and test everything else.

import { readFileSync } from 'node:fs';
import { createRequire, registerHooks } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { root } from '../packages/packed.mjs';

const folder = join(root, 'build/oracles');

/** `require` of what is installed there. */
export const require_oracle = createRequire(join(folder, 'package.json'));

const { dependencies: versions } =
  JSON.parse(readFileSync(new URL('package.json', import.meta.url), 'utf8'));

/** `NAME VERSION` of a package, as the lock pins it. */
export const with_version = (name) => `${name} ${versions[name]}`;

/**
 * What Nuxt would give the validators of `nuxt-webhook-validators`: the configuration of the
 * application, in which each provider has its secret.
 */
const settings = { webhook: {} };
const nuxt = `data:text/javascript,${encodeURIComponent(
  'export const useRuntimeConfig = () => globalThis[Symbol.for("postern.oracles.nuxt")];')}`;
globalThis[Symbol.for('postern.oracles.nuxt')] = settings;
registerHooks({
  resolve: (specifier, context, next) => (specifier === '#imports'
    ? { url: nuxt, shortCircuit: true }
    : next(specifier, context)),
});

/** Imports the validator `isValid…Webhook` of the file `name`. Gives what it says of an event. */
export async function nuxt_validator(name, file = name) {
  const at = join(folder, 'node_modules/nuxt-webhook-validators/dist/runtime/server/lib/validators',
    `${file}.js`);
  const [validate] = Object.values(await import(pathToFileURL(at)));
  return (configuration, { method, headers, body }) => {
    settings.webhook = { [name]: configuration };
    const request = { method, headers, rawBody: body, body };
    return validate({ node: { req: request }, method, path: '/', context: {}, headers });
  };
}
