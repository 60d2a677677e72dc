// The commands that sign as providers do, as data: see commands.mjs.

import { run_sign } from './run_sign.mjs';

/** The end of the year 9999. */
const latest_seconds = 253_402_300_799;

const word_of_provider = {
  name: 'PROVIDER', what: 'one of `postern providers`', is_required: true,
};
const providers_option = {
  name: '--providers', value: 'DIR',
  what: 'Folder of provider files, in place of the built-in catalogue',
};

export const sign = {
  name: 'sign',
  summary: 'Sign standard input as a provider would',
  words: [word_of_provider],
  options: [
    providers_option,
    {
      name: '--secret-env', value: 'NAME', what: 'Environment variable that holds the secret',
    },
    { name: '--secret-file', value: 'FILE', what: 'File that holds the secret' },
    {
      name: '--key-file', value: 'FILE',
      what: 'Private key in PEM, or an Ed25519 seed, for schemes that sign with one',
    },
    {
      name: '--at', value: 'N', what: 'Time of signing in unix seconds (now)',
      number: { least: 0, most: latest_seconds },
    },
    { name: '--id', value: 'ID', what: "The delivery's id (one made of the body)" },
    {
      name: '--header', value: 'NAME=VALUE', repeats: true,
      what: 'A header to send too; may be given again',
    },
    { name: '--url', value: 'URL', what: 'The configured address, for schemes that sign it' },
    {
      name: '--event-type', value: 'TYPE', what: 'For providers that name the event in a header',
    },
    { name: '--method', value: 'METHOD', what: 'The method (POST)' },
    { name: '--curl', value: 'URL', what: 'Print a curl command that sends it to this address' },
    { name: '--json', what: 'Print method, query, headers and body as JSON' },
  ],
  needs: [],
  excludes: [['--secret-env', '--secret-file'], ['--curl', '--json']],
  examples: [
    'postern sign stripe --secret-env WEBHOOK_SECRET < event.json',
    'postern sign github --secret-file secret.txt --event-type push --curl ' +
      'http://127.0.0.1:8787/hooks/github < push.json | sh',
  ],
  notes: [
    'Ends with 0: signed, 2: usage, 3: a file that cannot be read or has errors, 5: a defect of ' +
      'postern.',
  ],
  run: run_sign,
};
