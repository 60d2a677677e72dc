// Sources whose secrets are their tenants': before anything of a delivery is verified, a function
// of the application says whose it is and by which secrets it is signed. So a stranger can have it
// called: it has a time limit and so many calls at once, and what it gives is taken for what it is
// or not at all. Each tenant has an engine of its own, a module that was configured with its
// secrets; whose secrets verified a delivery is then whose name is in its key.

import * as problems from '../../build/contract/problems.mjs';
import { tenant_bytes_max, tenant_setting_prefix } from '../../build/contract/frames.mjs';

import { BoundedMap } from './bounded_map.mjs';
import { PathMap } from './path_map.mjs';

/** How long the function may take. Senders wait some ten seconds, and the origin has most of it. */
export const tenant_timeout_ms = 3000;

/** Calls at once for one source. Those that were given up do not count: nobody waits for them. */
export const tenant_calls_max = 100;

/** Tenants whose engines are kept, the ones used last. Others are configured anew. */
export const tenants_max = 256;

/**
 * Engines whose modules have an instance, the ones used last: each takes 2.5 MiB, of which most is
 * never touched, and an isolate has 128. Another one is started in a millisecond.
 */
export const running_max = 8;

/** Longest secret, in bytes: what the module takes. */
export const tenant_secret_bytes_max = 4096;

/** Shortest secret, in characters: what has fewer than 128 bits can be searched for. */
export const tenant_secret_characters_min = 16;

const visible_ascii = /^[!-~]+$/;

/** Why a delivery can be judged by nobody's secrets: the source answers 503. */
const no_answer = Symbol('no answer');

/** What an engine that has no secret says of the source is no problem of its own. */
export const is_of_tenants = (sources, { source, problem }) =>
  problem === problems.bad_secret && sources.has(source);

/**
 * The sources of a policy that ask for their secrets, by name: `{ path, slots }`, the places of
 * their secrets among the settings. `setting_names` is that of the policy's head.
 */
export function tenant_sources_of(setting_names) {
  const sources = new Map();
  setting_names.forEach((name, slot) => {
    if (name.startsWith(tenant_setting_prefix)) {
      const [, source, path] = /^([^:]*):(.*)$/s.exec(name.slice(tenant_setting_prefix.length));
      const known = sources.get(source) ?? { path, slots: [] };
      known.slots.push(slot);
      sources.set(source, known);
    }
  });
  return sources;
}

/**
 * Gives `find(delivery)`: null for a delivery to a source without tenants, or a promise, which
 * never rejects, of `{ engine, tenant }`. `tenant` is the name for its `begin` frame: empty for one
 * that nobody knows. `engine` is what `make_engine(settings)` gives, with a `module`; `bare` is one
 * whose settings have no tenant's secret, which answers 503 for those sources.
 *
 * `sources` as `tenant_sources_of` gives them, `settings` the values of all others in their order,
 * `functions` the application's by source. `log` hears what goes wrong with them, as lines.
 */
export function make_tenants({ sources, settings, functions, bare, make_engine, log }) {
  const engines = new BoundedMap(tenants_max);
  const by_path = new PathMap([...sources].map(([name, { path, slots }]) =>
    [path, { name, slots, ask: make_ask(name, slots.length, functions.get(name), log) }]));
  const running = new Set();
  /** Of each source an engine that judges what comes for a tenant whom nobody knows. */
  const last_known = new Map();

  /** The engine is about to run. The one that has not for longest rests until it has to. */
  function run(engine) {
    if (engine !== bare) {
      running.delete(engine);
      running.add(engine);
    }
    if (running.size > running_max) {
      const [longest] = running;
      running.delete(longest);
      longest.module.rest();
    }
    return engine;
  }

  async function find_for(source, delivery) {
    const answer = await source.ask(delivery);
    if (answer === no_answer) {
      return { engine: bare, tenant: null };
    }
    if (answer === null) {
      // With secrets, so that it takes as long as any forgery. The module refuses it by its name.
      return { engine: run(last_known.get(source.name) ?? bare), tenant: '' };
    }
    const engine = engine_of(source, answer);
    if (engine !== bare) {
      last_known.set(source.name, engine);
    }
    return { engine: run(engine), tenant: answer.tenant };
  }

  /** The engine of this tenant with these secrets: another secret is another engine, at once. */
  function engine_of(source, { tenant, secrets }) {
    // Neither part has a blank in it.
    const name = `${source.name} ${tenant}`;
    let known = engines.get(name);
    if (known === undefined || !are_same(known.secrets, secrets)) {
      known = { secrets, engine: configure(source, tenant, secrets) };
    }
    engines.delete(name);
    engines.set(name, known);  // The one that was used last is forgotten last.
    return known.engine;
  }

  function configure({ name, slots }, tenant, secrets) {
    const values = [...settings];
    // A tenant that has fewer secrets than there are places has its last one in the others.
    slots.forEach((slot, at) => {
      values[slot] = secrets[Math.min(at, secrets.length - 1)];
    });
    try {
      if (secrets.every((secret) => secret.length >= tenant_secret_characters_min)) {
        const engine = make_engine(values);
        const is_usable = ({ source, problem }) =>
          source !== name || problem !== problems.bad_secret;
        if (engine.module.configuration.problems.every(is_usable)) {
          return engine;
        }
      }
      log(`the source ${name} answers 503 to its tenant ${tenant}: a secret is of another form, ` +
        'short, or one that anybody knows');
    } catch (failure) {
      log(`the source ${name} answers 503 to its tenant ${tenant}: ${failure.message}`);
    }
    return bare;
  }

  return {
    find(delivery) {
      const source = by_path.get(delivery.path);
      return source === undefined ? null : find_for(source, delivery);
    },
  };
}

const are_same = (some, others) =>
  some.length === others.length && some.every((one, at) => one === others[at]);

/**
 * Gives `ask(delivery)`, whose promise never rejects: `{ tenant, secrets }`, null for a tenant whom
 * the application does not know, or `no_answer`.
 */
function make_ask(source, secrets_max, call, log) {
  let calls = 0;
  let is_crowded = false;

  return async function ask({ method, path, query, headers }) {
    if (calls >= tenant_calls_max) {
      if (!is_crowded) {
        is_crowded = true;  // Told once, not for each of a flood.
        log(`the secrets of ${source}: ${tenant_calls_max} calls are under way, more get 503`);
      }
      return no_answer;
    }
    calls += 1;
    is_crowded = is_crowded && calls === tenant_calls_max;
    const time_limit = new AbortController();
    const { promise: late, resolve } = Promise.withResolvers();
    const timer = setTimeout(() => {
      time_limit.abort(new DOMException('the time for secrets is over', 'TimeoutError'));
      resolve(no_answer);
    }, tenant_timeout_ms);
    try {
      const asked = async () => call(Object.freeze({
        method, path, query, headers: new Headers(headers), signal: time_limit.signal,
      }));
      const answer = await Promise.race([asked(), late]);
      if (answer === no_answer) {
        log(`the secrets of ${source}: nothing came in ${tenant_timeout_ms} ms`);
        return no_answer;
      }
      return read_answer(answer, secrets_max);
    } catch (failure) {
      log(`the secrets of ${source}: ${failure?.stack ?? failure}`);
      return no_answer;
    } finally {
      clearTimeout(timer);
      calls -= 1;
    }
  };
}

/** Throws a TypeError for what says neither who it is nor that nobody is known. Shows no value. */
function read_answer(answer, secrets_max) {
  if (answer === null || answer === undefined) {
    return null;
  }
  const { tenant, secrets } = answer;
  if (typeof tenant !== 'string' || tenant.length > tenant_bytes_max ||
    !visible_ascii.test(tenant)) {
    throw new TypeError('`tenant` is a text of 1 to ' +
      `${tenant_bytes_max} characters of visible ASCII, or the answer is null`);
  }
  const list = typeof secrets === 'string' ? [secrets] : secrets;
  if (!Array.isArray(list) || list.length === 0 || list.length > secrets_max) {
    throw new TypeError(`\`secrets\` is a list of 1 to ${secrets_max} texts`);
  }
  const texts = Array.from(list);
  if (!texts.every(is_secret)) {
    throw new TypeError('each of `secrets` is a text of at most ' +
      `${tenant_secret_bytes_max} bytes, and not empty`);
  }
  return { tenant, secrets: texts };
}

/** Of a text that is not well formed, what cannot be encoded would be another text's. */
const is_secret = (text) => typeof text === 'string' && text !== '' &&
  text.length <= tenant_secret_bytes_max && text.isWellFormed() &&
  new TextEncoder().encode(text).byteLength <= tenant_secret_bytes_max;
