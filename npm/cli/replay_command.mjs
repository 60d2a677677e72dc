// `postern replay`: fixtures against the module that is shipped.

import { write_file, read_providers } from './files.mjs';
import { known_columns } from './help.mjs';
import { ask } from './requests.mjs';
import { bytes_of_text, text_of_word } from './texts.mjs';

const exit_unreadable = 3;

async function run_replay(options) {
  const setting = { stream: process.stderr, ...await read_providers(options['--providers']) };
  const answer = ask('replay', setting, {
    patterns: options.FIXTURES.length === 0 ? ['fixtures'] : options.FIXTURES,
    filter: options['--filter'] ?? '',
    reports: options['--report'].length === 0 ? ['text'] : options['--report'],
    is_table: options['--table'] === true, is_list: options['--list'] === true,
    is_coloured: Boolean(process.stdout.isTTY) && !process.env.NO_COLOR,
    columns: known_columns(process.stdout) ?? 0,
  });
  return with_reports(answer);
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
  ],
  needs: [],
  excludes: [['--list', '--report'], ['--list', '--table']],
  examples: [
    'postern replay fixtures',
    "postern replay 'fixtures/*/derived/changed-body'",
    'postern replay --report junit=replay.xml --report text fixtures',
  ],
  notes: [
    'Ends with 0: all as expected, 1: an expectation failed, 2: usage, 3: unreadable fixture, 5: ' +
      'a defect of postern.',
    'From the fixture that says `genuine` come the cases that every provider has: ' +
      'PROVIDER/derived/changed-body and others.',
    'Where the working folder has no `fixtures`, that name means those of the package. The ' +
      'native command replays against a running gate too.',
  ],
  run: run_replay,
};
