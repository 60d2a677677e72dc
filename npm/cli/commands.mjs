// The commands as data, in the order of the help, with what runs each.

import {
  run_build, run_compile, run_init, run_lint, run_names, run_providers,
} from './run_commands.mjs';
import { replay } from './replay_command.mjs';
import { send, sign } from './sender_commands.mjs';

const policy_word = {
  name: 'FILE', what: 'the policy, such as postern.toml (- is standard input)', is_required: true,
};
const providers_option = {
  name: '--providers', value: 'DIR',
  what: 'Folder of provider files, in place of the built-in catalogue',
};

const init = {
  name: 'init',
  summary: 'Write a policy for the senders that you have',
  words: [{
    name: 'NAME', repeats: true,
    what: 'providers by their slugs, as `postern providers` lists them',
  }],
  options: [
    { name: '--node', what: 'Write a program for Node, in place of a Worker' },
    { name: '--folder', value: 'DIR', what: 'Where the files go (.)' },
    { name: '--force', what: 'Overwrite files that are there' },
    { name: '--print', what: 'Write no file: print the texts one behind the other' },
    providers_option,
  ],
  needs: [],
  excludes: [['--print', '--folder'], ['--print', '--force']],
  examples: [
    'postern init stripe github', 'postern init stripe --node', 'postern init stripe --print',
  ],
  notes: [
    'Writes postern.toml, the wrangler.toml of its Worker with the bindings, queues and names ' +
      'that it needs, and .dev.vars.example with those names to fill in; with --node, ' +
      'server.mjs and .env.example. A .gitignore that is there stays as it is, and what it lacks ' +
      'is told.',
    'Ends with 0: written, 2: usage, or no such provider, 3: a file that is there already or ' +
      'cannot be written, or a provider file with errors, 5: a defect of postern.',
  ],
  run: run_init,
};

const lint = {
  name: 'lint',
  summary: 'Show what is wrong with a policy',
  words: [policy_word],
  options: [
    { name: '--format', value: 'WORD', what: 'text or json', choices: ['text', 'json'] },
    providers_option,
    {
      name: '--env', value: 'FILE',
      what: 'File of NAME=VALUE lines whose values are checked too',
    },
    { name: '--check-secrets', what: 'Check the values of the process environment too' },
    {
      name: '--wrangler', value: 'FILE',
      what: "The Worker's configuration to compare with: wrangler.json, .jsonc or .toml (what " +
        'stands beside the policy)',
    },
    { name: '--strict', what: 'Fail on warnings too' },
  ],
  needs: [],
  excludes: [],
  examples: [
    'postern lint postern.toml',
    'postern lint postern.toml --env production.env --strict',
  ],
  notes: [
    'Ends with 0: it can be compiled, 2: usage, 3: errors, with --strict warnings too, or a file ' +
      'that cannot be read, 5: a defect of postern. docs/POLICY.md lists what is looked for.',
  ],
  run: run_lint,
};

const compile = {
  name: 'compile',
  summary: 'Check a policy and write it for the gate',
  words: [policy_word],
  options: [
    { name: '--output', alias: '-o', value: 'FILE', what: 'Where the policy file goes' },
    providers_option,
    { name: '--development', what: 'Let plain http in and allow private origins' },
    {
      name: '--origin', value: 'URL',
      what: 'With --development: paths of this origin stand for every destination that is ' +
        'written in the policy',
    },
    {
      name: '--names',
      what: 'Print the names of the values that the policy reads, and write nothing',
    },
    { name: '--json', what: 'With --names: what each one is, and what else the host must have' },
  ],
  needs: [['--origin', '--development'], ['--json', '--names']],
  excludes: [['--names', '--output'], ['--names', '--development']],
  examples: [
    'postern compile postern.toml -o build/policy.bin',
    'postern compile postern.toml --names',
  ],
  notes: [
    'Ends with 0: written, 2: usage, 3: a policy with errors or a file that cannot be read or ' +
      'written, 5: a defect of postern.',
  ],
  run: (options) => (options['--names'] ? run_names(options) : run_compile(options)),
};

/** Of this command alone: the native one has no JavaScript to write for. */
const build = {
  name: 'build',
  summary: 'Check a policy and write it as a script, for a Worker to import',
  words: [policy_word],
  options: [
    {
      name: '--output', alias: '-o', value: 'FILE',
      what: 'Where the policy file goes; the script stands beside it, and ends in .mjs',
    },
    providers_option,
    { name: '--development', what: 'Let plain http in and allow private origins' },
  ],
  needs: [],
  excludes: [],
  examples: ['postern build postern.toml -o policy.bin'],
  notes: [
    "The script exports the policy file's bytes as `policy`: gate({ policy }) takes them.",
    'Ends with 0: written, 2: usage, 3: a policy with errors or a file that cannot be read or ' +
      'written, 5: a defect of postern.',
  ],
  run: run_build,
};

const providers = {
  name: 'providers',
  summary: 'Show the catalogue, or one provider',
  words: [{
    name: 'NAME', what: "a provider's slug, or a part of its name or of what else it is called",
  }],
  options: [
    { name: '--signed', what: 'Only those whose signatures cover the whole body' },
    {
      name: '--algorithm', value: 'NAME',
      what: 'Only those who sign with it, such as hmac-sha256',
    },
    { name: '--challenge', what: 'Only those that probe an address before they send' },
    {
      name: '--identify', value: 'FILE',
      what: 'Show who could have sent this request: raw HTTP, or its headers alone (- is ' +
        'standard input)',
    },
    { name: '--json', what: 'Print JSON' },
    providers_option,
  ],
  needs: [],
  excludes: [
    ['--identify', '--signed'], ['--identify', '--algorithm'], ['--identify', '--challenge'],
  ],
  examples: [
    'postern providers stripe', 'postern providers --signed --challenge',
    'postern providers --identify request.txt',
  ],
  notes: [
    'A slug alone shows all that is known of it, and so does a part of a name that one provider ' +
      'has. With --identify nothing is verified: it looks at where the request has what, and ' +
      'never shows a value.',
    'Ends with 0: shown, 1: --identify, and it could be from nobody, 2: usage, or no such ' +
      'provider, 3: a file that cannot be read, or a provider file with errors, 5: a defect of ' +
      'postern.',
  ],
  run: run_providers,
};

export const commands = [init, lint, compile, build, send, sign, providers, replay];

/** Those that the native command does not have: `run(words)` gives the exit code. */
export const own_commands = [
  {
    name: 'serve', summary: 'Run the gate of a policy in front of its origins',
    run: async (words) => (await import('./serve.mjs')).serve(words),
  },
  {
    name: 'verify', summary: 'Say whether one request is a genuine delivery of a sender',
    run: async (words) => (await import('./verify.mjs')).verify_command(words),
  },
];
