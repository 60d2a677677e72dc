// What is typed behind `npx postern`, from the words to the exit code.

import { Defect } from '../lib/harness_host.mjs';

import { CommandLine, UsageError } from './command_line.mjs';
import { commands, own_commands } from './commands.mjs';
import { bytes_of_text, text_of_word } from './texts.mjs';

const exit_unreadable = 3;
const exit_defect = 5;
const exit_interrupted = 130;

/** Ends the process once all is printed. `words` are those behind the command's name. */
export async function run(words) {
  const own = own_command(words);
  if (own !== null) {
    process.exit(await own.run(own.words));
  }
  process.on('SIGINT', () => process.exit(exit_interrupted));
  const output = await answer(words.map(text_of_word));
  await print(process.stderr, output.err);
  const is_printed = await print(process.stdout, output.out);
  if (!is_printed) {
    await print(process.stderr, bytes_of_text('postern: standard output cannot be written\n'));
  }
  // A pipe that nothing came out of may still be waited for.
  process.exit(is_printed || output.exit !== 0 ? output.exit : exit_unreadable);
}

/** One that the native command does not have; it reads its words and prints by itself. */
function own_command(words) {
  const [name, ...rest] = words[0] === 'help' ? [words[1], '--help'] : words;
  const command = own_commands.find((one) => one.name === name);
  return command === undefined ? null : { run: command.run, words: rest };
}

/** `{ out, err, exit }` of `words`, as texts.mjs has them; prints nothing. */
export async function answer(words) {
  try {
    const typed = new CommandLine(commands, own_commands).read(words);
    return typed.command === undefined
      ? said(typed) : await typed.command.run(typed.options, typed.given);
  } catch (fault) {
    if (fault instanceof UsageError) {
      return said({ err: `${fault.message}\nRun with --help for more information.\n`, exit: 2 });
    }
    // Where the gate is what failed, its words say all; the stack would be ours.
    const what = fault instanceof Defect ? fault.message : fault.stack;
    return said({ err: `postern: a defect of its own: ${what}\n`, exit: exit_defect });
  }
}

const said = ({ out = '', err = '', exit = 0 }) =>
  ({ out: bytes_of_text(out), err: bytes_of_text(err), exit });

/** Whether the stream took all of it. */
function print(stream, bytes) {
  return bytes.byteLength === 0 ? true : new Promise((resolve) => {
    stream.once('error', () => resolve(false));
    stream.write(bytes, (fault) => resolve(fault === null || fault === undefined));
  });
}
