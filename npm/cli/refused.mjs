import { exit } from './exit_codes.mjs';

/** What a user has to hear, and the exit code that goes with it. */
export class Refused extends Error {
  constructor(code, message) {
    super(message);
    this.exit_code = code;
  }
}

/**
 * Gives the exit code of `action()`. What it refuses, and what the library calls a mistake of its
 * caller, is told in its own words.
 */
export async function told(action) {
  try {
    return await action();
  } catch (failure) {
    if (!(failure instanceof Refused) && !(failure instanceof TypeError)) {
      throw failure;
    }
    process.stderr.write(`${failure.message}\n`);
    return failure.exit_code ?? exit.usage;
  }
}
