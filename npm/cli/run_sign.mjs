// `postern sign`: what it reads. What it says comes from the harness's module.

import { read_given, read_providers } from './files.mjs';
import { ask } from './requests.mjs';
import { word_of_text } from './texts.mjs';

/** Longest body that a policy may let in. */
const body_bytes_max = 25 << 20;

export async function run_sign(options) {
  const setting = { stream: process.stderr, ...await read_providers(options['--providers']) };
  const input = {
    provider: options.PROVIDER,
    secret: await read_secret(options),
    at: options['--at'] ?? null,
    now: Math.floor(Date.now() / 1000),
    id: options['--id'] ?? '',
    url: options['--url'] ?? '',
    event_type: options['--event-type'] ?? '',
    method: options['--method'] ?? null,
    headers: options['--header'],
    form: options['--json'] ? 'json' : options['--curl'] === undefined ? 'headers' : 'curl',
    curl: options['--curl'] ?? '',
    body: null,
  };
  const hindrance = ask('sign', setting, input);
  if (hindrance.exit !== 0) {
    return hindrance;
  }
  const body = { ...await read_given('-', body_bytes_max), name: 'standard input' };
  return ask('sign', setting, { ...input, body });
}

/** Where the secret of `sign` and `send` comes from. */
export async function read_secret(options) {
  const variable = options['--secret-env'] ?? '';
  return {
    variable, value: process.env[word_of_text(variable)] ?? '',
    file: await read_named(options['--secret-file']),
    key_file: await read_named(options['--key-file']),
  };
}

/** Null for a file that nobody named. */
export const read_named = async (name, bytes_max) =>
  (name === undefined ? null : read_given(name, bytes_max));
