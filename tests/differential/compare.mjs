// Takes generated deliveries to the gate and to a vendor's library, and holds the two together.

import { readFileSync } from 'node:fs';

import { as_carried, describe } from './delivery.mjs';
import { compile_policy, make_gate } from './node_host.mjs';
import { make_random, seed } from './random.mjs';

/** So many times each sender gets new secrets in the course of a run. */
const generations = 6;

/** Part of the deliveries that stay as they were signed. */
const untouched = 0.4;

const default_sources = [
  { path: '/one', secrets: 1 }, { path: '/two', secrets: 2 }, { path: '/three', secrets: 3 },
];

const setting_name = (source, index) => `${source.path.slice(1).toUpperCase()}_${index}`;

function policy_text({ provider, policy_lines = [] }, sources) {
  const tables = sources.map((source) => [
    `[sources.${source.path.slice(1)}]`,
    `path = "${source.path}"`,
    `provider = "${provider}"`,
    `secrets = [${Array.from({ length: source.secrets }, (_, i) =>
      `"env:${setting_name(source, i)}"`).join(', ')}]`,
    ...(source.url === undefined ? [] : [`url = "${source.url}"`]),
    ...policy_lines,
    `[[sources.${source.path.slice(1)}.routes]]`,
    'to = "https://origin.example.com/hooks"',
    'deliver = "proxy"',
  ].join('\n'));
  return ['version = 1', '[gate]', 'max_body = "1MiB"', ...tables].join('\n');
}

/** The sources of `sender`, and the policy file that has them. */
export function make_policy(sender) {
  const sources = sender.sources ?? default_sources;
  return { sources, policy: compile_policy(policy_text(sender, sources)) };
}

/** One set of secrets, and a gate that knows them. */
export function make_generation(sender, sources, policy, number) {
  const random = make_random(`${seed}/${sender.name}/secrets/${number}`);
  const settings = {};
  const secrets_by_path = new Map(sources.map((source) => {
    const secrets = Array.from({ length: source.secrets }, () =>
      source.secret ?? sender.secret(random));
    secrets.forEach((secret, i) => {
      settings[setting_name(source, i)] = sender.setting?.(secret) ?? secret;
    });
    return [source.path, secrets];
  }));
  return { gate: make_gate(policy, settings), secrets_by_path };
}

/** A signed delivery within its window, and all that was used to sign it. */
function make_case(sender, sources, generation, random) {
  const source = random.pick(sources);
  const secrets = generation.secrets_by_path.get(source.path);
  const signed_at = random.between(1_000_000_000, 4_100_000_000);
  const context =
    { random, sender, source, secrets, secret: random.pick(secrets), signed_at };
  const body = sender.body(random);
  const away = random.pick([0, 0, random.between(-299, 299), -300, 300]);
  const signed = {
    method: 'POST', query: '', body, ...sender.sign({ ...context, body }),
    now_ms: (signed_at + away) * 1000 + (away === -300 ? 0 : random.between(0, 999)),
  };
  return { context, signed };
}

/** The first mutation from `first` on that applies. */
function mutate(sender, signed, context, first) {
  for (let i = 0; i < sender.mutations.length; i += 1) {
    const mutation = sender.mutations[(first + i) % sender.mutations.length];
    const changed = mutation.apply(signed, context);
    const delivery = changed === null ? null : as_carried(changed);
    if (delivery !== null) {
      return { delivery, mutation: mutation.name };
    }
  }
  throw new Error(`no mutation of ${sender.name} applies`);
}

function make_tally(sender) {
  const by_name = (entries) => new Map(entries.map(({ name }) => [name, 0]));
  return {
    deliveries: 0, accepted: 0, refused: 0, problems: [],
    mutations: by_name(sender.mutations),
    stricter: by_name(sender.stricter), laxer: by_name(sender.laxer),
  };
}

const count = (map, key) => map.set(key, map.get(key) + 1);

/** What must hold of every delivery, whatever the library says. */
function broken_promise({ record, forwards, ledger_calls }, { body }) {
  if (record.verdict === 'trap') {
    return 'the module failed';
  }
  if (record.proof === undefined && (forwards.length > 0 || ledger_calls > 0)) {
    return 'an effect for what is not authentic';
  }
  if (forwards.some((forward) => !body.equals(forward.body))) {
    return 'a forward of another body';
  }
  return (record.verdict === 'forwarded') === (forwards.length === 1)
    ? null
    : 'a forward that the verdict does not tell of';
}

/** Judges one delivery and counts it; gives what is wrong, or null. */
function judge({ sender, tally, delivery, context, seen, library_accepts }) {
  const { record } = seen;
  const broken = broken_promise(seen, delivery);
  if (broken !== null) {
    return broken;
  }
  const passes = ['forwarded', 'handshake'].includes(record.verdict);
  if (record.proof !== undefined && !library_accepts) {
    const entry = sender.laxer.find(({ holds }) => holds(delivery, context));
    if (entry === undefined) {
      return 'the gate takes for authentic what the library refuses';
    }
    count(tally.laxer, entry.name);
    return null;
  }
  if (library_accepts && !passes) {
    const entries = sender.stricter.filter(({ reasons, holds }) =>
      reasons.includes(record.reason) && holds(delivery, context));
    if (entries.length === 0) {
      return 'the gate refuses what the library accepts, for no reason in the table';
    }
    entries.forEach((entry) => count(tally.stricter, entry.name));
    return null;
  }
  tally[library_accepts ? 'accepted' : 'refused'] += 1;
  return null;
}

/**
 * What is wrong with the gate's and the library's word on an unchanged delivery, or null. Only an
 * entry with `even_unchanged` may let the gate refuse one.
 */
function judge_signed({ record }, delivery, { sender, source }, library_accepts) {
  const is_known = sender.stricter.some(({ even_unchanged, reasons, holds }) =>
    even_unchanged && reasons.includes(record.reason) && holds(delivery, { sender, source }));
  if (record.proof === undefined && source.secret !== '' && !is_known) {
    return 'the gate refuses what was signed';
  }
  return library_accepts ? null : 'the library refuses what was signed';
}

/** Makes the delivery of that number, takes it to both and counts what comes of it. */
async function compare_one(sender, sources, generation, index, tally) {
  const name = `${seed}/${sender.name}/${index}`;
  const random = make_random(name);
  const { context, signed } = make_case(sender, sources, generation, random);
  const is_untouched = random.chance(untouched);
  const { delivery, mutation } = is_untouched
    ? { delivery: as_carried(signed), mutation: null }
    : mutate(sender, signed, context, index);
  const { source, secrets } = context;
  generation.gate.forget();
  const seen = await generation.gate.deliver(source.path, delivery);
  const library_accepts = await sender.accepts(delivery, secrets, source);
  tally.deliveries += 1;
  if (!is_untouched) {
    count(tally.mutations, mutation);
  }
  const problem = judge({ sender, tally, delivery, context, seen, library_accepts }) ??
    (is_untouched ? judge_signed(seen, delivery, { ...context, sender }, library_accepts) : null);
  if (problem !== null) {
    const { verdict, reason } = seen.record;
    tally.problems.push({
      problem, case: name, mutation, path: source.path, verdict, reason, library_accepts, secrets,
      delivery: describe(delivery),
    });
  }
}

/**
 * Compares `wanted` deliveries of `sender` and gives the tally: how many both accepted and both
 * refused, how often each entry of the tables was the reason, and what was wrong.
 */
export async function compare(sender, wanted) {
  const { sources, policy } = make_policy(sender);
  const tally = make_tally(sender);
  let generation;
  for (let index = 0; index < wanted; index += 1) {
    if (index % Math.ceil(wanted / generations) === 0) {
      generation = make_generation(sender, sources, policy, index);
    }
    await compare_one(sender, sources, generation, index, tally);
  }
  return tally;
}

const { devDependencies: versions } =
  JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));

/** The tally as lines for people. */
export function summary(sender, { deliveries, accepted, refused, stricter, laxer }) {
  const rows = (map) =>
    [...map].map(([name, times]) => `    ${String(times).padStart(6)}  ${name}`);
  return [
    `${sender.name} ${versions[sender.name]}: ${deliveries} deliveries, ` +
      `${accepted} accepted by both, ${refused} refused by both`,
    '  accepted by the library alone:', ...rows(stricter),
    ...(laxer.size === 0 ? [] : ['  accepted by the gate alone:', ...rows(laxer)]),
  ].join('\n');
}
