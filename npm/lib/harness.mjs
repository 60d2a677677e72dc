// The harness as WebAssembly: what signs as providers do, for the command and for tests.
// harness/portable/harness_request.h has the form of its requests. It has no cryptography of its
// own: that is Node's, which Deno and Bun have too.

import { Writer } from '../../hosts/fetch/wire.mjs';

import { read_answer } from './command_form.mjs';
import { engine_of, files_of, host_of } from './harness_host.mjs';
import { load_harness } from './load/harness.mjs';
import { cryptography_of } from './node_cryptography.mjs';

const version = 1;

export const kinds = {
  sign: 1, delivery: 2, send_session: 3, send: 4, sent: 5, replay: 6, cases: 7,
};

/** For requests that send nothing. */
const nothing_outside = () => Object.fromEntries(
  ['follow', 'send', 'record', 'take', 'now', 'pause', 'unreachable', 'unreadable']
    .map((name) => [name, () => {
      throw new Error(`The harness asked for ${name}, and nothing is outside.`);
    }]));

/**
 * Its answer to a request of `kind`, whose rest `write(writer)` writes. `outside_of(memory)` gives
 * what harness/wasm/imported_outside.cpp imports.
 */
export function ask_harness(kind, write, outside_of = nothing_outside) {
  const writer = new Writer();
  writer.u8(version);
  writer.u8(kinds[kind]);
  write(writer);
  return read_answer(answer_of(writer.written(), outside_of));
}

/** The instance with nothing outside that answered last. One that trapped is not kept. */
let kept;

function make_instance(outside_of) {
  const memory = () => exports.memory.buffer;
  const { exports } = new WebAssembly.Instance(load_harness(), {
    cryptography: cryptography_of(memory), files: files_of(memory), engine: engine_of(memory),
    host: host_of(memory), outside: outside_of(memory),
  });
  exports._initialize();
  if (exports.postern_harness_version() !== version) {
    throw new Error('The harness and this library are not of one version.');
  }
  return exports;
}

function answer_of(request, outside_of) {
  const is_closed = outside_of === nothing_outside;
  const exports = (is_closed ? kept : undefined) ?? make_instance(outside_of);
  kept = is_closed ? undefined : kept;
  const at = exports.postern_harness_input(request.byteLength) >>> 0;
  if (at === 0) {
    throw new RangeError(`${request.byteLength} bytes of files and providers are too many.`);
  }
  new Uint8Array(exports.memory.buffer, at, request.byteLength).set(request);
  const length = exports.postern_harness_run() >>> 0;
  const output = exports.postern_harness_output() >>> 0;
  const answer = new Uint8Array(exports.memory.buffer, output, length).slice();
  kept = is_closed ? exports : kept;
  return answer;
}
