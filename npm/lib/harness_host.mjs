// What the harness's module imports besides cryptography: files, the gate and a clock.
// harness/wasm/imported_host.cpp says what each function gives. A path is bytes, here as a text of
// one character each.

import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { abi_version } from '../../hosts/fetch/effects.mjs';
import { Writer } from '../../hosts/fetch/wire.mjs';

import { load_postern } from './load/node.mjs';

/** A defect of Postern: the gate trapped, or answered what it may not. The message says it all. */
export class Defect extends Error {
  name = 'Defect';
}

const kinds = { none: 0, file: 1, folder: 2, other: 3 };
const cannot = -1;

const kind_of = (facts) =>
  (facts.isFile() ? kinds.file : facts.isDirectory() ? kinds.folder : kinds.other);

/** Nothing for what `ask` throws at: a path that cannot be used. */
function or_else(fallback, ask) {
  try {
    return ask();
  } catch {
    return fallback;
  }
}

/** The fixtures that came along: `fixtures` where the working folder has none. */
export const built_in_fixtures = fileURLToPath(new URL('../../fixtures', import.meta.url));

const names_them = /^(?:\.\/+)*fixtures(?=\/|$)/;

function places() {
  const has_own = existsSync('fixtures');
  const folder = Buffer.from(built_in_fixtures).toString('latin1');
  return (path) => (has_own ? path : path.replace(names_them, () => folder));
}

/** Bytes that a function gave the length of, until `take` copies them. */
function keeping(memory) {
  let kept = new Uint8Array();
  return {
    keep(bytes) {
      kept = bytes;
      return bytes.byteLength;
    },
    take(output) {
      new Uint8Array(memory(), output >>> 0, kept.byteLength).set(kept);
    },
  };
}

export function files_of(memory) {
  const place_of = places();
  const { keep, take } = keeping(memory);
  const path_at = (at, length) => Buffer.from(
    place_of(Buffer.from(memory(), at >>> 0, length >>> 0).toString('latin1')), 'latin1');
  const entry_of = (folder, entry) => {
    const path = Buffer.concat([folder, Buffer.from('/'), entry.name]);
    const kind = or_else(kinds.none, () => kind_of(statSync(path)));
    // A link to a folder may lead back into it.
    const is_link = kind === kinds.folder && entry.isSymbolicLink();
    return { name: entry.name, kind: is_link ? kinds.other : kind };
  };
  const listed = (folder) => {
    const writer = new Writer();
    for (const entry of readdirSync(folder, { withFileTypes: true, encoding: 'buffer' })) {
      const { name, kind } = entry_of(folder, entry);
      writer.u8(kind);
      writer.bytes16(name);
    }
    return writer.written();
  };
  const bytes_in = (path, bytes_max) => {
    const facts = statSync(path);
    return facts.isFile() && facts.size <= bytes_max ? readFileSync(path) : null;
  };
  return {
    kind: (path, path_bytes) =>
      or_else(kinds.none, () => kind_of(statSync(path_at(path, path_bytes)))),
    entries: (folder, folder_bytes) =>
      or_else(cannot, () => keep(listed(path_at(folder, folder_bytes)))),
    read(path, path_bytes, bytes_max) {
      const bytes = or_else(null, () => bytes_in(path_at(path, path_bytes), bytes_max >>> 0));
      return bytes === null ? cannot : keep(bytes);
    },
    here: () => keep(Buffer.from(process.cwd())),
    take,
  };
}

const calls = ['postern_configure', 'postern_begin', 'postern_resume', 'postern_ledger'];

/** The gate: the module that is shipped, an instance for each start. */
export function engine_of(memory) {
  const { keep, take } = keeping(memory);
  let gate = null;
  const told = (action) => {
    try {
      return action();
    } catch (fault) {
      throw new Defect(`the module trapped: ${fault.message}`, { cause: fault });
    }
  };
  return {
    start() {
      gate = new WebAssembly.Instance(load_postern(), {}).exports;
      told(() => gate._initialize());
      if (gate.postern_abi_version() !== abi_version) {
        throw new Defect('postern.wasm and this library are not of one version');
      }
    },
    /** A frame that the gate does not take is answered by nothing. */
    call(which, frame, frame_bytes) {
      return told(() => {
        const room = gate.postern_input(frame_bytes) >>> 0;
        if (room === 0) {
          return keep(new Uint8Array());
        }
        new Uint8Array(gate.memory.buffer, room, frame_bytes)
          .set(new Uint8Array(memory(), frame >>> 0, frame_bytes));
        const length = gate[calls[which]](frame_bytes) >>> 0;
        return keep(new Uint8Array(gate.memory.buffer, gate.postern_output() >>> 0, length));
      });
    },
    take,
  };
}

export function host_of(memory) {
  return {
    seconds: () => performance.now() / 1000,
    defect(words, words_bytes) {
      throw new Defect(Buffer.from(memory(), words >>> 0, words_bytes >>> 0).toString('utf8'));
    },
  };
}
