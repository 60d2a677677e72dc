// What is typed behind `postern`: commands, options, words. The native command reads, refuses and
// explains them in the same words (harness/commands/command_line.h); a test compares the two.

import { readFileSync } from 'node:fs';

import { command_help, overview, terminal_columns } from './help.mjs';
import { as_typed, nearest } from './texts.mjs';

/** What was typed cannot be done; the message says why, to whoever typed it. */
export class UsageError extends Error {}

const is_option = (word) => /^-[^0-9]/s.test(word);
const is_help = (word) => word === '--help' || word === '-h';

function has_help(words) {
  const end = words.indexOf('--');
  return words.slice(0, end < 0 ? words.length : end).some(is_help);
}

function did_you_mean(word, known) {
  const guess = nearest(word, known);
  return guess === '' ? '' : ` Did you mean \`${guess}\`?`;
}

export class CommandLine {
  #commands;
  #shown;

  /** `others` are shown with `commands`, and read by somebody else. */
  constructor(commands, others) {
    this.#commands = commands;
    this.#shown = [...commands, ...others];
  }

  /** Gives `{ command, options, given }`, or what is printed instead: `{ out, err, exit }`. */
  read(words) {
    if (words.length === 0) {
      return { err: overview(this.#shown, terminal_columns(process.stderr)), exit: 2 };
    }
    if (words.length === 1 && words[0] === '--version') {
      const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url)));
      return { out: `postern ${version}\n` };
    }
    const help = this.#help_for(words);
    if (help !== null) {
      return { out: help };
    }
    const meant = words[0] === 'help' ? words.slice(1) : words;
    const command = this.#find(meant[0]);
    if (command === undefined) {
      this.#refuse(meant[0]);
    }
    return { command, ...parse(command, meant.slice(1)) };
  }

  #find(name) {
    return this.#commands.find((command) => command.name === name);
  }

  /** Help that is asked for, in any of its spellings; null when it is not. */
  #help_for(words) {
    const is_asked_first = words[0] === 'help';
    if (!is_asked_first && !has_help(words)) {
      return null;
    }
    const topic = words.slice(is_asked_first ? 1 : 0).filter((word) => !is_help(word));
    const columns = terminal_columns(process.stdout);
    if (topic.length === 0 || (is_asked_first && topic.length === 1 && topic[0] === 'help')) {
      return overview(this.#shown, columns);
    }
    const command = this.#find(topic[0]);
    if (command === undefined) {
      return null;
    }
    if (is_asked_first && topic.length > 1) {
      throw new UsageError(
        `${as_typed(topic[1])} is one word too many for \`postern help ${command.name}\`.`);
    }
    return command_help(command, columns);
  }

  /** Says what is wrong with a word that means no command. */
  #refuse(first) {
    throw new UsageError(is_option(first)
      ? `\`postern\` has no option ${as_typed(first)} before its command.`
      : `There is no command ${as_typed(first)}.${
        did_you_mean(first, ['help', ...this.#shown.map(({ name }) => name)])}`);
  }
}

/** `options` by their names without dashes, `given` the names that were typed. */
function parse(command, words) {
  const options = Object.fromEntries([...command.words, ...command.options]
    .filter(({ repeats }) => repeats).map(({ name }) => [name, []]));
  const given = new Set();
  const state = { command, words, options, given, at: 0, place: 0 };
  let has_ended = false;
  for (; state.at < words.length; state.at += 1) {
    const word = words[state.at];
    if (!has_ended && word === '--') {
      has_ended = true;
    } else if (!has_ended && is_option(word)) {
      take_option(state, word);
    } else {
      take_word(state, word);
    }
  }
  check_given(state);
  return { options, given };
}

function expect_option({ command }, name) {
  const option = command.options.find((one) => one.name === name || one.alias === name);
  if (option !== undefined) {
    return option;
  }
  const known = ['--help', ...command.options.map((one) => one.name)];
  throw new UsageError(
    `\`postern ${command.name}\` has no option ${as_typed(name)}.${did_you_mean(name, known)}`);
}

/** `--name value`, `--name=value`, or a flag. */
function take_option(state, word) {
  const equals = word.indexOf('=');
  const option = expect_option(state, equals < 0 ? word : word.slice(0, equals));
  if (state.given.has(option.name) && !option.repeats) {
    throw new UsageError(`${option.name} was given twice.`);
  }
  state.given.add(option.name);
  if (option.value === undefined) {
    if (equals >= 0) {
      throw new UsageError(`${option.name} takes no value.`);
    }
    state.options[option.name] = true;
    return;
  }
  const value = equals < 0 ? value_behind(state, option) : word.slice(equals + 1);
  const wanted = what_is_wanted(option, value);
  if (wanted !== null) {
    throw new UsageError(`${option.name} takes ${wanted}, not ${as_typed(value)}.`);
  }
  if (option.repeats) {
    state.options[option.name].push(value);
  } else {
    state.options[option.name] = option.number === undefined ? value : Number(value);
  }
}

/** What `value` is not, or null. */
function what_is_wanted({ choices, number, repeats }, value) {
  if (choices !== undefined) {
    return choices.includes(value) ? null : choices.join(' or ');
  }
  if (number !== undefined) {
    const is_in_range = /^-?\d+$/.test(value) && value >= number.least && value <= number.most;
    return is_in_range ? null : `a whole number from ${number.least} to ${number.most}`;
  }
  return value === '' && !repeats ? 'something' : null;
}

/** A value that looks like an option is one that was forgotten. */
function value_behind(state, option) {
  const next = state.words[state.at + 1];
  if (next !== undefined && !is_option(next)) {
    state.at += 1;
    return next;
  }
  throw new UsageError(`${option.name} wants ${option.value} behind it${next === undefined ? ''
    : `, not ${as_typed(next)} (if that is it: ${as_typed(`${option.name}=${next}`)})`}.`);
}

function take_word(state, word) {
  const { command, options } = state;
  const target = command.words[state.place];
  if (target === undefined) {
    throw new UsageError(command.words.length === 0
      ? `\`postern ${command.name}\` takes no word such as ${as_typed(word)}.`
      : `${as_typed(word)} is one word too many for \`postern ${command.name}\`.`);
  }
  if (target.repeats) {
    options[target.name].push(word);
  } else {
    options[target.name] = word;
    state.place += 1;
  }
}

function check_given({ command, options, given }) {
  for (const word of command.words) {
    if (word.is_required && options[word.name] === undefined) {
      throw new UsageError(`\`postern ${command.name}\` wants ${word.name}: ${word.what}.`);
    }
  }
  for (const [option, other] of command.needs) {
    if (given.has(option) && !given.has(other)) {
      throw new UsageError(`${option} does nothing without ${other}.`);
    }
  }
  for (const [option, other] of command.excludes) {
    if (given.has(option) && given.has(other)) {
      throw new UsageError(`${option} and ${other} exclude each other.`);
    }
  }
}
