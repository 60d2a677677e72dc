// The policy compiler, which is WebAssembly: text of a postern.toml in, a policy file and
// diagnostics out. compiler/request.h has the form of its requests and answers.

import { start_instance } from '../../hosts/fetch/instance.mjs';
import { Reader, Writer, bytes_of, text_of } from '../../hosts/fetch/wire.mjs';

export const request_version = 3;

const kind_text = 0;

/**
 * Compiles `text`, which diagnostics call `file`. `providers` are those that it may name, `{ slug,
 * file, text }`; `host` is what the host can do, `{ name, rate_periods_seconds,
 * rate_binding_prefix, queue_message_bytes_max, handlers }`; `values`, if given, are those of the
 * environment, which are checked and stand in no answer. Gives `{ policy, errors, warnings,
 * diagnostics }`: `policy` is null when there are errors. `compiled` is the compiler's
 * module, as `start_instance` takes it; each call has an instance of its own, since one that
 * trapped is of no use.
 */
export function compile_policy(compiled,
  { text, file = 'postern.toml', development = false, providers, host, values }) {
  const reader = new Reader(ask_compiler(compiled,
    encode_request({ text, file, development, providers, host, values })));
  const policy = reader.bytes32().slice();
  const json = text_of(reader.bytes32());
  reader.expect_end();
  return { policy: policy.byteLength === 0 ? null : policy, json, ...JSON.parse(json) };
}

/** Its answer to a request of any kind, as bytes. */
export function ask_compiler(compiled, request) {
  const exports = start_instance(compiled);
  if (exports.postern_compiler_version() !== request_version) {
    throw new Error('The compiler and this library are not of one version.');
  }
  const at = exports.postern_compiler_input(request.byteLength) >>> 0;
  if (at === 0) {
    throw new RangeError('The policy and its providers are longer than 16 MiB.');
  }
  new Uint8Array(exports.memory.buffer, at, request.byteLength).set(request);
  const length = exports.postern_compiler_run() >>> 0;
  const output = exports.postern_compiler_output() >>> 0;
  return new Uint8Array(exports.memory.buffer, output, length);
}

function encode_request({ text, file, development, providers, host, values }) {
  const writer = new Writer();
  writer.u8(request_version);
  writer.u8(kind_text);
  writer.u8(development ? 1 : 0);
  writer.text16(file);
  writer.bytes32(typeof text === 'string' ? bytes_of(text) : text);
  writer.list16(providers, (into, provider) => {
    into.text16(provider.slug);
    into.text16(provider.file);
    into.bytes32(bytes_of(provider.text));
  });
  write_host(writer, host);
  writer.u8(values === undefined ? 0 : 1);
  writer.list16(Object.entries(values ?? {}), (into, [name, value]) => {
    into.text16(name);
    into.bytes32(bytes_of(value));
  });
  return writer.written();
}

export function write_host(writer, host) {
  writer.text16(host.name);
  writer.list16(host.rate_periods_seconds, (into, seconds) => into.u32(seconds));
  writer.text16(host.rate_binding_prefix);
  writer.u32(host.queue_message_bytes_max);
  writer.u8(host.handlers ? 1 : 0);
}
