// What the gate accepts, somebody else's code accepts too: the sender's own package where there is
// one, else one that verifies for many senders. The deliveries are signed by the package's `sign`,
// so that each yes confirms our signer and our verifier at once.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';

import { read_count, read_seed } from '../budget.mjs';
import { as_carried, describe } from '../differential/delivery.mjs';
import {
  base64_mutations, body_mutations, encoded_body_mutation, header_mutations, hex_mutations,
} from '../differential/mutations.mjs';
import { compile_policy, make_gate } from '../differential/node_host.mjs';
import { make_random } from '../differential/random.mjs';
import { signing_of } from '../provider_texts.mjs';
import { file_of, providers, scheme_of } from './catalogue.mjs';
import { gate_refuses, package_refuses } from './disagreements.mjs';
import { key_pair_of, like, place_of_time, read_genuine, sign_delivery } from './genuine.mjs';
import { at_moment } from './moment.mjs';
import { with_version } from './packages.mjs';
import { oracles_page, written_page } from './table.mjs';
import { quirks, shared_verifiers, verifiers } from './verifiers.mjs';

const seed = read_seed('POSTERN_VERIFIERS_SEED', '1');

/** Deliveries in total, over all oracles. */
const deliveries_wanted = read_count('POSTERN_VERIFIERS_COUNT', 100_000);

/** Part of the deliveries that stay as they were signed. */
const untouched = 0.4;

const problems_shown = 3;

/** Each oracle: `{ provider, package, accepts }`. */
const oracles = providers.flatMap((provider) => {
  const own = verifiers[provider] ?? [];
  const shared = shared_verifiers[scheme_of(provider)];
  return [...own, ...(shared === undefined ? [] : [shared])]
    .map((oracle) => ({ ...oracle, provider }));
});

const genuine = new Map();
for (const { provider } of oracles) {
  genuine.set(provider, genuine.get(provider) ?? await read_genuine(provider));
}

const clock = {
  name: 'another moment',
  apply: (delivery, { random }) => ({
    ...delivery,
    now_ms: delivery.now_ms + random.pick([-1, 1]) *
      random.pick([298, 299, 300, 301, 302, 3600, 315_360_000]) * 1000,
  }),
};

/** Bodies that are signed and no sender sends. */
const odd_bodies = [
  (body) => Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), body]),
  (body) => Buffer.concat([body, Buffer.from([0xff, 0xc0])]),
  (body) => body.subarray(0, body.byteLength >> 1),
  () => Buffer.from('{}'),
];

function mutations_of({ signed }) {
  return [
    ...body_mutations, ...body_mutations,
    ...signed.flatMap((name) =>
      [...header_mutations(name), ...hex_mutations(name), ...base64_mutations(name)]),
    clock, clock, clock, encoded_body_mutation,
  ];
}

/** What the oracle says; whatever it throws is a no. */
async function ask({ accepts }, delivery, receiver) {
  try {
    return await at_moment(delivery.now_ms, () => accepts(delivery, receiver)) === true;
  } catch {
    return false;
  }
}

function make_receiver(provider) {
  const { secret, url } = genuine.get(provider);
  return { secret, url, ...key_pair_of(provider) };
}

function gate_of(provider, { secret, url }) {
  const policy = compile_policy([
    'version = 1', '[sources.one]', 'path = "/one"', `provider = "${provider}"`,
    'secrets = ["env:SECRET"]', 'on_ledger_down = "open"',
    ...(url === undefined ? [] : [`url = "${url}"`]),
    '[[sources.one.routes]]', 'to = "https://origin.example.com/hooks"', 'deliver = "proxy"',
  ].join('\n'));
  return make_gate(policy, { SECRET: secret });
}

/** A delivery as it was signed, and how it comes: the same, changed, or one no sender sends. */
async function make_case(provider, receiver, random) {
  const start = genuine.get(provider);
  const at_ms = place_of_time(provider) === 'in' ? start.delivery.now_ms
    : random.between(1_700_000_000, 4_000_000_000) * 1000;
  const is_untouched = random.chance(untouched);
  const is_odd = !is_untouched && random.chance(0.15);
  const body = like(random, start.delivery.body);
  const signed = await sign_delivery(provider, start, receiver,
    is_odd ? random.pick(odd_bodies)(body) : body, at_ms);
  signed.now_ms = at_ms + random.between(0, 999);
  if (is_untouched || is_odd) {
    return { signed, delivery: as_carried(signed), mutation: is_odd ? 'an odd body' : null };
  }
  for (;;) {
    const mutation = random.pick(mutations_of(signed));
    const changed = mutation.apply(signed, { random });
    const delivery = changed === null ? null : as_carried(changed);
    if (delivery !== null) {
      return { signed, delivery, mutation: mutation.name };
    }
  }
}

/** What is wrong with both words on a delivery, or null. Counts the known disagreements. */
function judge(tally, { signed, delivery, mutation }, record, is_accepted, known) {
  const passes = record.proof !== undefined;
  if (mutation === null && !passes) {
    return 'the gate refuses what was signed';
  }
  const seen = {
    delivery, signed: as_carried(signed), is_odd: mutation === 'an odd body',
    is_reserialized: known.is_reserialized ?? false,
    away_s: (delivery.now_ms - signed.now_ms) / 1000, ...known.window,
  };
  const goes_on = ['forwarded', 'handshake'].includes(record.verdict);
  if (passes && !is_accepted) {
    const causes = [...(mutation === null ? [] : package_refuses), ...known.refuses ?? []];
    return causes.some(({ holds }) => holds(seen)) ? null
      : 'the gate accepts what the package refuses';
  }
  if (!goes_on && is_accepted) {
    const entry = gate_refuses[record.reason];
    tally.package_alone.add(record.reason);
    return entry?.holds(seen) || known.accepts?.some(({ holds }) => holds(seen)) ? null
      : 'the gate refuses what the package accepts, for no reason in the table';
  }
  tally[passes ? 'accepted' : 'refused'] += 1;
  return null;
}

async function compare(oracle, wanted) {
  const { provider } = oracle;
  const receiver = make_receiver(provider);
  const gate = gate_of(provider, receiver);
  const { max_age_ms, max_future_ms } = signing_of(provider);
  const window = {
    max_age_s: (max_age_ms ?? Infinity) / 1000, max_future_s: (max_future_ms ?? Infinity) / 1000,
  };
  const known = { ...quirks[`${provider} ${oracle.package}`], window };
  const tally = {
    deliveries: 0, accepted: 0, refused: 0, package_alone: new Set(), problems: [],
  };
  for (let index = 0; index < wanted; index += 1) {
    const name = `${seed}/${provider}/${oracle.package}/${index}`;
    const one = await make_case(provider, receiver, make_random(name));
    gate.forget();
    const { record } = await gate.deliver('/one', one.delivery);
    const is_accepted = await ask(oracle, one.delivery, receiver);
    const problem = judge(tally, one, record, is_accepted, known);
    tally.deliveries += 1;
    if (problem !== null) {
      const { verdict, reason } = record;
      tally.problems.push({
        problem, case: name, mutation: one.mutation, verdict, reason, is_accepted,
        signed: describe(as_carried(one.signed)), delivery: describe(one.delivery),
      });
    }
  }
  return tally;
}

const tallies = [];
after(() => {
  const sum = (of) => tallies.reduce((total, { tally }) => total + of(tally), 0);
  console.log([
    ...tallies.map(({ oracle, tally }) => `${oracle.provider.padEnd(20)} ` +
      `${with_version(oracle.package).padEnd(40)} ${tally.accepted} accepted by both, ` +
      `${tally.refused} refused; alone: ${[...tally.package_alone].sort().join(' ')}`),
    `POSTERN_VERIFIERS_SEED=${seed}: ${sum(({ deliveries }) => deliveries)} deliveries, ` +
      `${oracles.length} oracles of ${genuine.size} providers`,
  ].join('\n'));
});

test('every provider that a package verifies for is in the catalogue', () => {
  assert.deepEqual(Object.keys(verifiers).filter((name) => !providers.includes(name)), []);
});

test('docs/ORACLES.md says what is tested here', () => {
  assert.equal(written_page(), oracles_page(),
    'node tests/oracles/table.mjs --write makes it anew');
});

for (const oracle of oracles) {
  const { provider, package: name } = oracle;
  test(`${name} takes the genuine delivery of ${provider}, and none with a byte more`, async () => {
    const { delivery, secret, url } = genuine.get(provider);
    assert.equal(await ask(oracle, delivery, { secret, url }), true);
    const longer = { ...delivery, body: Buffer.concat([delivery.body, Buffer.from('0')]) };
    const is_token = /^algorithm = "(token|basic)"$/m.test(file_of(scheme_of(provider)));
    assert.equal(await ask(oracle, longer, { secret, url }), is_token);
  });

  test(`what the gate accepts of ${provider}, ${name} accepts, and the reverse but for known ` +
    'reasons', async () => {
    const tally = await compare(oracle, Math.ceil(deliveries_wanted / oracles.length));
    tallies.push({ oracle, tally });
    const shown = tally.problems.slice(0, problems_shown)
      .map((problem) => JSON.stringify(problem, null, 1)).join('\n');
    assert.equal(tally.problems.length, 0, `${tally.problems.length} disagreements\n${shown}`);
    assert.ok(tally.accepted > 0 && tally.refused > 0, 'nothing was compared');
  });
}
