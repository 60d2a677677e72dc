// The commands that sign as providers do, as data: see commands.mjs.

import { run_send } from './run_send.mjs';
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

const secret_options = [
  { name: '--secret-env', value: 'NAME', what: 'Environment variable that holds the secret' },
  { name: '--secret-file', value: 'FILE', what: 'File that holds the secret' },
  {
    name: '--key-file', value: 'FILE',
    what: 'Private key in PEM, or an Ed25519 seed, for schemes that sign with one',
  },
];

export const send = {
  name: 'send',
  summary: 'Send a signed delivery to a receiver',
  words: [{
    name: 'PROVIDER', what: "one of `postern providers`; of a gate, also a source's name",
    is_required: true,
  }],
  options: [
    providers_option,
    { name: '--forge', what: 'Sign with a secret that the receiver does not have' },
    { name: '--again', what: 'Send the last one again, byte for byte' },
    { name: '--body', value: 'FILE', what: 'The body; - is standard input (a sample)' },
    {
      name: '--event-type', value: 'TYPE',
      what: "The event's type, where the provider has it: in a header or the JSON body",
    },
    { name: '--to', value: 'URL', what: 'Send it to this address, of any receiver' },
    ...secret_options,
    {
      name: '--url', value: 'URL',
      what: 'The configured address, for schemes that sign it (that of --to)',
    },
    {
      name: '--gate', value: 'URL',
      what: 'Send it to the gate there, as its policy and settings say (from ./dev up)',
    },
    { name: '--policy', value: 'FILE', what: "The gate's postern.toml (from ./dev up)" },
    {
      name: '--settings', value: 'FILE',
      what: "The gate's secrets, NAME=VALUE lines (from ./dev up)",
    },
    { name: '--records', value: 'FILE', what: "File that the gate's log goes to" },
    { name: '--session', value: 'FILE', what: 'What ./dev up wrote (build/dev/session.json)' },
    {
      name: '--expect', value: 'STATUS|VERDICT',
      what: 'End with 1 for another answer, such as 401 or duplicate',
    },
  ],
  needs: ['--secret-env', '--secret-file', '--key-file', '--url'].map((name) => [name, '--to']),
  excludes: [
    ['--secret-env', '--secret-file'], ['--again', '--forge'],
    ...['--gate', '--policy', '--settings', '--session'].map((name) => ['--to', name]),
  ],
  examples: [
    'postern send stripe --to http://127.0.0.1:3000/hooks/stripe --secret-env WEBHOOK_SECRET',
    'postern send stripe --gate http://127.0.0.1:8787 --policy postern.toml --settings ' +
      'production.env',
    'postern send stripe --forge --expect refused',
  ],
  notes: [
    "Every delivery but --again is a new event: what its scheme takes for the event's identity " +
      'is made anew, in --body too.',
    'Ends with 0: sent, whatever the answer, 1: another answer than --expect says, 2: usage, 3: ' +
      'a file that cannot be read, 4: no receiver that answers, 5: a defect of postern.',
  ],
  run: run_send,
};

export const sign = {
  name: 'sign',
  summary: 'Sign standard input as a provider would',
  words: [word_of_provider],
  options: [
    providers_option,
    ...secret_options,
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
