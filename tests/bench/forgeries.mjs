// What a forgery costs beside a genuine delivery of its size, in the shipped module and WebCrypto
// under Node: CPU time of all threads.

import { make_generation, make_policy } from '../differential/compare.mjs';
import { make_random } from '../differential/random.mjs';
import { senders } from '../differential/senders.mjs';

import {
  format_ratio, format_us, interleaved, median, print_table, size_name,
} from './measure.mjs';

const sizes = [4 << 10, 60 << 10, 1 << 20];
const signed_at = 1_700_000_000;
const now_ms = signed_at * 1000;

const repeated = (piece, bytes) => piece.repeat(Math.ceil(bytes / piece.length)).slice(0, bytes);

/** Names that differ in their last characters only, the wrong way round. */
function near_equal_form(fields, bytes) {
  const common = 'n'.repeat(Math.floor(bytes / fields) - 8);
  return Array.from({ length: fields }, (_, i) => `${common}${1000 + fields - i}=v`).join('&');
}

/** Bodies of some `bytes`; what a sender would send is the first. */
const shapes = [
  { name: 'as genuine', make: (_, genuine) => genuine },
  { name: 'spaces', make: (bytes) => ' '.repeat(bytes) },
  { name: 'numbers', make: (bytes) => `[1${repeated(',1', bytes - 3)}]` },
  { name: 'escaped names', make: (bytes) => `{"a":1${repeated(',"\\u0069d":1', bytes - 20)}}` },
  { name: 'escaped text', make: (bytes) => `{"id":"${'\\u0061'.repeat(bytes / 6 - 2)}"}` },
  { name: '256 fields', make: (bytes) => near_equal_form(256, bytes) },
  { name: '257 fields', make: (bytes) => near_equal_form(257, bytes) },
  { name: 'ampersands', make: (bytes) => '&'.repeat(bytes) },
  { name: 'escaped field', make: (bytes) => `a=${repeated('%20', bytes - 2)}` },
];

/** `body` made longer in its own format. */
function padded(body, bytes) {
  const [before, after, rest] = body[0] === 0x7b
    ? ['{"pad":"', '",', body.subarray(1)]
    : ['Pad=', '&', body];
  const missing = Math.max(0, bytes - before.length - after.length - rest.byteLength);
  return Buffer.concat([Buffer.from(before + 'x'.repeat(missing) + after), rest]);
}

/** The body of a sender's first delivery that has members, or fields where it signs those. */
function sample_of(sender, random) {
  for (;;) {
    const body = sender.body(random);
    const is_usual = sender.signs_sorted_forms === true
      ? body[0] !== 0x7b && body.includes('=')
      : body[0] === 0x7b;
    if (is_usual && body.byteLength > 16 && body.byteLength < 2000) {
      return body;
    }
  }
}

/** A delivery over `body`, signed by `secret`; where that cannot sign it, as `otherwise` is. */
function signed_by(context, secret, body, otherwise) {
  try {
    return { method: 'POST', query: '', ...context.sender.sign({ ...context, secret, body }), body,
      now_ms };
  } catch {
    return { ...otherwise, body };
  }
}

/** CPU time of one delivery in microseconds, as a mean of some. */
async function cpu_us(gate, path, delivery, count) {
  const before = process.cpuUsage();
  for (let i = 0; i < count; i += 1) {
    gate.forget();
    await gate.deliver(path, delivery);
  }
  const { user, system } = process.cpuUsage(before);
  return (user + system) / count;
}

async function measure(sender, bytes, { rounds }) {
  const { sources, policy } = make_policy(sender);
  const { gate, secrets_by_path } = make_generation(sender, sources, policy, 0);
  const random = make_random(`forgeries/${sender.name}`);
  const source = sources.filter(({ secret }) => secret === undefined).at(-1) ?? sources[0];
  const secrets = secrets_by_path.get(source.path);
  const context = { random, sender, source, secrets, signed_at };
  const genuine =
    signed_by(context, secrets.at(-1), padded(sample_of(sender, random), bytes), null);
  const { record } = await gate.deliver(source.path, genuine);
  const forged = shapes.map(({ make }) => signed_by(context, sender.secret(random),
    Buffer.from(make(genuine.body.byteLength, genuine.body)), genuine));
  const subjects = [genuine, ...forged];
  const count = Math.max(4, Math.round((8 << 20) / bytes / 16));
  await interleaved(1, subjects, (delivery) => cpu_us(gate, source.path, delivery, count));
  const samples = await interleaved(rounds, subjects,
    (delivery) => cpu_us(gate, source.path, delivery, count));
  const us = samples.map(median);
  const dearest = us.slice(1).reduce((most, value, i, all) => (value > all[most] ? i : most), 0);
  return {
    verdict: record.verdict, genuine_us: us[0], forged_us: us.slice(1),
    dearest: shapes[dearest].name, ratio: us[1 + dearest] / us[0],
  };
}

export async function run_forgeries(options) {
  const results = {};
  for (const sender of senders) {
    results[sender.name] = {};
    for (const bytes of sizes) {
      results[sender.name][bytes] = await measure(sender, bytes, options);
    }
  }
  const cell = ({ verdict, genuine_us, ratio, dearest }) =>
    `${format_us(genuine_us)}${verdict === 'forwarded' ? '' : ' (refused)'}, ` +
    `${format_ratio(ratio)} ${dearest}`;
  print_table(
    'A genuine delivery, and the dearest forgery of its size as a ratio to it (up to 3 secrets)',
    [['', ...sizes.map(size_name)],
      ...Object.entries(results).map(([name, of]) => [name, ...sizes.map((s) => cell(of[s]))])]);
  return results;
}
