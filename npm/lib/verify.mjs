// One request, one provider, one or more secrets: is it genuine? The module that only verifies
// judges by the same code as the gate's, and ends where that would ask a ledger.

import { receive } from '../../hosts/fetch/arrival.mjs';
import { BoundedMap } from '../../hosts/fetch/bounded_map.mjs';
import { encode_configure, read_policy_head } from '../../hosts/fetch/effects.mjs';
import { headers_object } from '../../hosts/fetch/headers.mjs';
import { Module } from '../../hosts/fetch/module.mjs';
import { bytes_of } from '../../hosts/fetch/wire.mjs';

import { DeliveredEvent } from './event.mjs';
import { hint_of } from './hints.mjs';
import { nearest } from './nearest.mjs';

/** Most secrets that one call tries: two while one is rotated, and room. */
export const secrets_max = 8;

/** Pairs of provider and secret that stay configured, the ones used last: each some 2 MiB. */
export const verifiers_max = 16;

/** That of wasm/postern/scheme/key.h. */
const secret_bytes_max = 4096;

const body_bytes_max = 25 << 20;
const verifiers = new BoundedMap(verifiers_max);

/**
 * `provider` is one of `postern/providers/NAME`. See types/index.d.ts for the others and for what
 * it gives.
 */
export async function verify_with(provider, request, secret, options = {}) {
  const secrets = read_secrets(secret, provider);
  expect_known(options);
  const url = read_url(options.url, provider);
  const parameters = read_parameters(options.parameters, provider);
  const limits = read_options(options);
  expect_request(request);
  const modules = secrets.map((text) => verifier_of(provider, text, url, parameters));
  const delivery = await read_delivery(request, limits);
  if (delivery === null) {
    return failure_of('body_incomplete', 400);
  }
  if (delivery.is_over_limit) {
    return failure_of('body_too_large', 413);
  }
  const failures = [];
  for (const module of modules) {
    const result = await judge(module, provider, delivery, secrets, limits);
    if (result.ok || result.reason === 'challenge') {
      return result;
    }
    failures.push(result);
  }
  // Under the secret that signed it a delivery can be stale; that it is not under the others tells
  // nothing.
  return failures.find(({ reason }) => reason !== 'bad_signature') ?? failures[0];
}

const option_names = ['url', 'parameters', 'maxBody', 'now'];

/** What is not known would be left undone without a word: a tolerance, say, is the provider's. */
function expect_known(options) {
  if (typeof options !== 'object' || options === null) {
    throw new TypeError(`The options of verify are an object, not ${String(options)}.`);
  }
  const unknown = Object.keys(options).find((name) => !option_names.includes(name));
  if (unknown !== undefined) {
    throw new TypeError(`verify has no option ${JSON.stringify(unknown)}.` +
      `${nearest(unknown, option_names)} It has ${option_names.join(', ')}.`);
  }
}

function read_secrets(secret, { slug }) {
  const secrets = Array.isArray(secret) ? secret : [secret];
  if (secrets.length === 0 || secrets.length > secrets_max) {
    throw new TypeError(`verify('${slug}', …) takes 1 to ${secrets_max} secrets, not ` +
      `${secrets.length}.`);
  }
  secrets.forEach((text, at) => {
    if (typeof text !== 'string' || text === '') {
      const which = Array.isArray(secret) ? ` number ${at}` : '';
      const what = text === '' ? 'empty' : typeof text;
      throw new TypeError(
        `The secret${which} of ${slug} is ${what}: is the environment variable set?`);
    }
    if (text === 'undefined' || text === 'null' || (text.trim() !== text && !is_key_file(text))) {
      throw new TypeError(`The secret${Array.isArray(secret) ? ` number ${at}` : ''} of ${slug} ` +
        (text.trim() === text ? 'is the text of a value that is not set.'
          : 'begins or ends with white space: a line end slipped in when it was copied?'));
    }
    if (bytes_of(text).byteLength > secret_bytes_max) {
      throw new TypeError(`The secret${Array.isArray(secret) ? ` number ${at}` : ''} of ${slug} ` +
        `is longer than ${secret_bytes_max} bytes.`);
    }
  });
  return secrets;
}

/** A public key in PEM: RFC 7468 lets white space be around it. */
const is_key_file = (text) => text.startsWith('-----BEGIN ');

/** A scheme that signs the address needs the one that the sender was given, from nobody else. */
function read_url(url, { slug, needs_url, signs_path }) {
  if (signs_path) {
    throw new TypeError(`${slug} signs the path that it sends to, which only a gate knows by its ` +
      'sources: use gate({ sources }) with a source at that path.');
  }
  if (needs_url && typeof url !== 'string') {
    throw new TypeError(`${slug} signs the address that it was given: pass it as options.url, ` +
      'as it stands at the sender. It is never taken from the request.');
  }
  return needs_url ? url : '';
}

/** Longest parameter, in characters: as wasm/postern/scheme/signing_scheme.h has it. */
const parameter_characters_max = 256;

/** Gives pairs of names and texts. Never says a text: a parameter may be a secret. */
function read_parameters(given = {}, { slug, parameters }) {
  if (typeof given !== 'object' || given === null) {
    throw new TypeError('options.parameters is an object, such as { verify_token: text }.');
  }
  const pairs = Object.entries(given).filter(([, text]) => text !== undefined);
  for (const [name, text] of pairs) {
    if (!parameters.includes(name)) {
      throw new TypeError(`${slug} has no parameter ${JSON.stringify(name)}.` +
        `${nearest(name, parameters)} It has ${parameters.join(', ') || 'none'}.`);
    }
    if (typeof text !== 'string' || text.length > parameter_characters_max ||
        !/^[!-~]+$/.test(text)) {
      throw new TypeError(`options.parameters.${name} is not 1 to ${parameter_characters_max} ` +
        'visible characters.');
    }
  }
  return pairs.sort(([one], [other]) => (one < other ? -1 : 1));
}

function read_options({ maxBody = body_bytes_max, now = () => Date.now() }) {
  if (!Number.isSafeInteger(maxBody) || maxBody <= 0) {
    throw new TypeError(`options.maxBody is a number of bytes, not ${String(maxBody)}.`);
  }
  if (typeof now !== 'function') {
    throw new TypeError('options.now is a function that gives unix milliseconds.');
  }
  const now_ms = now();
  if (!Number.isFinite(now_ms) || now_ms < 0 || now_ms > Number.MAX_SAFE_INTEGER) {
    throw new TypeError('options.now gives no unix time in milliseconds.');
  }
  return { limit: Math.min(maxBody, body_bytes_max), now: () => Math.trunc(now_ms) };
}

function expect_request(request) {
  if (typeof request?.headers?.forEach !== 'function' ||
      typeof request.arrayBuffer !== 'function' || typeof request.url !== 'string' ||
      typeof request.method !== 'string') {
    throw new TypeError('verify takes a Request of Fetch. What node:http and Express hand over ' +
      'is none: give it a gate by postern/node, or make one of its raw body, new Request(url, ' +
      '{ method, headers, body }).');
  }
  if (request.bodyUsed || request.body?.locked === true) {
    throw new TypeError('The body of this request was read before. What is signed is its bytes: ' +
      'verify first and read event.text() or event.json(), or pass request.clone().');
  }
}

/** Null when the sender went away before the end of its body. */
async function read_delivery(request, { limit }) {
  try {
    const delivery = await receive(request, '', { get: () => limit });
    // The address was chosen by whoever routed it here; the policy of a provider has one path.
    return { ...delivery, https: true, path: '/' };
  } catch {
    return null;
  }
}

function verifier_of(provider, secret, url, parameters) {
  const name = JSON.stringify([provider.slug, secret, url, parameters]);
  let module = verifiers.get(name);
  verifiers.delete(name);  // What is put in last is forgotten last.
  if (module === undefined) {
    const { policy } = provider;
    const values = new Map([['SECRET', secret], ['URL', url],
      ...parameters.map(([of, text]) => [`PARAMETER_${of.toUpperCase()}`, text])]);
    const settings = setting_names_of(provider).map((one) => values.get(one) ?? '');
    module = new Module(provider.way.load(), encode_configure(policy, settings));
    const [problem] = module.configuration.problems;
    if (problem !== undefined) {
      throw new TypeError(problem.problem === url_problem
        ? `The url of ${provider.slug} cannot be used: it is an absolute address, such as ` +
          'https://app.example/hooks, as it stands at the sender.'
        : `The secret of ${provider.slug} cannot be used: it is too short, of another form, or ` +
          'one that anybody knows.');
    }
  }
  verifiers.set(name, module);
  return module;
}

/** Of the contract's SourceProblem. */
const url_problem = 3;

function setting_names_of({ slug, way, policy }) {
  const foreign = (cause) => new TypeError(
    `The provider ${JSON.stringify(slug)} is none of this version of postern.`, { cause });
  if (way === undefined) {
    throw foreign();
  }
  try {
    return read_policy_head(policy).setting_names;
  } catch (failure) {
    throw foreign(failure);
  }
}

async function judge(module, { slug, way, fetches }, delivery, secrets, { now }) {
  const token = crypto.getRandomValues(new Uint8Array(16));
  let reply;
  try {
    reply = await way.judge({ module, fetches, delivery, now, token });
  } catch (failure) {
    return { ...failure_of('gate_failed', 503), hint: `the module failed: ${failure.message}` };
  }
  const { verdict, reason, status, signature_age_s } = JSON.parse(reply.record);
  switch (verdict) {
    case 'forwarded':
      return { ok: true, event: new DeliveredEvent({
        headers: headers_of(delivery, reply, secrets),
        record: { source: slug, provider: slug },
        delivery,
      }) };
    case 'handshake':
      return {
        ok: false, reason: 'challenge', status: reply.status,
        reply: new Response(reply.body.byteLength === 0 ? null : reply.body,
          { status: reply.status, headers: headers_object(reply.headers) }),
      };
    default:
      return failure_of(reason, status, signature_age_s);
  }
}

const failure_of = (reason, status, age_s) =>
  ({ ok: false, reason, status, hint: hint_of(reason, age_s) });

/** What shows who the sender is, and nothing of the event: an event is printed, and passed on. */
const credentials = new Set(['authorization', 'cookie', 'proxy-authorization']);

/** The sender's without the secret, and the fields of the gate, which no sender can set. */
function headers_of(delivery, reply, secrets) {
  const theirs = delivery.headers.filter(([name, value]) => !name.startsWith('postern-') &&
    !credentials.has(name) && !secrets.some((secret) => value.includes(secret)));
  return [...theirs, ['postern-attempt', '1'], ...reply.headers];
}
