// What stands around a running gate, for the harness's module: harness/wasm/imported_outside.cpp
// says what each function gives. Texts are bytes, a character each.

import { Reader, Writer } from '../../hosts/fetch/wire.mjs';

import { exit } from './exit_codes.mjs';
import { GateLog } from './gate_log.mjs';
import { Refused } from './refused.mjs';
import { WaitingClient, pause } from './waiting_client.mjs';

/** How long the record of an answered delivery may take to stand in the gate's log. */
const record_wait_ms = 3000;

const text_of = (bytes) => Buffer.from(bytes).toString('latin1');
const bytes_of = (text) => Buffer.from(text, 'latin1');

function read_request(bytes) {
  const reader = new Reader(bytes);
  const request = {
    method: text_of(reader.bytes16()), url: text_of(reader.bytes32()),
    headers: reader.list16((from) => [text_of(from.bytes16()), text_of(from.bytes32())]),
    body: reader.bytes32().slice(), timeout_ms: reader.u32(),
  };
  reader.expect_end();
  return request;
}

function answer_frame({ status, headers, body, milliseconds }) {
  const writer = new Writer();
  writer.u16(status);
  writer.list16(Object.entries(headers), (into, [name, value]) => {
    into.bytes16(bytes_of(name));
    into.bytes32(bytes_of([value].flat().join(', ')));
  });
  writer.bytes32(body);
  writer.u32(milliseconds);
  return writer.written();
}

/** Its functions block: sent from a thread of its own, waited for in this one. */
export function outside_of(memory) {
  const client = new WaitingClient();
  let log;
  let kept;
  const keep = (bytes) => {
    kept = bytes;
    return bytes.byteLength;
  };
  const bytes_at = (at, length) => new Uint8Array(memory(), at >>> 0, length >>> 0);
  const text_at = (at, length) => text_of(bytes_at(at, length));
  return {
    follow(name, name_bytes) {
      log = new GateLog(text_at(name, name_bytes));
    },
    send: (request, request_bytes) =>
      keep(answer_frame(client.send(read_request(bytes_at(request, request_bytes))))),
    record(delivery, delivery_bytes) {
      const text = log.wait_for_record(text_at(delivery, delivery_bytes), record_wait_ms);
      return text === null ? -1 : keep(bytes_of(text));
    },
    take(output) {
      new Uint8Array(memory(), output >>> 0, kept.byteLength).set(kept);
    },
    now: () => Date.now(),
    pause,
    unreachable(words, words_bytes) {
      throw new Refused(exit.unavailable, text_at(words, words_bytes));
    },
    unreadable(words, words_bytes) {
      throw new Refused(exit.unreadable, text_at(words, words_bytes));
    },
  };
}
