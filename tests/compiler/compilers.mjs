// Two builds of the policy compiler: the WebAssembly module, and the native one behind the same
// border. compiler/request.h has the form of what they are asked and what they answer.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';

import { hosts } from '../../contract/hosts.mjs';
import { root } from '../architecture/sources.mjs';

const module_file = join(root, 'build/postern_compiler.wasm');
const probe = join(root, 'build/native/tests/compiler_probe');

export const targets = ['production', 'development'];

/** Bytes that grow: integers little-endian, texts and bytes behind their length. */
class Frame {
  #parts = [];

  #integer(value, bytes) {
    const part = Buffer.alloc(bytes);
    part.writeUIntLE(value, 0, bytes);
    this.#parts.push(part);
  }

  u8(value) { this.#integer(value, 1); }
  u16(value) { this.#integer(value, 2); }
  u32(value) { this.#integer(value, 4); }

  text16(text) {
    const bytes = Buffer.from(text);
    this.#integer(bytes.length, 2);
    this.#parts.push(bytes);
  }

  bytes32(bytes) {
    this.#integer(bytes.length, 4);
    this.#parts.push(Buffer.from(bytes));
  }

  finish() { return Buffer.concat(this.#parts); }
}

/** The `*.toml` of a folder, as the compiler takes providers. */
export function providers_of(folder) {
  return readdirSync(join(root, folder)).filter((name) => name.endsWith('.toml'))
    .map((name) => ({
      slug: basename(name, '.toml'),
      file: `${folder}/${name}`,
      text: readFileSync(join(root, folder, name)),
    }));
}

/** Values that a policy of tests/lint brings in its head; undefined where it brings none. */
function values_in(text) {
  const pairs = [...text.matchAll(/^# env: ([^=\n]+)=(.*)$/gm)].map(([, name, value]) =>
    [name, value]);
  return pairs.length === 0 ? undefined : Object.fromEntries(pairs);
}

/** `{ file, text, providers, values }` of postern.toml and of every policy of tests/lint. */
export function lint_corpus() {
  const read = (file) => readFileSync(join(root, file), 'utf8');
  const lint_providers = providers_of('tests/lint/providers');
  return [
    { file: 'postern.toml', text: read('postern.toml'), providers: providers_of('wasm/providers') },
    ...readdirSync(join(root, 'tests/lint')).filter((name) => name.endsWith('.toml'))
      .map((name) => `tests/lint/${name}`)
      .map((file) => ({ file, text: read(file), providers: lint_providers })),
  ].map((policy) => ({ ...policy, values: values_in(policy.text) }));
}

/** `values` is an object, or nothing where no environment is known. */
export function encode_request({ target = 'production', file = 'postern.toml', text, providers,
  host = 'cloudflare', values }) {
  const frame = new Frame();
  frame.u8(3);
  frame.u8(0);
  frame.u8(targets.indexOf(target));
  frame.text16(file);
  frame.bytes32(text);
  frame.u16(providers.length);
  for (const provider of providers) {
    frame.text16(provider.slug);
    frame.text16(provider.file);
    frame.bytes32(provider.text);
  }
  frame.text16(host);
  const limits = hosts[host];
  frame.u16(limits.rate_periods_seconds.length);
  limits.rate_periods_seconds.forEach((seconds) => frame.u32(seconds));
  frame.text16(limits.rate_binding_prefix);
  frame.u32(limits.queue_message_bytes_max);
  frame.u8(limits.handlers ? 1 : 0);
  frame.u8(values === undefined ? 0 : 1);
  const entries = Object.entries(values ?? {});
  frame.u16(entries.length);
  for (const [name, value] of entries) {
    frame.text16(name);
    frame.bytes32(Buffer.from(value));
  }
  return frame.finish();
}

/** `{ policy, diagnostics }`: bytes, and what was parsed of the JSON. */
export function decode_answer(answer) {
  const policy = answer.subarray(4, 4 + answer.readUInt32LE(0));
  const json = answer.subarray(8 + policy.length);
  assert.equal(answer.readUInt32LE(4 + policy.length), json.length);
  return { policy, diagnostics: JSON.parse(json), json: json.toString() };
}

/** The module, in one instance. `run` gives a Buffer; empty for what is no request. */
export class ModuleCompiler {
  #exports;

  constructor() {
    const module = new WebAssembly.Module(readFileSync(module_file));
    this.#exports = new WebAssembly.Instance(module, {}).exports;
    this.#exports._initialize();
  }

  version() { return this.#exports.postern_compiler_version(); }

  /** Room for a request, as an address; 0 for one that is too long. */
  room(length) { return this.#exports.postern_compiler_input(length); }

  memory_bytes() { return this.#exports.memory.buffer.byteLength; }

  run(request) {
    const at = this.room(request.length);
    assert.notEqual(at, 0, `a request of ${request.length} bytes is too long`);
    new Uint8Array(this.#exports.memory.buffer, at, request.length).set(request);
    const length = this.#exports.postern_compiler_run();
    const from = this.#exports.postern_compiler_output();
    return Buffer.from(new Uint8Array(this.#exports.memory.buffer, from, length));
  }
}

export const read_module = () => readFileSync(module_file);

/** The native compiler's answers to a list of requests, in one process. */
export function run_natively(requests) {
  const prefixed = requests.flatMap((request) => {
    const length = Buffer.alloc(4);
    length.writeUInt32LE(request.length);
    return [length, request];
  });
  const output = execFileSync(probe, { input: Buffer.concat(prefixed), maxBuffer: 2 ** 30 });
  const answers = [];
  for (let at = 0; at < output.length;) {
    const length = output.readUInt32LE(at);
    answers.push(output.subarray(at + 4, at + 4 + length));
    at += 4 + length;
  }
  assert.equal(answers.length, requests.length);
  return answers;
}
