// What every command makes of what is typed: a sweep over all commands and all options that their
// help names, so that a new one is held to the same.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';

import { root } from './edge.mjs';

function run(args, env = {}) {
  return spawnSync(join(root, 'build/postern'), args, {
    cwd: root, encoding: 'utf8', timeout: 20_000, input: '', env: { ...process.env, ...env },
  });
}

const help_of = (command, columns = 100) =>
  run(['help', ...command], { COLUMNS: String(columns) }).stdout;

/** The names in the first column of a list below `title`. */
function listed(text, title) {
  const list = text.split(`\n${title}:\n`)[1]?.split('\n\n')[0] ?? '';
  return [...list.matchAll(/^ {2}(\S.*?)(?: {2,}.*)?$/gm)].map(([, name]) => name);
}

const first_words = [...listed(help_of([]), 'Everyday'), ...listed(help_of([]), 'Proof')];
const commands = first_words.flatMap((name) => {
  const actions = listed(help_of([name]), 'Actions');
  return actions.length === 0 ? [[name]] : actions.map((action) => action.split(' '));
});

/** `{ name, value }` of each option, and the positional words, as the help has them. */
function takes(command) {
  const help = help_of(command);
  const options = listed(help, 'Options').map((text) => text.replace(/^-\w, /, '').split(' '))
    .map(([name, value]) => ({ name, value })).filter(({ name }) => name !== '--help');
  const usage = help.slice(0, help.indexOf('\n\n')).replaceAll(/\s+/g, ' ');
  const words = usage.slice(`Usage: postern ${command.join(' ')}`.length)
    .replace('[OPTIONS]', '').trim().split(' ').filter((word) => /^\[?[A-Z]/.test(word));
  return { options, words };
}

/** What no message may say: the words of libraries and of their types. */
const not_ours =
  /Could not convert|->|\b(INT|UINT|TEXT|FLOAT|ENUM|std::|argument)\b|Excludes|Needs/;

function refused(args, message) {
  const { status, stdout, stderr } = run(args);
  assert.equal(status, 2, `${args.join(' ')}: ${status} ${stdout}${stderr}`);
  assert.match(stderr, message, args.join(' '));
  assert.doesNotMatch(stderr, not_ours);
  assert.equal(stdout, '');
}

test('there are commands, and all of them have options', () => {
  assert.ok(commands.length >= 13, commands.join());
  for (const command of commands) {
    assert.notEqual(takes(command).options.length, 0, command.join(' '));
  }
});

test('an option takes one value, and never a word or an option behind it', () => {
  for (const command of commands) {
    const { options, words } = takes(command);
    for (const { name, value } of options.filter((option) => option.value !== undefined)) {
      const wants = `^${name} wants ${value.replace('|', '\\|')} behind it`;
      refused([...command, name], new RegExp(wants));
      refused([...command, name, '--help-me'],
        new RegExp(`${wants}, not`));
      const valid = value === 'N' ? '1' : name === '--format' ? 'text'
        : name === '--engine' ? 'native' : name === '--scope' ? 'steady' : 'x=1';
      if (words.some((word) => word.includes('...'))) {
        continue;  // It takes any number of words.
      }
      const behind = [...words.map((_, i) => `word${i}`), 'extra', 'later'];
      refused([...command, name, valid, ...behind],
        /^`extra` is one word too many|no word .*`extra`/);
      refused([...command, `${name}=${valid}`, ...behind], /`extra`/);
    }
  }
});

test('an option that is none, one given twice, and a flag with a value are named', () => {
  for (const command of commands) {
    refused([...command, '--no-such-option'], /no option `--no-such-option`/);
    for (const { name, value } of takes(command).options) {
      refused([...command, `${name}x`], new RegExp(`no option \`${name}x\`.*Did you mean`));
      if (value === undefined) {
        refused([...command, `${name}=1`], new RegExp(`^${name} takes no value`));
        refused([...command, name, name], new RegExp(`^${name} was given twice`));
      }
    }
  }
});

test('a number that is none is told its bounds', () => {
  const numbers = commands.flatMap((command) => takes(command).options
    .filter(({ value }) => value === 'N').map(({ name }) => [command, name]));
  assert.ok(numbers.length >= 7);
  for (const [command, name] of numbers) {
    for (const text of ['x', '1.5', '-1', '', ' 1', '0x1', '18446744073709551616']) {
      refused([...command, `${name}=${text}`], new RegExp(`^${name} takes a whole number from`));
    }
  }
});

test('help is the same in every spelling, and no line is wider than the terminal', () => {
  for (const command of [[], ...commands]) {
    const help = help_of(command);
    assert.equal(run([...command, '--help'], { COLUMNS: '100' }).stdout, help);
    assert.equal(run([...command, '-h'], { COLUMNS: '100' }).stdout, help);
    for (const columns of [40, 47, 60, 79, 80, 100]) {
      for (const line of help_of(command, columns).split('\n')) {
        const is_one_word = !line.trim().replace(/ \\$/, '').includes(' ');
        assert.ok(line.length <= columns || is_one_word, `${columns}: ${line}`);
      }
    }
    assert.equal(help_of(command, 7), help_of(command, 40));
    assert.equal(help_of(command, 'wide'), help_of(command, 80));
    assert.doesNotMatch(help, not_ours);
  }
});

test('the examples of the help are ones: each names a command and options that exist', () => {
  for (const command of commands) {
    const lines = help_of(command, 40).split(/\nExamples?:\n/)[1]?.split('\n\n')[0];
    assert.ok(lines !== undefined, command.join(' '));
    for (const line of lines.replaceAll(/\\\n\s+/g, '').split('\n')) {
      const words = line.trim().split(/ [<|] /)[0].split(' ');
      assert.equal(words[0], 'postern', line);
      const own = commands.find((one) => one.every((word, i) => words[i + 1] === word));
      const known = takes(own).options.map(({ name }) => name);
      const used = words.filter((word) => word.startsWith('--'));
      assert.deepEqual(used.filter((name) => !known.includes(name)), [], line);
    }
  }
});

test('help takes the words of one command, and is one itself', () => {
  assert.equal(run(['help', 'help']).stdout, run(['help']).stdout);
  for (const words of [['lint', 'extra'], ['ledger', 'dead', 'extra']]) {
    const { status, stderr } = run(['help', ...words]);
    assert.equal(status, 2, words.join(' '));
    assert.match(stderr, /^`extra` is one word too many for `postern help /);
  }
});

test('nothing, a command that is none and an action that is none say what there is', () => {
  const { status, stderr } = run([]);
  assert.equal(status, 2);
  assert.match(stderr, /Everyday:/);
  refused(['sned'], /no command `sned`\. Did you mean `send`\?/);
  refused(['help', 'sned'], /no command `sned`/);
  refused(['--verbose', 'lint'], /no option `--verbose`/);
  refused(['ledger'], /wants one of its actions/);
  refused(['x'.repeat(1000)], /^There is no command `x{60}\.\.\.`/);
});
