// What was sent last to a receiver, for `send --again`: beside the session, or, where there is
// none, in a folder of the user's. The native command keeps it at the same place.

import { chmodSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, isAbsolute, join } from 'node:path';

import { word_of_text } from './texts.mjs';

function is_folder(path) {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}

function file_of(session_file, provider) {
  const beside = dirname(word_of_text(session_file));
  const { XDG_CACHE_HOME: cache = '' } = process.env;
  const folder = is_folder(beside) ? beside
    : join(isAbsolute(cache) ? cache : join(homedir(), '.cache'), 'postern');
  return { folder, file: join(folder, `last-${word_of_text(provider)}.json`) };
}

/** Null where nothing is remembered. */
export function read_last(session_file, provider) {
  try {
    return readFileSync(file_of(session_file, provider).file);
  } catch {
    return null;
  }
}

/** A header may hold a token: the file is the user's alone. Where it cannot be kept it is not. */
export function write_last(session_file, provider, bytes) {
  const { folder, file } = file_of(session_file, provider);
  try {
    mkdirSync(folder, { recursive: true });
    writeFileSync(file, bytes, { mode: 0o600 });
    chmodSync(file, 0o600);
  } catch {
    // The next `--again` says that nothing was sent.
  }
}
