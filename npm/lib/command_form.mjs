// What the requests and answers of commands have, whatever their kind: compiler/commands/
// command_request.h has the form. Texts are bytes, a character each (npm/cli/texts.mjs).

import * as cloudflare_limits from '../../build/contract/cloudflare.mjs';
import * as local_limits from '../../build/contract/local.mjs';
import { Reader } from '../../hosts/fetch/wire.mjs';

import { write_host } from './compiler.mjs';

const faults_of_files = [
  'policy_unreadable', 'provider_unreadable', 'providers_unreadable', 'values_unreadable',
  'configuration_unreadable', 'output_is_policy', 'output_unwritable', 'file_exists',
  'file_unwritable',
];

const hosts = {
  cloudflare: { name: 'cloudflare', ...cloudflare_limits },
  local: { name: 'local', ...local_limits },
};

const bytes_of_text = (text) => Buffer.from(text, 'latin1');

export const text16 = (writer, text) => writer.bytes16(bytes_of_text(text));
export const text32 = (writer, text) => writer.bytes32(bytes_of_text(text));

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

/** What stands behind a request's kind; `host` is a name of `hosts`. */
export function write_setting(writer,
  { is_coloured, providers, faults = [], faults_of_writing = [], host = 'cloudflare' }) {
  writer.truth(is_coloured);
  writer.list16(faults, write_fault);
  writer.list16(faults_of_writing, write_fault);
  writer.list16(providers, write_provider);
  write_host(writer, hosts[host]);
}

/** A provider's file as `write_setting` takes it. */
export const with_bytes = ({ slug, file, text }) => ({ slug, file, bytes: Buffer.from(text) });

/** A file as `{ name, bytes, why }`; `bytes` is null where it could not be read. */
export function write_file(writer, { name, bytes, why }) {
  text16(writer, name);
  writer.truth(bytes !== null);
  writer.bytes32(bytes ?? bytes_of_text(why));
}

/** `{ out, err, exit, files, values }`: bytes, and `[{ name, bytes }]`. */
export function read_answer(bytes) {
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
