// The files that commands read and write. A name is a text of bytes (texts.mjs), as it was typed.

import {
  createReadStream, fstatSync, lstatSync, readFileSync, readdirSync,
  realpathSync, renameSync, rmSync, statSync, writeFileSync,
} from 'node:fs';
import { basename, extname } from 'node:path';

import { bytes_of_text, text_of_word, word_of_text } from './texts.mjs';

/** What a policy, a provider's file or another that people write may hold. */
const file_bytes_max = 4 << 20;

/** Whoever writes into a pipe has begun by then. */
const pipe_wait_ms = 10_000;

/** What C's library calls the faults that files have. */
const words_of_faults = {
  EACCES: 'Permission denied', EBADF: 'Bad file descriptor', EINVAL: 'Invalid argument',
  EIO: 'Input/output error', EISDIR: 'Is a directory', ELOOP: 'Too many levels of symbolic links',
  EMFILE: 'Too many open files', ENAMETOOLONG: 'File name too long',
  ENODEV: 'No such device', ENOENT: 'No such file or directory', ENOTDIR: 'Not a directory',
  ENXIO: 'No such device or address', EPERM: 'Operation not permitted',
};

const word_of = ({ code, message }) => words_of_faults[code] ?? message;

const refused = (why) => ({ bytes: null, why });
const too_long = (bytes_max) => refused(`it has more than ${bytes_max >> 20} MiB`);

function refused_by(fault) {
  switch (fault.code) {
    case 'ENOENT':
    case 'ENOTDIR':
      return refused('it is not there');
    case 'EACCES':
    case 'EPERM':
      return refused('it is not yours to read');
    default:
      return refused(word_of(fault));
  }
}

/**
 * Reads a file, a pipe, or standard input (`-`). Gives `{ name, bytes, why }`; `bytes` is null
 * where it cannot be read, or has more than `bytes_max`, a whole number of MiB; `why` says why.
 */
export async function read_given(name, bytes_max = file_bytes_max) {
  return { name, ...await read_whole(name, bytes_max) };
}

async function read_whole(name, bytes_max) {
  const is_input = name === '-' || name === '/dev/stdin';
  try {
    const facts = is_input ? fstatSync(0) : statSync(bytes_of_text(name));
    if (facts.isDirectory()) {
      return refused('it is a folder');
    }
    if (facts.isFile() && facts.size > bytes_max) {
      return too_long(bytes_max);
    }
    if (facts.isFile()) {
      return { bytes: readFileSync(is_input ? 0 : bytes_of_text(name)), why: '' };
    }
    return await read_stream(
      is_input ? process.stdin : createReadStream(bytes_of_text(name)), bytes_max);
  } catch (fault) {
    return refused_by(fault);
  }
}

/** A person at a terminal has all the time. */
function read_stream(stream, bytes_max) {
  return new Promise((resolve, reject) => {
    const pieces = [];
    let length = 0;
    let timer;
    const end = (answer) => {
      clearTimeout(timer);
      stream.destroy();
      resolve(answer);
    };
    const wait = () => {
      clearTimeout(timer);
      timer = stream.isTTY ? undefined : setTimeout(() =>
        end(refused(`nothing came out of it for ${pipe_wait_ms / 1000} s`)), pipe_wait_ms);
    };
    wait();
    stream.on('data', (piece) => {
      pieces.push(piece);
      length += piece.byteLength;
      if (length > bytes_max) {
        end(too_long(bytes_max));
      } else {
        wait();
      }
    });
    stream.on('end', () => end({ bytes: Buffer.concat(pieces), why: '' }));
    stream.on('error', (fault) => {
      clearTimeout(timer);
      reject(fault);
    });
  });
}

const built_in = new URL('../../catalogue/', import.meta.url);

/** The providers that came along, as the compiler takes them: `{ slug, file, bytes }`. */
function built_in_providers() {
  return readdirSync(built_in).map((name) => {
    const slug = basename(name, '.toml');
    const bytes = readFileSync(new URL(name, built_in));
    return { slug, file: `wasm/providers/${slug}.toml`, bytes };
  });
}

/** Those of `folder`, or those that came along: `{ providers, faults }`. */
export async function read_providers(folder) {
  if (folder === undefined) {
    return { providers: built_in_providers(), faults: [] };
  }
  const providers = [];
  const faults = [];
  try {
    for (const name of readdirSync(bytes_of_text(folder))) {
      const slug = text_of_word(basename(name, '.toml'));
      if (extname(name) !== '.toml') {
        continue;
      }
      const file = path_in(folder, text_of_word(name));
      const { bytes, why } = await read_whole(file, file_bytes_max);
      if (bytes === null) {
        faults.push({ fault: 'provider_unreadable', file, why });
      } else {
        providers.push({ slug, file, bytes });
      }
    }
  } catch (fault) {
    faults.push({ fault: 'providers_unreadable', file: folder, why: word_of(fault) });
  }
  return { providers, faults };
}

export function path_in(folder, name) {
  return folder === '' || folder.endsWith('/') ? folder + name : `${folder}/${name}`;
}

function facts_of(name, read = statSync) {
  try {
    return read(bytes_of_text(name));
  } catch {
    return null;
  }
}

export const is_there = (name) => facts_of(name, lstatSync) !== null;
export const is_regular_file = (name) => facts_of(name)?.isFile() ?? false;

export function is_same_file(one, other) {
  const facts = facts_of(one);
  const others = facts_of(other);
  return facts !== null && others !== null && facts.dev === others.dev && facts.ino === others.ino;
}

/** Whether it could be written. */
export function write_file(name, bytes) {
  try {
    writeFileSync(bytes_of_text(name), bytes);
    return true;
  } catch {
    return false;
  }
}

/**
 * Writes beside the target and renames: a reader never sees half a policy. Follows links, and
 * writes into what is no file, such as a pipe.
 */
export function write_whole(name, bytes) {
  const facts = facts_of(name);
  if (facts !== null && !facts.isFile()) {
    return write_file(name, bytes);
  }
  const whole = facts === null ? name : text_of_word(realpathSync(word_of_text(name)));
  const partial = `${whole}.partial`;
  try {
    writeFileSync(bytes_of_text(partial), bytes);
    renameSync(bytes_of_text(partial), bytes_of_text(whole));
    return true;
  } catch {
    rmSync(bytes_of_text(partial), { force: true });
    return false;
  }
}
