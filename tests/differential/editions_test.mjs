// An edition with fewer features judges as the one with all: what the fixtures' deliveries make
// each answer is equal, frame by frame and byte by byte. A policy that needs more is refused by
// name.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import * as features from '../../build/contract/features.mjs';
import { expect_features } from '../../hosts/fetch/edition.mjs';
import {
  decode_answer, encode_begin, encode_configure, read_policy_head,
} from '../../hosts/fetch/effects.mjs';
import { start_instance } from '../../hosts/fetch/instance.mjs';
import { Module, ModuleFailure } from '../../hosts/fetch/module.mjs';
import {
  bytes_of, compiled_as, consequences, delivery_of, performers, read_plan, take,
} from './module_host.mjs';

/** Two modules as one, whose answers must be equal. */
class Pair {
  #full;
  #small;

  constructor(full, small, configure_frame) {
    this.#full = new Module(full, configure_frame);
    this.#small = new Module(small, configure_frame);
  }

  get configuration() {
    assert.deepEqual(this.#small.configuration, this.#full.configuration);
    return this.#full.configuration;
  }

  begin(frame) {
    return this.#both('begin', frame);
  }

  resume(frame) {
    return this.#both('resume', frame);
  }

  ledger(frame) {
    return this.#both('ledger', frame);
  }

  #both(name, frame) {
    const answer = this.#full[name](frame);
    assert.deepEqual(this.#small[name](frame), answer);
    return answer;
  }
}

/** Both make the same frames of a delivery, for a host that performs what they ask for. */
async function take_as_one(full, small, configure_frame, step, arrival) {
  const pair = new Pair(full, small, configure_frame);
  const perform = { ...performers(pair, step), ...consequences(pair, step, []) };
  return (await take({ module: pair, perform }, step, arrival)).record;
}

/** What the one answers when all that it asked for is done, the other answers at once. */
async function take_at_once(full, small, configure_frame, step, arrival) {
  const asking = new Module(full, configure_frame);
  const { record, answer } =
    await take({ module: asking, perform: performers(asking, step) }, step, arrival);
  const module = new Module(small, configure_frame);
  const delivery = delivery_of(module, arrival.request);
  const token = new Uint8Array(Buffer.from(arrival.token_hex, 'hex'));
  const { status, headers, body, record: text } =
    decode_answer(module.begin(encode_begin(delivery, delivery.body, step.now_ms, token)));
  const { host, ...said } = record;  // The host's durations are none of the module's.
  assert.equal(typeof host.total_ms, 'number');
  assert.deepEqual(JSON.parse(text), said);
  assert.deepEqual({
    status, headers: Object.fromEntries(headers), body: Buffer.from(body).toString('base64'),
  }, answer);
  return said;
}

const editions = [
  { name: 'postern_small.wasm', of: 'postern.wasm', least: 300, compare: take_as_one },
  {
    name: 'postern_verify_shared.wasm', of: 'postern_verify.wasm', least: 350,
    compare: take_at_once,
  },
];

const features_of = (compiled) => start_instance(compiled).postern_features() >>> 0;
const { cases } = read_plan();

for (const { name, of, least, compare } of editions) {
  const full = compiled_as(of);
  const small = compiled_as(name);
  const lacking_of = (policy) => (read_policy_head(policy).features & ~features_of(small)) >>> 0;
  const taken = cases.filter(({ policy_b64 }) => lacking_of(bytes_of(policy_b64)) === 0);
  const refused = cases.filter((one) => !taken.includes(one));

  test(`${of} has the features of this version, ${name} fewer`, () => {
    const all = Object.values(features).reduce((sum, number) => sum + 2 ** number, 0);
    assert.equal(features_of(full), all);
    assert.equal(features_of(small) & ~all, 0);
    assert.ok(features_of(small) < all);
  });

  test(`${name} answers as ${of} does`, async (t) => {
    let deliveries = 0;
    const verdicts = new Set();
    for (const { policy_b64, settings, steps } of taken) {
      const configure_frame = encode_configure(bytes_of(policy_b64), settings);
      for (const step of steps) {
        for (const arrival of step.arrivals) {
          const { verdict } = await compare(full, small, configure_frame, step, arrival);
          verdicts.add(verdict);
          deliveries += 1;
        }
      }
    }
    t.diagnostic(`${deliveries} deliveries of ${taken.length} cases: ${[...verdicts].join(', ')}`);
    assert.ok(taken.length >= least);
    ['forwarded', 'refused', 'handshake'].forEach((verdict) => assert.ok(verdicts.has(verdict)));
  });

  test(`${name} refuses each policy that needs more, and the feature is named`, (t) => {
    const named = new Set();
    for (const { policy_b64, settings } of refused) {
      const policy = bytes_of(policy_b64);
      const frame = encode_configure(policy, settings);
      assert.throws(() => new Module(small, frame).configuration,
        (failure) => failure instanceof ModuleFailure && /configure refused/.test(failure.message));
      const missing = Object.entries(features).sort(([, a], [, b]) => a - b)
        .filter(([, number]) => (lacking_of(policy) / 2 ** number) % 2 >= 1)
        .map(([feature]) => feature);
      assert.throws(() => new Module(small, frame, expect_features(policy)).configuration,
        new RegExp(`the policy needs ${missing.join(' and ')}, which .* take postern.wasm`));
      assert.ok(new Module(full, frame, expect_features(policy)).configuration.problems);
      missing.forEach((feature) => named.add(feature));
    }
    t.diagnostic(`${refused.length} cases: ${[...named].join(', ')}`);
    // The fixtures have each.
    assert.deepEqual([...named].sort(), Object.entries(features)
      .filter(([, number]) => (features_of(small) / 2 ** number) % 2 < 1)
      .map(([feature]) => feature).sort());
  });
}
