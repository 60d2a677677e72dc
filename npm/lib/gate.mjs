// A gate in an application: the policy as an object or as bytes, a ledger, and handlers.

import { tenant_setting_prefix } from '../../build/contract/frames.mjs';
import { BoundedMap } from '../../hosts/fetch/bounded_map.mjs';
import { read_policy_head } from '../../hosts/fetch/effects.mjs';
import { address_of_handler, is_handler_setting } from '../../hosts/fetch/handler_names.mjs';
import { make_keys } from '../../hosts/fetch/keys.mjs';
import { make_forward } from '../../hosts/fetch/outbound.mjs';
import { tenant_sources_of } from '../../hosts/fetch/tenants.mjs';
import { bytes_of_hex, hex_of } from '../../hosts/fetch/wire.mjs';

import { address_of_fetch, read_https } from './adapters/connection.mjs';
import { handle_web } from './adapters/web.mjs';
import { bind_handlers } from './bind_handlers.mjs';
import { either_signal } from './either_signal.mjs';
import { make_forwards, threw } from './handlers.mjs';
import { PolicyError } from './policy_error.mjs';
import { text_of_thrown } from './thrown.mjs';

/** Throws that wait for their record: as many as deliveries may be under way. */
const throws_max = 1024;

/** Said once, as every scanner could have it said again. */
const not_https_text =
  'postern: a delivery over plain HTTP was answered 403. Behind a proxy that ends TLS say ' +
  "https: 'x-forwarded-proto' (serve: --proxy), to the gate for its fetch or to the " +
  'adapter; on a machine of your own development: true (--development). Told once.';

/** More than any secret, key or address has. */
const setting_length_max = 16_384;

/** Timers take 24 days at most. */
const timer_ms_max = 24 * 60 * 60 * 1000;

const now = () => Date.now();

/**
 * See types/index.d.ts. `parts` are what not every gate carries alike: `{ load_postern,
 * compile_object }`, the second as in policy_object.mjs.
 */
export function make_gate(options, { load_postern, compile_object }) {
  if (typeof options?.ledger?.make_gate !== 'function') {
    throw new TypeError('gate() needs a ledger, by which a duplicate is known: ' +
      "sqlite('postern.db') of postern/ledger/sqlite, durableObject() of …/durable-object on " +
      'Workers, or memory() of …/memory, which forgets at every restart.');
  }
  if (options.policy !== undefined) {
    expect_compiled(options);
  }
  const https = read_https(options);
  const listeners = { record: new Set(), failure: new Set() };
  const environment = options.env ?? options.ledger.env ?? globalThis.process?.env ?? {};
  const compiled = options.policy === undefined
    ? compile_object(options, environment)
    : {
      bytes: options.policy, values: new Map(), warnings: [],
      tenants: new Map(Object.entries(options.secrets ?? {})),
    };
  const { bytes, values, tenants, is_queued } = compiled;
  const setting_names = setting_names_of(bytes);
  expect_tenants(tenant_sources_of(setting_names), tenants);
  const { handlers, warnings } =
    bind_handlers(setting_names, options.handlers, compiled.handlers);
  const value_of = (name) => {
    if (name.startsWith(tenant_setting_prefix)) {
      return '';
    }
    return is_handler_setting(name)
      ? address_of_handler(name) : values.get(name) ?? text_of_setting(environment, name);
  };
  const settings = setting_names.map(value_of);
  const ending = new AbortController();
  const outside = (url, { signal, ...others }) =>
    fetch(url, { ...others, signal: either_signal(signal, ending.signal) });
  /** What handlers threw, until the record of their delivery tells it. */
  const throws = new BoundedMap(throws_max);
  const gate = options.ledger.make_gate({
    compiled: load_postern(), policy: bytes, settings, tenants, env: environment, now,
    forward: make_forwards(make_forward(outside), handlers, {
      ending: ending.signal,
      tell_throw,
      finish_late: (effect, delivery, outcome) => gate.finish_late(effect, delivery, outcome),
      provider_of: (source) => slug_of(options.sources?.[source]?.provider),
    }),
    keys: make_keys(outside, now),
    report: ({ record, failure }) => (failure === null
      ? record !== null && tell_record(JSON.parse(record))
      : tell_failure(failure?.message ?? text_of_thrown(failure))),
    log: (line) => tell_failure(line),
  });

  let is_told_of_https = false;

  function tell_record(record) {
    if (record.reason === 'not_https' && !is_told_of_https) {
      is_told_of_https = true;
      console.warn(not_https_text);
    }
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
      throws.set(`${key} ${fields.get('postern-attempt')}`, text_of_thrown(failure));
    }
    tell_failure(`the handler of ${fields.get('postern-source')} threw on the event ${key}` +
      `${is_late ? ', late' : ''}: ${text_of_thrown(failure, { has_stack: true })}`);
  }

  function tell_failure(text) {
    if (listeners.failure.size === 0) {
      console.error(`postern: ${text}`);
    }
    call_each(listeners.failure, text);
  }

  [...compiled.warnings, ...warnings].forEach((text) => console.warn(`postern: ${text}`));
  if (!options.ledger.is_durable) {
    console.warn('postern: the ledger is in memory: after a restart every repeat is a new event.');
  }
  gate.problems().forEach(({ source, problem }) =>
    console.error(`postern: ${source} answers 503: ${problem_texts[problem]}.`));
  gate.lacking?.().then((sources) => sources.forEach((source) => console.error(
    `postern: ${source} answers 503: this runtime has no Ed25519, by which it is signed.`)));

  let closing;
  // For adapters, which know the connection and where a failure is told.
  const handle = async (request, connection, wait_until) => (closing === undefined
    ? gate.fetch(request, connection, wait_until)
    : new Response(null, { status: 503, headers: { 'retry-after': '1' } }));

  function expect_open() {
    if (closing !== undefined) {
      throw new Error('This gate is closed, and its ledger with it.');
    }
  }

  async function close(grace) {
    const timer = grace < timer_ms_max ? setTimeout(() => ending.abort(), grace) : undefined;
    await gate.close();
    clearTimeout(timer);
  }

  return Object.freeze({
    fetch: (request, env, context) => handle_web({ handle, tell: tell_failure }, request, {
      name: 'fetch', https, cure: 'give the gate the request as it came.',
      client_address: address_of_fetch(request, env),
    }, (settled) => context?.waitUntil?.(settled)),
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
    ...(gate.queue && { queue: (batch, _env, context) => gate.queue(batch, context) }),
    async drive() {
      expect_open();
      return gate.drive();
    },
    dead() {
      expect_open();
      return all_dead(gate);
    },
    async redrive(key) {
      expect_open();
      if (typeof key !== 'string' || !/^[0-9a-f]{64}$/.test(key)) {
        throw new TypeError('hooks.redrive takes the key of one of hooks.dead().');
      }
      return gate.redrive(bytes_of_hex(key));
    },
    /** Whether any source can take a delivery. */
    is_ready: () => closing === undefined && gate.is_ready(),
    async close(how) {
      const { grace = Infinity } = how ?? {};
      if (typeof grace !== 'number' || !(grace >= 0)) {
        throw new TypeError('hooks.close takes { grace } in milliseconds, from 0.');
      }
      closing ??= close(grace);
      return closing;
    },
  });
}

const slug_of = (provider) => provider?.slug ?? provider ?? '';

/** What stands beside bytes that hold the rest: another key would do nothing, without a word. */
const beside_policy = new Set(['policy', 'ledger', 'handlers', 'secrets', 'env', 'https']);

function expect_compiled(options) {
  if (!(options.policy instanceof Uint8Array)) {
    throw new TypeError('policy is the bytes that `postern compile` writes, as a Uint8Array.');
  }
  const [odd] = Object.entries(options)
    .find(([key, value]) => value !== undefined && !beside_policy.has(key)) ?? [];
  if (odd !== undefined) {
    throw new TypeError(`${odd} does nothing beside a compiled policy, which says all but ` +
      `${[...beside_policy].slice(1).join(', ')}.`);
  }
}

function text_of_setting(environment, name) {
  const value = environment[name] ?? '';
  if (typeof value !== 'string') {
    throw new TypeError(`env.${name} is a ${typeof value}, and a setting is a text.`);
  }
  if (value.length > setting_length_max) {
    throw new TypeError(`env.${name} has more than ${setting_length_max} characters.`);
  }
  return value;
}

function setting_names_of(policy) {
  try {
    return read_policy_head(policy).setting_names;
  } catch (failure) {
    throw new PolicyError('policy is not what this version of `postern compile` writes: compile ' +
      'it again.', { cause: failure });
  }
}

/** A source whose secrets are its tenants' needs somebody to ask, and no other takes one. */
function expect_tenants(sources, functions) {
  for (const name of sources.keys()) {
    if (typeof functions.get(name) !== 'function') {
      throw new TypeError(`secrets.${name} is missing: the policy has its tenants' secrets asked ` +
        'for. Give the gate a function, ' +
        `secrets: { ${JSON.stringify(name)}: async ({ path }) => ({ tenant, secrets }) }.`);
    }
  }
  for (const name of functions.keys()) {
    if (!sources.has(name)) {
      throw new TypeError(`secrets.${name}: the policy has no source of this name with ` +
        'secrets = "per-tenant".');
    }
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
    console.error(`postern: a listener threw: ${text_of_thrown(failure, { has_stack: true })}`)));
}

/** By the numbers of the contract's SourceProblem. */
const problem_texts = [
  '', 'a secret is missing, of another form, or one that anybody knows',
  'a destination that the environment has to name is not set, or no https address',
  'its url is not set, or no address',
  'a secret that signs its forwards cannot be used',
];
