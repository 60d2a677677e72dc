// A policy as an object of the application's, compiled where it runs.

import { load_compiler } from '#load/compiler';

import * as cloudflare from '../../build/contract/cloudflare.mjs';
import * as local from '../../build/contract/local.mjs';

import { compile_policy } from './compiler.mjs';
import { PolicyError } from './policy_error.mjs';
import { read_providers } from './policy_providers.mjs';
import { is_table, text_of_policy } from './policy_text.mjs';

/** What a policy's object may have besides what a postern.toml has. */
const own_keys = new Set(['ledger', 'development', 'env', 'policy', 'https', 'handlers']);

/** What the platforms of ledgers can do. */
const hosts = { cloudflare, local };

/**
 * Gives `{ bytes, values, handlers, tenants, warnings, is_queued }` of the options of `gate`: the
 * policy file, what its settings are worth, its handlers and those that are asked for secrets where
 * they stood in the object, and whether a route is in queue mode. `environment` has the settings by
 * their names. Throws a PolicyError that says the path of what is wrong.
 */
export function compile_object(options, environment) {
  if (!['boolean', 'undefined'].includes(typeof options.development)) {
    throw new TypeError(`development is true or false, not a ${typeof options.development}.`);
  }
  const policy = Object.fromEntries(Object.entries(options).filter(([key]) => !own_keys.has(key)));
  const { sources, providers } = read_providers(policy.sources);
  const chosen = in_proxy_mode({ ...policy, sources });
  let written = text_of_policy(chosen);
  const { host: name = 'local' } = options.ledger;
  const compile = (values) => compile_policy(load_compiler(), {
    text: written.text, development: options.development === true, providers,
    host: { name, ...hosts[name] }, values,
  });
  let compiled = compile(values_of(written, environment));
  const warnings = new Set();
  // What lint calls an error only because events could be lost while the ledger is down: it is in
  // this process. Said once, and chosen.
  const doubtful = compiled.diagnostics.filter(({ code }) => code === 'sender-never-retries');
  if (doubtful.length > 0) {
    for (const { line, message } of doubtful) {
      const [, name] = written.path_of_line(line).split('.');
      warnings.add(`sources.${name}: ${message}.`);
      chosen.sources[name] = { ...chosen.sources[name], on_ledger_down: 'closed' };
    }
    written = text_of_policy(chosen);
    compiled = compile(values_of(written, environment));
  }
  // A source whose value is not set answers 503, and the others work.
  const unset = compiled.diagnostics.filter(({ code }) => code === 'missing-value');
  if (unset.length > 0 && unset.length === compiled.errors) {
    unset.forEach(({ line, message, hint }) => warnings.add(
      `${written.path_of_line(line)}: ${written.with_paths(message)}${in_brackets(hint)}.`));
    compiled = compile(undefined);
  }
  // Without the line of the text, which may be a secret that stands under another key.
  const told = compiled.diagnostics.map(({ severity, code, line, message, hint }) => ({
    severity, code, path: written.path_of_line(line), message: written.with_paths(message), hint,
  }));
  const errors = told.filter(({ severity }) => severity === 'error');
  if (compiled.policy === null) {
    const lines = errors.map(({ path, message, hint }) =>
      `${path || 'the policy'}: ${message}${in_brackets(hint)}`);
    throw Object.assign(new PolicyError(lines.join('\n')), { diagnostics: told });
  }
  const queued = Object.entries(chosen.sources).filter(([, { routes }]) =>
    Array.isArray(routes) && routes.some(({ deliver }) => deliver === 'queue'));
  if (queued.length > 0 && !options.ledger.is_durable) {
    throw new PolicyError(`sources.${queued[0][0]}.routes: queue mode answers before the work is ` +
      "done, and this ledger forgets. Take sqlite('postern.db') of postern/ledger/sqlite.");
  }
  return {
    bytes: compiled.policy, values: written.values, handlers: written.handlers,
    tenants: written.tenants, warnings, is_queued: queued.length > 0,
  };
}

const in_brackets = (hint) => (hint ? ` (${hint})` : '');

/** What the settings of the text are worth, for the compiler to look at; those that are set. */
function values_of({ text, values }, environment) {
  const names = new Set([...text.matchAll(/"env:([^"\\]+)"/g)].map(([, name]) => name));
  return Object.fromEntries([...names].map((name) => [name, values.get(name) ?? environment[name]])
    .filter(([, value]) => typeof value === 'string' && value !== ''));
}

/** A route that does not say how it delivers does so while the sender waits. */
function in_proxy_mode(policy) {
  if (!is_table(policy.sources)) {
    return { ...policy };
  }
  const says_nothing = (route) =>
    is_table(route) && route.to !== undefined && route.deliver === undefined;
  const route_of = (route) => (says_nothing(route) ? { ...route, deliver: 'proxy' } : route);
  return {
    ...policy,
    sources: Object.fromEntries(Object.entries(policy.sources).map(([name, source]) => [name,
      is_table(source) && Array.isArray(source.routes)
        ? { ...source, routes: source.routes.map(route_of) } : source])),
  };
}
