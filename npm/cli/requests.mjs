// What a command asks the compiler's module, and what it is answered: compiler/commands/
// command_request.h has the form. Texts are those of texts.mjs.

import * as cloudflare_limits from '../../build/contract/cloudflare.mjs';
import * as local_limits from '../../build/contract/local.mjs';
import { Reader, Writer } from '../../hosts/fetch/wire.mjs';
import { ask_compiler, request_version, write_host } from '../lib/compiler.mjs';
import { load_compiler } from '../lib/load/node.mjs';

import { bytes_of_text } from './texts.mjs';

const kinds = { lint: 1, compile: 2, names: 3, providers: 4, init: 5 };

const faults_of_files = [
  'policy_unreadable', 'provider_unreadable', 'providers_unreadable', 'values_unreadable',
  'configuration_unreadable', 'output_is_policy', 'output_unwritable', 'file_exists',
  'file_unwritable',
];

const hosts = {
  cloudflare: { name: 'cloudflare', ...cloudflare_limits },
  local: { name: 'local', ...local_limits },
};

const text16 = (writer, text) => writer.bytes16(bytes_of_text(text));

function write_fault(writer, { fault, file, why = '' }) {
  writer.u8(faults_of_files.indexOf(fault));
  text16(writer, file);
  text16(writer, why);
}

function write_provider(writer, { slug, file, bytes }) {
  text16(writer, slug);
  text16(writer, file);
  writer.bytes32(bytes);
}

/** Of what `read_given` gives. */
function write_file(writer, { name, bytes, why }) {
  text16(writer, name);
  writer.truth(bytes !== null);
  writer.bytes32(bytes ?? bytes_of_text(why));
}

function write_value(writer, [name, value]) {
  writer.bytes16(Buffer.from(name));
  writer.bytes32(Buffer.from(value));
}

function write_problem(writer, { source, problem }) {
  writer.u8(problem);
  writer.text16(source);
}

const writers = {
  lint(writer, input) {
    write_file(writer, input.policy);
    writer.optional(input.values_file, write_file);
    writer.optional(input.configuration, write_file);
    writer.truth(input.checks_environment);
    writer.list16(Object.entries(process.env), write_value);
    writer.truth(input.format === 'json');
    writer.truth(input.strict);
    writer.list16(input.problems, write_problem);
  },
  compile(writer, { policy, is_development, origin, output }) {
    write_file(writer, policy);
    writer.truth(is_development);
    text16(writer, origin);
    text16(writer, output);
  },
  names(writer, { policy, is_json }) {
    write_file(writer, policy);
    writer.truth(is_json);
  },
  providers(writer, { name }) {
    text16(writer, name);
  },
  init(writer, { sample, names, is_node, gitignore, is_printed, written }) {
    writer.bytes32(sample);
    writer.list16(names, text16);
    writer.truth(is_node);
    writer.optional(gitignore, (into, text) => into.bytes32(text));
    writer.truth(is_printed);
    writer.list16(written, text16);
  },
};

/**
 * Asks for `kind`: `setting` is `{ stream, providers, faults, faults_of_writing, host }`, `stream`
 * the one that diagnostics go to, `host` a name of `hosts`; `input` what its writer above takes.
 * Gives `{ out, err, exit, files, values }`: bytes, and `[{ name, bytes }]`.
 */
export function ask(kind, setting, input) {
  const { stream, providers, faults, faults_of_writing = [], host = 'cloudflare' } = setting;
  const writer = new Writer();
  writer.u8(request_version);
  writer.u8(kinds[kind]);
  writer.truth(Boolean(stream.isTTY) && !process.env.NO_COLOR);
  writer.list16(faults, write_fault);
  writer.list16(faults_of_writing, write_fault);
  writer.list16(providers, write_provider);
  write_host(writer, hosts[host]);
  writers[kind](writer, input);
  return read_answer(ask_compiler(load_compiler(), writer.written()));
}

function read_answer(bytes) {
  const reader = new Reader(bytes);
  const answer = {
    out: reader.bytes32(),
    err: reader.bytes32(),
    exit: reader.u8(),
    files: reader.list16((from) => ({ name: from.text16(), bytes: from.bytes32() })),
    values: reader.list16((from) => from.text32()),
  };
  reader.expect_end();
  return answer;
}
