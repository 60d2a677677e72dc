// `postern_verify.wasm` judges as `postern.wasm` does: every delivery of the fixtures goes through
// both, each as the first of its event and to an origin that takes everything. What the one finds
// genuine is `forwarded` by the other, whatever its address and its route; all else is equal.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import {
  decode_step, encode_begin, encode_configure, encode_resume, kinds,
} from '../../hosts/fetch/effects.mjs';
import { Module, ModuleFailure } from '../../hosts/fetch/module.mjs';
import {
  bytes_of, compiled_as, consequences, delivery_of, performers, read_plan, take,
} from './module_host.mjs';

const full = compiled_as('postern.wasm');
const verifying = compiled_as('postern_verify.wasm');

/** What the answer of the one says of an event, and the forward of the other. */
const told_fields = ['postern-source', 'postern-event', 'postern-id', 'postern-key',
  'postern-content-key', 'postern-proof'];

const picked = (names, object) =>
  Object.fromEntries(names.filter((name) => name in object).map((name) => [name, object[name]]));

/** Verdicts of the full module that say that the way went on, with a ledger and an origin. */
const went_on = new Set(['forwarded', 'accepted']);

/** Why an authentic delivery gets no further, which is the gate's alone. */
const of_routes = new Set(['no_route', 'answered_by_route', 'unforwardable_query']);

/** Cases in which that is a type in a body that cannot be read: a route hangs on it. */
const types_in_bodies = new Set([
  'gate/refuses-a-type-that-cannot-be-read-where-a-route-hangs-on-it',
  'slack/refuses-a-payload-that-is-not-json',
]);

/** Whether it got no further for want of a type, which is not told where nobody needs it. */
const wants_a_type = (name, reason, { record, answer }) => record.verdict === 'forwarded' &&
  answer.headers['postern-event'] === undefined && (reason === 'malformed_event_type' ||
    (reason === 'malformed_body' && types_in_bodies.has(name)));

/** Why a delivery is not even looked at by the gate. */
const of_addresses = new Set(['address_refused', 'rate_limited']);

/** Verdicts that hang on the delivery and the policy alone, but for these reasons. */
const is_of_itself = new Set(['refused', 'handshake', 'unrouted']);
const hang_on_others = new Set(['same_content', ...of_routes, ...of_addresses]);

const counts = { delivery: 0 };
const count = (name) => {
  counts[name] = (counts[name] ?? 0) + 1;
};

/** What the verifying module said; null where only the full one had to refuse. */
async function compare(name, configure_frame, step, arrival) {
  const forwards = [];
  const full_module = new Module(full, configure_frame);
  const verifying_module = new Module(verifying, configure_frame);
  const whole = await take({
    module: full_module,
    perform: {
      ...performers(full_module, step),
      ...consequences(full_module, step, forwards),
    },
  }, step, arrival);
  const judged = await take({
    module: verifying_module, perform: performers(verifying_module, step),
  }, step, arrival);

  count('delivery');
  const { verdict, reason, status } = whole.record;
  if (of_addresses.has(reason)) {
    count('address');
    return null;
  }
  const has_no_type = wants_a_type(name, reason, judged);
  const is_of_its_route = of_routes.has(reason) || has_no_type;
  const is_forwarded = went_on.has(verdict) || is_of_its_route;
  count(is_of_its_route ? 'without a way on' : is_forwarded ? 'forwarded' : verdict);
  assert.deepEqual([judged.record.verdict, judged.record.reason],
    is_forwarded ? ['forwarded', ''] : [verdict, reason]);
  assert.equal(judged.record.signature_age_s, whole.record.signature_age_s);
  if (!went_on.has(verdict) && forwards.length > 0) {
    // A source that observes sent it on all the same, and answers as its origin says.
    count('observed');
    return judged;
  }
  if (is_forwarded) {
    assert.equal(judged.answer.status, 200);
    assert.equal(judged.answer.body, '');
    assert.equal(judged.answer.headers['postern-proof'], whole.record.proof);
    if (!has_no_type) {
      assert.equal(judged.answer.headers['postern-key'], whole.record.event_key);
    }
    forwards.forEach((headers) => assert.deepEqual(
      picked(told_fields, judged.answer.headers), picked(told_fields, headers)));
    return has_no_type ? null : judged;
  }
  assert.deepEqual([judged.record.status, judged.answer], [status, whole.answer]);
  return judged;
}

const { cases } = read_plan();
for (const { name, policy_b64, settings, steps } of cases) {
  test(`${name} is judged alike`, async () => {
    const configure_frame = encode_configure(bytes_of(policy_b64), settings);
    for (const step of steps) {
      for (const arrival of step.arrivals) {
        const judged = await compare(name, configure_frame, step, arrival);
        const { expect } = step;
        // What whoever wrote the case says.
        if (judged !== null && is_of_itself.has(expect.verdict) &&
            !hang_on_others.has(expect.reason)) {
          count('expected');
          assert.equal(judged.record.verdict, expect.verdict);
          assert.equal(judged.record.reason, expect.reason ?? judged.record.reason);
        }
      }
    }
  });
}

test('the fixtures have deliveries of every kind', (t) => {
  t.diagnostic(JSON.stringify(counts));
  assert.ok(counts.delivery >= cases.length && cases.length >= 600);
  for (const kind of
    ['forwarded', 'refused', 'handshake', 'without a way on', 'address', 'failed', 'observed',
      'expected']) {
    assert.ok(counts[kind] > 0, kind);
  }
});

/** Its settings are two secrets that sign forwards, and the sender's. */
const signing = cases.find(({ name }) => name === 'gate/signs-its-forwards-by-two-secrets');

test('a ticket of a state behind the route is refused', () => {
  const [step] = signing.steps;
  const [{ request, token_hex }] = step.arrivals;
  const configure_frame = encode_configure(bytes_of(signing.policy_b64), signing.settings);
  const module = new Module(full, configure_frame);
  const delivery = delivery_of(module, request);
  const claim = decode_step(module.begin(encode_begin(
    delivery, delivery.body, step.now_ms, new Uint8Array(Buffer.from(token_hex, 'hex')))));
  assert.equal(claim.kind, kinds.claim);
  const resume = (taker) => taker.resume(encode_resume(claim, null, null, step.now_ms));
  assert.throws(() => resume(new Module(verifying, configure_frame)), ModuleFailure);
  assert.equal(decode_step(resume(module)).kind, kinds.answer);
});

test('who forwards nothing misses no secret for it, but that of the sender', () => {
  const [gates, others, senders] = signing.settings;
  const problems_of = (compiled, settings) => new Module(
    compiled, encode_configure(bytes_of(signing.policy_b64), settings)).configuration.problems;
  assert.equal(problems_of(full, ['', others, senders]).length, 1);
  assert.deepEqual(problems_of(verifying, ['', others, senders]), []);
  assert.equal(problems_of(verifying, [gates, others, '']).length, 1);
});
