// The module's instance: started when needed, dropped at the first doubt.

import { abi_version, decode_configuration } from './effects.mjs';
import { start_instance } from './instance.mjs';

/**
 * An instance whose memory has grown beyond this is replaced before the next call. Memory never
 * shrinks, and an isolate has some 128 MiB for everything. Deliveries of a few MiB stay below it.
 */
export const memory_bytes_high_water = 16 << 20;

/** The module trapped, refused a frame, or could not be started. Its instance is gone. */
export class ModuleFailure extends Error {
  name = 'ModuleFailure';
  /** No instance could be made: it says nothing of the frame that was to be handed over. */
  is_of_start = false;
}

/**
 * Owns at most one instance of a compiled module and hands frames to it. Whatever goes wrong in a
 * call costs the instance, because a trap leaves its stack pointer where it was; the next call
 * starts a fresh one. Deliveries under way lose nothing: their tickets are with the host. Nothing
 * here awaits, so calls never interleave.
 */
export class Module {
  #compiled;
  #configure_frame;
  #expect;
  #exports = null;
  #configuration = null;
  #starts = 0;

  /**
   * `compiled` as `start_instance` takes it; `configure_frame` as `encode_configure` makes it, null
   * where only `ledger` is called. `expect` looks at the exports of each instance before it is
   * configured, and throws for what will not do.
   */
  constructor(compiled, configure_frame, expect = () => {}) {
    this.#compiled = compiled;
    this.#configure_frame = configure_frame;
    this.#expect = expect;
  }

  /** What the module made of its policy and settings. Throws a `ModuleFailure` as a call does. */
  get configuration() {
    this.#ensure_started();
    return this.#configuration;
  }

  /** How often an instance had to be started again. */
  get restarts() {
    return Math.max(0, this.#starts - 1);
  }

  /** Drops the instance, whose memory is the most of what this takes, until the next call. */
  rest() {
    this.#exports = null;
  }

  begin(frame) {
    return this.#call('postern_begin', frame);
  }

  resume(frame) {
    return this.#call('postern_resume', frame);
  }

  ledger(frame) {
    return this.#call('postern_ledger', frame);
  }

  /** Gives a copy of the answer frame. Throws a `ModuleFailure`, and then has no instance. */
  #call(name, frame) {
    this.#ensure_started();
    const answer = this.#guard(() => exchange(this.#exports, name, frame));
    if (this.#exports.memory.buffer.byteLength > memory_bytes_high_water) {
      this.#exports = null;
    }
    return answer;
  }

  #ensure_started() {
    if (this.#exports !== null) {
      return;
    }
    try {
      this.#guard(() => this.#start());
    } catch (failure) {
      failure.is_of_start = true;
      throw failure;
    }
  }

  #start() {
    const exports = start_instance(this.#compiled);
    this.#starts += 1;
    if (exports.postern_abi_version() !== abi_version) {
      throw new ModuleFailure('the module speaks another version');
    }
    if (this.#configure_frame !== null) {
      this.#expect(exports);
      const answer = exchange(exports, 'postern_configure', this.#configure_frame);
      this.#configuration = decode_configuration(answer);
    }
    this.#exports = exports;
  }

  #guard(action) {
    try {
      return action();
    } catch (failure) {
      this.#exports = null;
      throw failure instanceof ModuleFailure
        ? failure
        : new ModuleFailure(`${failure.name}: ${failure.message}`, { cause: failure });
    }
  }
}

/** `pieces` make one frame. A view of the memory is empty once a call has let it grow. */
function exchange(exports, name, pieces) {
  let length = 0;
  for (const piece of pieces) {
    length += piece.byteLength;
  }
  const input = exports.postern_input(length) >>> 0;
  if (input === 0) {
    throw new ModuleFailure('a frame is over the limit of the module');
  }
  const memory = new Uint8Array(exports.memory.buffer);
  let position = input;
  for (const piece of pieces) {
    memory.set(piece, position);
    position += piece.byteLength;
  }
  const answer_length = exports[name](length) >>> 0;
  if (answer_length === 0) {
    throw new ModuleFailure(`${name} refused a frame as malformed`);
  }
  const output = exports.postern_output() >>> 0;
  const answered = memory.byteLength === 0 ? new Uint8Array(exports.memory.buffer) : memory;
  return answered.slice(output, output + answer_length);
}
