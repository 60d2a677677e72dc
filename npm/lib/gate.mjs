// A gate in an application: the policy as an object or as bytes, a ledger, and handlers.

import * as local_limits from '../../build/contract/local.mjs';
import { BoundedMap } from '../../hosts/fetch/bounded_map.mjs';
import { read_policy_head } from '../../hosts/fetch/effects.mjs';
import { make_keys } from '../../hosts/fetch/keys.mjs';
import { make_forward } from '../../hosts/fetch/outbound.mjs';
import { bytes_of_hex, hex_of } from '../../hosts/fetch/wire.mjs';
import { make_local_gate } from '../../hosts/local/gate.mjs';

import { read_https } from './adapters/connection.mjs';
import { handle_web } from './adapters/web.mjs';
import { compile_policy } from './compiler.mjs';
import { make_forwards, threw } from './handlers.mjs';
import { text_of_policy } from './policy_text.mjs';

/** What a policy's object may have besides what a postern.toml has. */
const own_keys = new Set(['ledger', 'development', 'env', 'policy', 'https']);

/** Throws that wait for their record: as many as deliveries may be under way. */
const throws_max = 1024;

/** Timers take 24 days at most. */
const timer_ms_max = 24 * 60 * 60 * 1000;

const now = () => Date.now();

/** A policy that cannot be used: `diagnostics` are what the compiler says, each with its `path`. */
export class PolicyError extends TypeError {
  name = 'PolicyError';
}

/**
 * See types/index.d.ts. `parts` are what differs between runtimes: `{ load_postern, load_compiler,
 * provider_text }`.
 */
export function make_gate(options, { load_postern, load_compiler, provider_text }) {
  if (options?.ledger?.open === undefined) {
    throw new TypeError('gate() needs a ledger, by which a duplicate is known: ' +
      "sqlite('postern.db') of postern/ledger/sqlite; or memory() of postern/ledger/memory, " +
      'which forgets at every restart.');
  }
  if (options.policy !== undefined && !(options.policy instanceof Uint8Array)) {
    throw new TypeError('policy is the bytes that `postern compile` writes, as a Uint8Array.');
  }
  const https = read_https(options);
  const listeners = { record: new Set(), failure: new Set() };
  const { bytes, values, handlers, warnings, is_queued } = options.policy === undefined
    ? compile_object(options, { load_compiler, provider_text })
    : { bytes: options.policy, values: new Map(), handlers: new Map(), warnings: [] };
  const environment = options.env ?? globalThis.process?.env ?? {};
  const settings = setting_names_of(bytes)
    .map((name) => values.get(name) ?? environment[name] ?? '');
  const ending = new AbortController();
  const outside = (url, { signal, ...others }) =>
    fetch(url, { ...others, signal: AbortSignal.any([signal, ending.signal]) });
  let opened;
  /** What handlers threw, until the record of their delivery tells it. */
  const throws = new BoundedMap(throws_max);
  const gate = make_local_gate({
    compiled: load_postern(), policy: bytes, settings, now,
    open_store(parts) {
      opened = options.ledger.open(parts);
      return opened.store;
    },
    is_driven: options.ledger.is_durable,
    forward: make_forwards(make_forward(outside), handlers, {
      ending: ending.signal,
      tell_throw,
      finish_late: (effect, delivery, outcome) => gate.finish_late(effect, delivery, outcome),
      provider_of: (source) => options.sources?.[source]?.provider ?? '',
    }),
    keys: make_keys(outside, now),
    report: ({ record, failure }) => (failure === null
      ? record !== null && tell_record(JSON.parse(record))
      : tell_failure(failure.message)),
    log: (line) => tell_failure(line),
  });

  function tell_record(record) {
    const name = `${record.event_key} ${record.epoch}`;
    const thrown = throws.get(name);
    throws.delete(name);
    call_each(listeners.record, thrown === undefined ? record : {
      ...record, status: record.status && threw.sender_status, reason: 'handler_threw',
      handler_error: thrown,
    });
  }

  function tell_throw({ headers }, failure, is_late) {
    const fields = new Map(headers);
    const key = fields.get('postern-key');
    if (!is_late) {
      throws.set(`${key} ${fields.get('postern-attempt')}`, String(failure));
    }
    tell_failure(`the handler of ${fields.get('postern-source')} threw on the event ${key}` +
      `${is_late ? ', late' : ''}: ${failure?.stack ?? failure}`);
  }

  function tell_failure(text) {
    if (listeners.failure.size === 0) {
      console.error(`postern: ${text}`);
    }
    call_each(listeners.failure, text);
  }

  warnings.forEach((text) => console.warn(`postern: ${text}`));
  if (!options.ledger.is_durable) {
    console.warn('postern: the ledger is in memory: after a restart every repeat is a new event.');
  }
  gate.problems().forEach(({ source, problem }) =>
    console.error(`postern: ${source} answers 503: ${problem_texts[problem]}.`));

  let closing;
  // For adapters, which know the connection and where a failure is told.
  const handle = async (request, connection, wait_until) => (closing === undefined
    ? gate.fetch(request, connection, wait_until)
    : new Response(null, { status: 503, headers: { 'retry-after': '1' } }));

  async function close(grace) {
    const timer = grace < timer_ms_max ? setTimeout(() => ending.abort(), grace) : undefined;
    await gate.close();
    clearTimeout(timer);
    opened.close();
  }

  return Object.freeze({
    fetch: (request, _env, context) => handle_web({ handle, tell: tell_failure }, request,
      { name: 'fetch', https, cure: 'give the gate the request as it came.' },
      (settled) => context?.waitUntil?.(settled)),
    handle,
    tell: tell_failure,
    is_queued,
    on(what, listener) {
      if (listeners[what] === undefined || typeof listener !== 'function') {
        throw new TypeError("hooks.on takes 'record' or 'failure', and a function.");
      }
      listeners[what].add(listener);
      return () => listeners[what].delete(listener);
    },
    drive: () => gate.drive(),
    dead: () => all_dead(gate),
    async redrive(key) {
      if (typeof key !== 'string' || !/^[0-9a-f]{64}$/.test(key)) {
        throw new TypeError('hooks.redrive takes the key of one of hooks.dead().');
      }
      return gate.redrive(bytes_of_hex(key));
    },
    /** Whether any source can take a delivery. */
    is_ready: () => closing === undefined && gate.is_ready(),
    close({ grace = Infinity } = {}) {
      closing ??= close(grace);
      return closing;
    },
  });
}

function setting_names_of(policy) {
  try {
    return read_policy_head(policy).setting_names;
  } catch (failure) {
    throw new PolicyError('policy is not what this version of `postern compile` writes: compile ' +
      'it again.', { cause: failure });
  }
}

/** What was given up, a page after another. */
async function* all_dead(gate) {
  for (let after; ;) {
    const page = await gate.list_dead(after);
    for (const { key, at_ms, body_bytes } of page) {
      yield { key: hex_of(key), receivedAt: new Date(at_ms), bodyBytes: body_bytes };
    }
    if (page.length === 0) {
      return;
    }
    after = page.at(-1).key;
  }
}

/** A listener that throws or rejects is told of, and costs no delivery. */
function call_each(listeners, what) {
  const call = async (listener) => listener(what);
  listeners.forEach((listener) => call(listener).catch((failure) =>
    console.error(`postern: a listener threw: ${failure?.stack ?? failure}`)));
}

/** By the numbers of the contract's SourceProblem. */
const problem_texts = [
  '', 'a secret is missing, of another form, or one that anybody knows',
  'a destination from the environment is none', 'its url is missing or none',
  'a secret that signs its forwards cannot be used',
];

function compile_object(options, { load_compiler, provider_text }) {
  const policy = Object.fromEntries(Object.entries(options).filter(([key]) => !own_keys.has(key)));
  const sources = policy.sources ?? {};
  const slugs = new Set(Object.values(sources).map((source) => source?.provider)
    .filter((slug) => typeof slug === 'string'));
  const providers = [...slugs]
    .map((slug) => ({ slug, file: `${slug}.toml`, text: provider_text(slug) }))
    .filter(({ text }) => text !== null);
  const chosen = in_proxy_mode(policy);
  let written = text_of_policy(chosen);
  const environment = options.env ?? globalThis.process?.env ?? {};
  const compile = (values) => compile_policy(load_compiler(), {
    text: written.text, development: options.development === true, providers,
    host: { name: 'local', ...local_limits }, values,
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
    unset.forEach(({ line, message, hint }) =>
      warnings.add(`${written.path_of_line(line)}: ${message} (${hint}).`));
    compiled = compile(undefined);
  }
  // Without the line of the text, which may be a secret that stands under another key.
  const told = compiled.diagnostics.map(({ severity, code, line, message, hint }) =>
    ({ severity, code, path: written.path_of_line(line), message, hint }));
  const errors = told.filter(({ severity }) => severity === 'error');
  if (compiled.policy === null) {
    const lines = errors.map(({ path, message, hint }) =>
      `${path || 'the policy'}: ${message}${hint ? ` (${hint})` : ''}`);
    throw Object.assign(new PolicyError(lines.join('\n')), { diagnostics: told });
  }
  const queued = Object.entries(chosen.sources).filter(([, { routes }]) =>
    Array.isArray(routes) && routes.some(({ deliver }) => deliver === 'queue'));
  if (queued.length > 0 && !options.ledger.is_durable) {
    throw new PolicyError(`sources.${queued[0][0]}.routes: queue mode answers before the work is ` +
      "done, and this ledger forgets. Take sqlite('postern.db') of postern/ledger/sqlite.");
  }
  return {
    bytes: compiled.policy, values: written.values, handlers: written.handlers, warnings,
    is_queued: queued.length > 0,
  };
}

/** What the settings of the text are worth, for the compiler to look at; those that are set. */
function values_of({ text, values }, environment) {
  const names = new Set([...text.matchAll(/"env:([^"\\]+)"/g)].map(([, name]) => name));
  return Object.fromEntries([...names].map((name) => [name, values.get(name) ?? environment[name]])
    .filter(([, value]) => typeof value === 'string' && value !== ''));
}

/** A route that does not say how it delivers does so while the sender waits. */
function in_proxy_mode(policy) {
  if (!is_object(policy.sources)) {
    return { ...policy };
  }
  const says_nothing = (route) =>
    is_object(route) && route.to !== undefined && route.deliver === undefined;
  const route_of = (route) => (says_nothing(route) ? { ...route, deliver: 'proxy' } : route);
  return {
    ...policy,
    sources: Object.fromEntries(Object.entries(policy.sources).map(([name, source]) => [name,
      is_object(source) && Array.isArray(source.routes)
        ? { ...source, routes: source.routes.map(route_of) } : source])),
  };
}

const is_object = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);
