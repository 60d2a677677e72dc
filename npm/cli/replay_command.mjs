// `postern replay`: fixtures against the module that is shipped, or a gate that runs.

import { write_file, read_providers } from './files.mjs';
import { known_columns } from './help.mjs';
import { outside_of } from './outside.mjs';
import { Refused } from './refused.mjs';
import { ask } from './requests.mjs';
import { read_named } from './run_sign.mjs';
import { bytes_of_text, text_of_word } from './texts.mjs';

const exit_unreadable = 3;

async function run_replay(options) {
  const setting = { stream: process.stderr, ...await read_providers(options['--providers']) };
  const input = {
    engine: options['--engine'] ?? 'wasm',
    origin: options['--origin'] ?? '',
    records: options['--records'] ?? '',
    policy: await read_named(options['--policy']),
    settings: await read_named(options['--settings']),
    patterns: options.FIXTURES.length === 0 ? ['fixtures'] : options.FIXTURES,
    filter: options['--filter'] ?? '',
    reports: options['--report'].length === 0 ? ['text'] : options['--report'],
    is_table: options['--table'] === true, is_list: options['--list'] === true,
    is_coloured: Boolean(process.stdout.isTTY) && !process.env.NO_COLOR,
    columns: known_columns(process.stdout) ?? 0,
  };
  try {
    return with_reports(ask('replay', setting, input, outside_of));
  } catch (failure) {
    if (!(failure instanceof Refused)) {
      throw failure;
    }
    return { out: bytes_of_text(''), err: bytes_of_text(`${failure.message}\n`),
      exit: failure.exit_code };
  }
}

/** Writes the reports that have a file, and puts the others behind what is said. */
function with_reports(answer) {
  const shown = [answer.out];
  for (const { name, bytes } of answer.files) {
    const file = text_of_word(name);
    if (file === '-') {
      shown.push(bytes);
    } else if (!write_file(file, bytes)) {
      const err = Buffer.concat([answer.err, bytes_of_text(`Cannot write ${file}.\n`)]);
      return { out: Buffer.concat(shown), err, exit: exit_unreadable };
    }
  }
  return { ...answer, out: Buffer.concat(shown) };
}

export const replay = {
  name: 'replay',
  summary: 'Replay fixtures through the gate',
  words: [{
    name: 'FIXTURES', repeats: true,
    what: 'files, folders or globs, FOLDER/derived/NAME too (fixtures)',
  }],
  options: [
    {
      name: '--engine', value: 'ENGINE',
      what: 'wasm (the shipped bytes), or the address of a running gate (wasm)',
    },
    {
      name: '--providers', value: 'DIR',
      what: 'Folder of provider files, in place of the built-in catalogue',
    },
    { name: '--filter', value: 'PART', what: 'Only fixtures whose path holds this text' },
    {
      name: '--report', value: 'FORM', repeats: true,
      what: 'text, junit=FILE, json=FILE or tap=FILE; may be given again (- is standard output)',
    },
    {
      name: '--list',
      what: 'Replay nothing: list the cases, derived ones too, and which ones a scheme cannot have',
    },
    { name: '--table', what: 'Show verdict, reason, status and origin calls of each step' },
    {
      name: '--settings', value: 'FILE', what: "A running gate's secrets: NAME=VALUE lines",
    },
    { name: '--policy', value: 'FILE', what: "A running gate's postern.toml" },
    {
      name: '--origin', value: 'URL',
      what: "A running gate's demo origin (`postern origin`)",
    },
    { name: '--records', value: 'FILE', what: "File that a running gate's log goes to" },
  ],
  needs: [],
  excludes: [['--list', '--report'], ['--list', '--table']],
  examples: [
    'postern replay fixtures',
    "postern replay 'fixtures/*/derived/changed-body'",
    'postern replay --report junit=replay.xml --report text fixtures',
    'postern replay fixtures --engine http://127.0.0.1:8787 --policy postern.toml --settings ' +
      'production.env',
  ],
  notes: [
    'Ends with 0: all as expected, 1: an expectation failed, 2: usage, 3: unreadable fixture, 4: ' +
      'the running gate is unavailable, 5: a defect of postern.',
    'From the fixture that says `genuine` come the cases that every provider has: ' +
      'PROVIDER/derived/changed-body and others.',
    'Where the working folder has no `fixtures`, that name means those of the package.',
  ],
  run: run_replay,
};
