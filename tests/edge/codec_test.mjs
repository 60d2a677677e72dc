// The frame codec against frames written by hand from docs/ABI.md.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import * as forwarded from '../../build/contract/forwarded.mjs';
import * as kinds from '../../build/contract/kinds.mjs';
import * as limited from '../../build/contract/limited.mjs';
import {
  decode_configuration, decode_ledger, decode_step, encode_begin, encode_configure, encode_ledger,
  encode_resume, read_policy_head,
} from '../../hosts/fetch/effects.mjs';
import { MalformedFrame, Reader, Writer } from '../../hosts/fetch/wire.mjs';

const bytes = (hex) => new Uint8Array(Buffer.from(hex.replaceAll(' ', ''), 'hex'));
const hex = (pieces) => Buffer.concat(pieces).toString('hex');
const ascii = (text) => Buffer.from(text, 'latin1').toString('hex');

const delivery = {
  https: true,
  method: 'POST',
  path: '/h',
  query: 'a=1',
  client_address: '::1',
  headers: [['a', 'b']],
  body: bytes('7b7d'),
  body_bytes: 2,
  is_over_limit: false,
};
const token = bytes('000102030405060708090a0b0c0d0e0f');
const begin_head = (flags, tenant = '00') => '01' + '00e40b5402000000' +
  '000102030405060708090a0b0c0d0e0f' +
  flags + '0400' + ascii('POST') + '0200' + ascii('/h') + '0300' + ascii('a=1') + '0300' +
  ascii('::1') + tenant + '0100' + '0100' + ascii('a') + '0100' + ascii('b');

test('writes the first frame of a delivery with its body', () => {
  const frame = encode_begin(delivery, delivery.body, 10_000_000_000, token);
  assert.equal(hex(frame), begin_head('03') + '0200000000000000' + '02000000' + '7b7d');
});

test('writes the first frame of a delivery whose body the module may ask for', () => {
  const frame = encode_begin(delivery, null, 10_000_000_000, token);
  assert.equal(hex(frame), begin_head('01') + '0200000000000000' + '02000000' + '7b7d');
});

test('shows no more than the beginning of a body that the module may ask for', () => {
  const body = new Uint8Array(5000).map((_, at) => at);
  const frame = encode_begin({ ...delivery, body, body_bytes: 5000 }, null, 10_000_000_000, token);
  assert.equal(hex(frame),
    begin_head('01') + '8813000000000000' + '80000000' + hex([body.subarray(0, 128)]));
});

test('says whose a delivery is, where the host knows, and that it is nobody\'s', () => {
  const of = (tenant) => hex(encode_begin({ ...delivery, tenant }, null, 10_000_000_000, token));
  const rest = '0200000000000000' + '02000000' + '7b7d';
  assert.equal(of('acme'), begin_head('01', '01' + '0400' + ascii('acme')) + rest);
  assert.equal(of(''), begin_head('01', '01' + '0000') + rest);
  assert.equal(of(null), begin_head('01') + rest);
});

test('says that a body went over its limit, and over plain HTTP', () => {
  const over = { ...delivery, https: false, body: null, is_over_limit: true, body_bytes: 65536 };
  const frame = encode_begin(over, null, 10_000_000_000, token);
  assert.equal(hex(frame), begin_head('04') + '0000010000000000' + '00000000');
});

test('cuts a header that is too long for a frame to the longest that fits', () => {
  const headers = [['long', 'x'.repeat(70_000)], ['wide', 'é'.repeat(40_000)]];
  const reader = new Reader(encode_begin({ ...delivery, headers }, null, 0, token)[0]);
  reader.raw(1 + 8 + 16 + 1);
  for (let i = 0; i < 4; i += 1) {
    reader.text16();
  }
  assert.equal(reader.u8(), 0);
  assert.equal(reader.u16(), 2);
  assert.equal(reader.text16(), 'long');
  assert.equal(reader.bytes16().byteLength, 65535);
  assert.equal(reader.text16(), 'wide');
  assert.equal(reader.bytes16().byteLength, 65535);
});

test('gives back outcomes behind their ticket', () => {
  const resume = (kind, outcome, body) =>
    hex(encode_resume({ kind, ticket: bytes('aabb') }, outcome, body, 1));
  const head = '01' + '0100000000000000' + '02000000' + 'aabb';
  assert.equal(resume(kinds.supply_body, null, bytes('7b7d')), `${head}01020000007b7d01`);
  assert.equal(resume(kinds.mac, [bytes('0102'), bytes('03')], null),
    `${head}00` + '02' + '01' + '0200' + '0200' + '0102' + '0100' + '03');
  assert.equal(resume(kinds.mac, null, null), `${head}00` + '02' + '00');
  assert.equal(resume(kinds.check_signature, [1, 2, 0], null), `${head}00` + '030300010200');
  assert.equal(resume(kinds.fetch_key, bytes('ff'), null), `${head}00` + '040101000000ff');
  assert.equal(resume(kinds.fetch_key, null, null), `${head}00` + '0400');
  assert.equal(resume(kinds.claim, bytes('0909'), null), `${head}00` + '060102000909');
  assert.equal(resume(kinds.commit, null, null), `${head}00` + '0800');
  assert.equal(resume(kinds.release, bytes(''), null), `${head}00` + '09010000');
  assert.equal(resume(kinds.forward, { kind: forwarded.reset }, null), `${head}00` + '0a04');
  assert.equal(resume(kinds.forward, { kind: forwarded.done }, null), `${head}00` + '0a05');
  const response = {
    kind: forwarded.response, status: 404, content_type: 'a', retry_after: '7',
    body: bytes('6e6f'),
  };
  assert.equal(resume(kinds.forward, response, null), `${head}00` +
    '0a01' + '9401' + '0100' + '61' + '0100' + '37' + '02000000' + '6e6f');
  assert.equal(resume(kinds.answer, null, null), `${head}00` + '0b');
  assert.equal(resume(kinds.limit, limited.denied, null), `${head}00` + '0502');
  assert.equal(resume(kinds.accept, bytes('0102'), null), `${head}00` + '0701' + '0200' + '0102');
  assert.equal(resume(kinds.accept, null, null), `${head}00` + '0700');
  assert.equal(resume(kinds.enqueue, true, null), `${head}00` + '0f01');
  assert.equal(resume(kinds.enqueue, false, null), `${head}00` + '0f00');
  assert.equal(resume(kinds.retry_later, token, null),
    `${head}00` + '0d' + '000102030405060708090a0b0c0d0e0f');
});

const step = (kind, payload, flags = '00') =>
  decode_step(bytes(`01${kind}${flags}0200aabb${payload}`));

test('reads every effect', () => {
  assert.deepEqual(step('01', '', '01'),
    { kind: 1, wants_body: true, ticket: bytes('aabb') });
  assert.deepEqual(
    step('02', '0100' + '03' + '0500' + '02' + '00' + '0200' + '742e' + '01').requests,
    [{ hash: 3, key: 5, content: [bytes('742e'), null] }]);
  assert.deepEqual(
    step('03', '0100' + '06' + '01' + '0100' + '4b' + '0100' + '53' + '01' + '01').checks,
    [{ algorithm: 6, key_format: 1, key: bytes('4b'), signature: bytes('53'), content: [null] }]);
  const fetch_key = step('04', '0100' + ascii('u') + '00400000' + '100e0000' + '0100' +
    ascii('s') + '0a00');
  assert.deepEqual([fetch_key.source, fetch_key.fetches_per_minute], ['s', 10]);
  assert.deepEqual([fetch_key.url, fetch_key.bytes_max, fetch_key.cache_seconds],
    ['u', 16384, 3600]);
  const key = '11'.repeat(32);
  const claim_text = '0100' + ascii('s') + key + 'd0070000' + '0300' + '010203';
  const claim = step('06', claim_text + '00');
  assert.deepEqual([claim.shard, claim.key, claim.wait_ms, claim.operation, claim.copy],
    ['s', bytes(key), 2000, bytes('010203'), null]);
  assert.deepEqual(step('06', claim_text + '01' + '22'.repeat(32) + '0100' + '04').copy,
    { key: bytes('22'.repeat(32)), operation: bytes('04') });
  assert.throws(() => step('06', claim_text + '02'), MalformedFrame);
  for (const kind of ['08', '09']) {
    const settle = step(kind, '0100' + ascii('s') + key + '0300' + '010203');
    assert.deepEqual([settle.shard, settle.key, settle.operation],
      ['s', bytes(key), bytes('010203')]);
  }
  const forward = step('0a', '0300' + ascii('PUT') + '0100' + ascii('u') + '0100' + '0100' +
    ascii('a') + '0100' + ascii('b') + '401f0000' + '00000100');
  assert.deepEqual(
    [forward.method, forward.url, forward.headers, forward.timeout_ms, forward.answer_bytes_max],
    ['PUT', 'u', [['a', 'b']], 8000, 65536]);
  const answer = step('0b', '01' + 'c800' + '0000' + '02000000' + ascii('ok') + '02000000' +
    ascii('{}'));
  assert.deepEqual([answer.is_final, answer.status, answer.headers, answer.record],
    [true, 200, [], '{}']);
  assert.deepEqual(answer.body, bytes(ascii('ok')));
  for (const kind of ['0c', '0e']) {
    assert.equal(step(kind, '02000000' + ascii('{}')).record, '{}');
  }
  const limit = step('05', '0100' + ascii('b') + '58020000' + '3c000000');
  assert.deepEqual([limit.bucket, limit.requests, limit.period_seconds], ['b', 600, 60]);
});

test('reads the effects of queue mode', () => {
  const [one, two] = ['11', '22'].map((byte) => byte.repeat(32));
  const accept = step('07', '0100' + ascii('s') + '02' +
    one + '0200' + 'aabb' + '0300' + '010203' + '01' + two + '0100' + 'dd' + '0100' + '04' +
    two + '0100' + 'cc' + '0100' + '05' + '00');
  assert.equal(accept.shard, 's');
  assert.deepEqual(accept.entries, [
    {
      key: bytes(one), ticket: bytes('aabb'), operation: bytes('010203'),
      copy: { key: bytes(two), ticket: bytes('dd'), operation: bytes('04') },
    },
    { key: bytes(two), ticket: bytes('cc'), operation: bytes('05'), copy: null },
  ]);
  const retry = step('0d', '60ea0000' + '02000000' + ascii('{}'));
  assert.deepEqual([retry.delay_ms, retry.record], [60_000, '{}']);
  const references = step('0f', '00' + '0100' + ascii('s') + '02' + one + two);
  assert.deepEqual([references.shard, references.keys], ['s', [bytes(one), bytes(two)]]);
  assert.deepEqual(step('0f', '01' + '0200' + 'aabb').whole, bytes('aabb'));
  assert.throws(() => step('0f', '02' + '0200' + 'aabb'), MalformedFrame);
});

test('refuses a step that is cut anywhere, longer, or of an unknown kind, version or piece', () => {
  const whole = '010a00' + '0200aabb' + '0300' + ascii('PUT') + '0100' + ascii('u') +
    '0000' + '401f0000' + '00000100';
  decode_step(bytes(whole));
  for (let length = 0; length < whole.length; length += 2) {
    assert.throws(() => decode_step(bytes(whole.slice(0, length))), MalformedFrame);
  }
  assert.throws(() => decode_step(bytes(`${whole}00`)), MalformedFrame);
  assert.throws(() => decode_step(bytes('020100' + '0000')), MalformedFrame);
  assert.throws(() => decode_step(bytes('016300' + '0000')), MalformedFrame);
  assert.throws(() => step('02', '0100' + '03' + '0500' + '01' + '01' + '02'), MalformedFrame);
});

test('reads the head of a policy file', () => {
  const policy = bytes(`${ascii('POSTERN5')}21000080` + '0200' +
    `0100${ascii('A')}` + `0200${ascii('BC')}` +
    '02000000' + '0908' + 'ffff');
  const { features, setting_names, rehearsal } = read_policy_head(policy);
  assert.equal(features, 2 ** 0 + 2 ** 5 + 2 ** 31);
  assert.deepEqual(setting_names, ['A', 'BC']);
  assert.equal(hex([rehearsal]), '0908');
  assert.throws(() => read_policy_head(bytes(`${ascii('POSTERN1')}0000`)), MalformedFrame);
});

test('hands the settings over in order, behind the policy', () => {
  assert.equal(hex(encode_configure(bytes('0908'), ['é', ''])),
    '01' + '02000000' + '0908' + '0200' + '0200c3a9' + '0000');
});

test('reads what the module made of its configuration', () => {
  const configuration = decode_configuration(bytes('01' + '00030000' +
    '0100' + `0200${ascii('/h')}` + '0000100000000000' +
    '0100' + '03' + '0200' + '6b6b' +
    '0100' + `0100${ascii('s')}` + '02' +
    '0100' + `0100${ascii('s')}` + '4800'));
  assert.equal(configuration.mac_inline_bytes_max, 768);
  assert.deepEqual([...configuration.body_bytes_max], [['/h', 1048576]]);
  assert.deepEqual(configuration.keys, [{ hash: 3, bytes: bytes('6b6b') }]);
  assert.deepEqual(configuration.problems, [{ source: 's', problem: 2 }]);
  assert.deepEqual(configuration.algorithms, [{ source: 's', algorithms: 0b1001000 }]);
});

test('carries a ledger call', () => {
  assert.equal(hex(encode_ledger(bytes(''), bytes('0102'), 5, 4)),
    '01' + '0500000000000000' + '0400000000000000' + '0000' + '0200' + '0102');
  assert.deepEqual(
    decode_ledger(bytes('01' + '02' + '0600000000000000' + '0a00000000000000' + '0100' + '07' +
      '03' + '0800000000000000' + '0100' + '09')),
    {
      keep: 2, expires_ms: 6, due_ms: 10, row: bytes('07'), answer: 3, wait_ms: 8,
      reply: bytes('09'),
    });
});

test('a writer grows, and refuses a text that no length can say', () => {
  for (const [field, size] of [['u8', 1], ['u16', 2], ['u32', 4], ['u64', 8]]) {
    const fields = new Writer();
    for (let value = 0; value < 10_000; value += 1) {
      fields[field](value % 256);
    }
    assert.equal(fields.written().byteLength, 10_000 * size);
    assert.equal(new Reader(fields.written().subarray(-size))[field](), 9999 % 256);
  }
  const writer = new Writer();
  writer.text16('a'.repeat(3000));
  writer.bytes32(new Uint8Array(10_000).fill(7));
  assert.equal(writer.written().byteLength, 2 + 3000 + 4 + 10_000);
  assert.equal(writer.written().at(-1), 7);
  assert.throws(() => writer.text16('é'.repeat(32768)), MalformedFrame);
});

test('an integer that a number cannot hold is refused', () => {
  assert.equal(new Reader(bytes('ffffffffffff1f00')).u64(), Number.MAX_SAFE_INTEGER);
  assert.throws(() => new Reader(bytes('0000000000002000')).u64(), MalformedFrame);
});
