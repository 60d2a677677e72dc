// The help, as wide as the terminal.

import { broken, wrapped } from './texts.mjs';

/** Narrower than the least, nothing is told apart any more; wider lines are hard to read. */
const columns_least = 40;
const columns_preset = 80;
const columns_most = 100;

/** The left column of a list is as wide as its widest entry, up to this. */
const entry_columns_most = 26;

/** The width there: what `COLUMNS` says, or else the terminal; undefined where neither does. */
export function known_columns(stream) {
  const [said] = /^\d+/.exec(process.env.COLUMNS ?? '') ?? [];
  return Number(said ?? 0) || stream.columns || undefined;
}

/** The width for prose there. */
export function terminal_columns(stream) {
  const columns = known_columns(stream) ?? columns_preset;
  return Math.min(Math.max(columns, columns_least), columns_most);
}

/** `  name  what`, in two columns; on a narrow terminal the text stands below its name. */
function listed(entries, columns) {
  const widest = Math.max(0, ...entries.map(({ name }) => name.length));
  const is_narrow = columns < 60;
  const indent = is_narrow ? 6 : Math.min(widest, entry_columns_most) + 4;
  return entries.map(({ name, what }) => {
    const is_below = is_narrow || name.length + 4 > indent;
    const gap = is_below ? `\n${' '.repeat(indent)}` : ' '.repeat(indent - 2 - name.length);
    return `  ${name}${gap}${wrapped(what, columns, indent, indent)}\n`;
  }).join('');
}

function entry_of({ name, alias, value, what }) {
  const spelled = alias === undefined ? name : `${alias}, ${name}`;
  return { name: value === undefined ? spelled : `${spelled} ${value}`, what };
}

const entry_of_word = ({ name, what, is_required }) =>
  ({ name, what: is_required ? `${what} (required)` : what });

function usage_of({ name, words }) {
  return [`Usage: postern ${name}`, ...words.map(({ name: word, repeats, is_required }) => {
    const shown = repeats ? `${word}...` : word;
    return is_required ? shown : `[${shown}]`;
  }), '[OPTIONS]'].join(' ');
}

export function command_help(command, columns) {
  const { summary, words, options, examples, notes } = command;
  const help = { name: '-h, --help', what: 'This text' };
  return [
    `${wrapped(usage_of(command), columns, 4, 0)}\n\n`,
    `${wrapped(`${summary}.`, columns, 0, 0)}\n`,
    words.length === 0 ? '' : `\nWords:\n${listed(words.map(entry_of_word), columns)}`,
    `\nOptions:\n${listed([help, ...options.map(entry_of)], columns)}`,
    examples.length === 0 ? '' : examples.length === 1 ? '\nExample:\n' : '\nExamples:\n',
    ...examples.map((line) => broken(line, columns)),
    ...notes.map((note) => `\n${wrapped(note, columns, 0, 0)}\n`),
  ].join('');
}

export function overview(commands, columns) {
  const about = 'Postern, a guarded back gate for webhooks: refuses forged deliveries, absorbs ' +
    'duplicates, forwards the rest.';
  const entries = commands.map(({ name, summary }) => ({ name, what: summary }));
  const options = [{ name: '-h, --help', what: 'This text' },
    { name: '--version', what: 'The version' }];
  const more = '`postern help COMMAND` has the options and examples of a command.';
  return `Usage: postern COMMAND [OPTIONS]\n\n${wrapped(about, columns, 0, 0)}\n` +
    `\nEveryday:\n${listed(entries, columns)}\nOptions:\n${listed(options, columns)}\n` +
    `${wrapped(more, columns, 0, 0)}\n`;
}
