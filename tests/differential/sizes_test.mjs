// Bodies of every size that a policy may allow, at the edges where the module and its host share
// the work in another way: signed by each vendor's library, taken by the gate.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { body_bytes_max, inline_bytes, read_plain_form } from './bodies.mjs';
import { make_generation, make_policy } from './compare.mjs';
import { make_random, seed } from './random.mjs';
import { senders } from './senders.mjs';

const sizes = [
  inline_bytes - 1, inline_bytes, inline_bytes + 1, 32768, 65535, 65536, 65537, 1 << 18,
  1 << 19, body_bytes_max - 1, body_bytes_max,
];

/** Most bytes of signed text besides the body; a sorted form is such text. */
const signed_text_bytes_max = 65536;

/** What the gate makes of a genuine delivery of that size, by verdict and reason. */
function is_right(record, sender, body) {
  if (body.byteLength > body_bytes_max) {
    return record.reason === 'body_too_large';
  }
  const is_sorted_form = sender.signs_sorted_forms === true && body[0] !== 0x7b;
  // The signed text is shorter than the form by its separators, and longer by the address.
  const beyond = is_sorted_form ? body.byteLength - signed_text_bytes_max : -Infinity;
  const may_be_either = Math.abs(beyond) <= 256;
  if (beyond > 256) {
    return record.reason === 'malformed_content';
  }
  return ['forwarded', 'handshake'].includes(record.verdict) ||
    (may_be_either && record.reason === 'malformed_content');
}

/** `body` made longer in its own format, or null where that cannot be. */
function padded(body, bytes) {
  const [before, after, rest] = body[0] === 0x7b && body.byteLength > 2
    ? ['{"pad":"', '",', body.subarray(1)]
    : ['Pad=', '&', body];
  const is_form = before === 'Pad=';
  const missing = bytes - before.length - after.length - rest.byteLength;
  if (missing < 0 || (is_form && (body.byteLength === 0 || read_plain_form(body) === null))) {
    return null;
  }
  return Buffer.concat([Buffer.from(before + 'x'.repeat(missing) + after), rest]);
}

/** Bodies of `sender` in each of its formats, of exactly `bytes` bytes. */
function bodies_of(sender, random, bytes) {
  const found = new Map();
  for (let tries = 0; tries < 50; tries += 1) {
    const body = padded(sender.body(random), bytes);
    if (body !== null) {
      found.set(body[0], body);
    }
  }
  assert.ok(found.size > 0, `no body of ${bytes} bytes`);
  return [...found.values()];
}

for (const sender of senders) {
  test(`the gate takes what ${sender.name} takes, whatever its size`, async () => {
    const { sources, policy } = make_policy(sender);
    const { gate, secrets_by_path } = make_generation(sender, sources, policy, 0);
    assert.equal(gate.configuration.mac_inline_bytes_max, inline_bytes);
    const random = make_random(`${seed}/${sender.name}/sizes`);
    const signed_at = 1_700_000_000;
    const failures = [];
    for (const bytes of [...sizes, body_bytes_max + 1]) {
      for (const body of bodies_of(sender, random, bytes)) {
        for (const source of sources.filter(({ secret }) => secret !== '')) {
          const secrets = secrets_by_path.get(source.path);
          const signed = sender.sign(
            { random, sender, source, secrets, secret: secrets.at(-1), signed_at, body });
          const delivery =
            { method: 'POST', query: '', body, ...signed, now_ms: signed_at * 1000 };
          gate.forget();
          const { record } = await gate.deliver(source.path, delivery);
          assert.ok(await sender.accepts(delivery, secrets, source), `${bytes} bytes`);
          if (!is_right(record, sender, body)) {
            failures.push(`${bytes} bytes beginning with ${JSON.stringify(String.fromCharCode(
              body[0]))}, ${secrets.length} secrets: ${record.verdict} ${record.reason}`);
          }
        }
      }
    }
    assert.deepEqual(failures, []);
  });
}
