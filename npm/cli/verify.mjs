// `postern verify`: is one request genuine? It is read as it was sent, from a file or from standard
// input.

import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';

import { verify } from '../lib/index.mjs';

import { exit } from './exit_codes.mjs';
import { read_request } from './raw_request.mjs';
import { Refused, told } from './refused.mjs';

export const help = `Usage: postern verify PROVIDER [FILE] [OPTIONS]

Say whether one request is a genuine delivery of a sender.

Words:
  PROVIDER  one of \`postern providers\` (required)
  FILE      the request as it was sent: request line, headers, an empty line,
            body (- or none is standard input)

Options:
  -h, --help          This text
  --secret-env NAME   Environment variable that holds the secret; may be given
                      again
  --secret-file FILE  File that holds the secret; may be given again
  --url URL           The address that the sender was given, for schemes that
                      sign it
  --at N              Judge it as at this time, in unix seconds (now)
  --json              Print the result as JSON

Example:
  postern verify stripe delivery.http --secret-env STRIPE_WEBHOOK_SECRET

Ends with 0: it is genuine, 1: it is not, 2: usage, 3: a file that cannot be read
or is no request.
`;

export const verify_command = (args) => told(async () => {
  const options = read_options(args);
  if (options.help) {
    process.stdout.write(help);
    return exit.ok;
  }
  return show(await judge(options), options);
});

function read_options(args) {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      help: { type: 'boolean', short: 'h' },
      'secret-env': { type: 'string', multiple: true, default: [] },
      'secret-file': { type: 'string', multiple: true, default: [] },
      url: { type: 'string' },
      at: { type: 'string' },
      json: { type: 'boolean', default: false },
    },
  });
  const [provider, file = '-', ...others] = positionals;
  if (values.help) {
    return values;
  }
  if (provider === undefined || others.length > 0) {
    throw new Refused(exit.usage, 'Give a provider, and at most one file: postern verify --help');
  }
  if (values.at !== undefined && !/^\d{1,12}$/.test(values.at)) {
    throw new Refused(exit.usage, `--at takes unix seconds, not ${values.at}.`);
  }
  return { ...values, provider, file };
}

function read_bytes(file, what) {
  try {
    return readFileSync(file === '-' ? 0 : file);
  } catch (failure) {
    throw new Refused(exit.unreadable, `${file}: ${what} cannot be read (${failure.code}).`);
  }
}

function read_secrets({ 'secret-env': names, 'secret-file': files }) {
  const secrets = [
    ...names.map((name) => {
      if (!process.env[name]) {
        throw new Refused(exit.usage, `The environment has no ${name}.`);
      }
      return process.env[name];
    }),
    // An editor ends a file with a line end, which is no part of a secret.
    ...files.map((file) => read_bytes(file, 'the secret').toString('utf8').replace(/\r?\n$/, '')),
  ];
  if (secrets.length === 0) {
    throw new Refused(exit.usage, 'Give the secret: --secret-env NAME or --secret-file FILE.');
  }
  return secrets;
}

async function judge(options) {
  const { provider, file, url, at } = options;
  const secrets = read_secrets(options);
  const { request, note } = read_request(read_bytes(file, 'the request'), file);
  try {
    const result = await verify(provider, request, secrets,
      { url, ...(at === undefined ? {} : { now: () => Number(at) * 1000 }) });
    return result.hint === undefined
      ? result : { ...result, hint: as_typed([result.hint, note].filter(Boolean).join('. ')) };
  } catch (failure) {
    throw failure instanceof TypeError
      ? new Refused(exit.usage, as_typed(failure.message)) : failure;
  }
}

/** What the library calls an option of its call is one of the command line here. */
const as_typed = (text) => text.replaceAll('options.url', '--url');

function show(result, { json, provider }) {
  if (json) {
    const { ok, event, reason, status, hint } = result;
    const shown = ok
      ? { ok, event: { id: event.id, type: event.type, key: event.key, proof: event.proof } }
      : { ok, reason, status, hint };
    process.stdout.write(`${JSON.stringify(shown)}\n`);
  } else if (result.ok) {
    const { id, type, key, proof } = result.event;
    process.stdout.write(`${provider}: genuine\n  id     ${id ?? '(none is signed)'}\n` +
      `  type   ${type ?? '(none)'}\n  key    ${key}\n  proof  ${proof ?? '(none)'}\n`);
  } else if (result.reason === 'challenge') {
    process.stdout.write(`${provider}: a challenge, to be answered ${result.status}\n`);
  } else {
    process.stdout.write(`${provider}: refused, ${result.reason}\n  ${result.hint}\n`);
  }
  return result.ok || result.reason === 'challenge' ? exit.ok : exit.not_genuine;
}
