// What a command asks the modules of the compiler and of the harness, and what it is answered.
// Texts are those of texts.mjs.

import { Writer } from '../../hosts/fetch/wire.mjs';
import {
  read_answer, text16, text32, write_file, write_setting,
} from '../lib/command_form.mjs';
import { ask_compiler, request_version } from '../lib/compiler.mjs';
import { ask_harness } from '../lib/harness.mjs';
import { load_compiler } from '../lib/load/compiler/node.mjs';

const kinds = { lint: 1, compile: 2, names: 3, providers: 4, init: 5 };

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
  providers(writer, input) {
    text16(writer, input.name);
    text16(writer, input.algorithm);
    writer.truth(input.is_signed);
    writer.truth(input.has_challenge);
    writer.truth(input.is_json);
    writer.optional(input.request, write_file);
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

/** Of the harness: harness/portable/harness_request.h. */
const harness_writers = {
  sign(writer, input) {
    text32(writer, input.provider);
    write_secret(writer, input.secret);
    writer.optional(input.at, (into, at) => into.u64(at));
    writer.u64(input.now);
    text32(writer, input.id);
    text32(writer, input.url);
    text32(writer, input.event_type);
    writer.optional(input.method, text32);
    writer.list16(input.headers, text32);
    writer.u8(['headers', 'curl', 'json'].indexOf(input.form));
    text32(writer, input.curl);
    writer.optional(input.body, write_file);
  },
  send_session: write_send,
  send: write_send,
  sent(writer, input) {
    write_send(writer, input);
    writer.u16(input.answer.status);
    writer.u32(input.answer.milliseconds);
    writer.optional(input.answer.record, text32);
  },
  replay(writer, input) {
    writer.list16(input.patterns, text32);
    text32(writer, input.filter);
    text32(writer, input.engine);
    writer.list16(input.reports, text32);
    writer.truth(input.is_table);
    writer.truth(input.is_list);
    writer.truth(input.is_coloured);
    writer.u32(input.columns);
    text32(writer, input.origin);
    text32(writer, input.records);
    writer.optional(input.policy, write_file);
    writer.optional(input.settings, write_file);
  },
};

function write_secret(writer, { variable, value, file, key_file }) {
  text32(writer, variable);
  writer.bytes32(Buffer.from(value));
  writer.optional(file, write_file);
  writer.optional(key_file, write_file);
}

function write_send(writer, input) {
  const { sample, session } = input;
  const bytes32 = (into, bytes) => into.bytes32(bytes);
  text32(writer, input.program);
  text32(writer, input.provider);
  text32(writer, input.providers);
  writer.u8(['genuine', 'forged', 'again'].indexOf(input.kind));
  text32(writer, input.event_type);
  text32(writer, input.body_file);
  writer.optional(input.body, write_file);
  [sample.json, sample.form, sample.event].forEach((one) => writer.optional(one, bytes32));
  text32(writer, input.to);
  text32(writer, input.url);
  write_secret(writer, input.secret);
  [session.gate, session.policy, session.settings, session.records, input.session_file]
    .forEach((text) => text32(writer, text));
  [input.session_text, input.policy, input.settings]
    .forEach((file) => writer.optional(file, write_file));
  writer.optional(input.last, bytes32);
  text32(writer, input.expected);
  writer.u64(input.now_ms);
}

/**
 * Asks for `kind`: `setting` is `{ stream, providers, faults, faults_of_writing, host }`, `stream`
 * the one that diagnostics go to, `host` a name of `hosts`; `input` what its writer above takes;
 * `outside_of` is for those of the harness that send something.
 * Gives `{ out, err, exit, files, values }`: bytes, and `[{ name, bytes }]`.
 */
export function ask(kind, { stream, ...setting }, input, outside_of) {
  const is_coloured = Boolean(stream.isTTY) && !process.env.NO_COLOR;
  if (harness_writers[kind] !== undefined) {
    return ask_harness(kind, (writer) => {
      write_setting(writer, { is_coloured, ...setting });
      harness_writers[kind](writer, input);
    }, outside_of);
  }
  const writer = new Writer();
  writer.u8(request_version);
  writer.u8(kinds[kind]);
  write_setting(writer, { is_coloured, ...setting });
  writers[kind](writer, input);
  return read_answer(ask_compiler(load_compiler(), writer.written()));
}
