// `postern/testing`: deliveries as their senders sign them, for an app's own tests. It signs by the
// harness's module, which reads the same files of providers as the gate, and has another
// implementation of what they say.

import { text_of } from '../../hosts/fetch/wire.mjs';

import { is_provider, meant_by, provider_files } from './catalogue/files.mjs';
import { text32, with_bytes, write_setting } from './command_form.mjs';
import { ask_harness } from './harness.mjs';
import { nearest } from './nearest.mjs';

export { fixtures } from './fixtures.mjs';

/** Longest body that a policy may let in. */
const body_bytes_max = 25 << 20;

const option_names = ['at', 'headers', 'id', 'key', 'method', 'secret', 'type', 'url'];

/** See types/testing.d.ts. */
export async function sign(provider, body, options = {}) {
  const slug = slug_of(provider);
  const fail = (why) => {
    throw new TypeError(`sign('${slug}', …): ${why}`);
  };
  const order = read_order(options, fail);
  const providers = provider_files([slug]).map(with_bytes);
  const answer = ask_harness('delivery', (writer) => {
    write_setting(writer, { is_coloured: false, providers });
    write_order(writer, slug, bytes_of_body(body, fail), order);
  });
  const [made] = answer.files;
  return made === undefined
    ? fail(text_of(answer.err).replace(/^`(\w+)`/, (_, part) =>
      (part === 'body' ? 'the body' : `options.${part}`)))
    : request_of(JSON.parse(text_of(made.bytes)), order.url || `https://app.example/hooks/${slug}`);
}

function slug_of(provider) {
  const slug = typeof provider === 'string' ? provider : provider?.slug;
  if (typeof slug !== 'string') {
    throw new TypeError('A provider is its name, or what postern/providers/NAME exports.');
  }
  if (!is_provider(slug)) {
    throw new TypeError(`There is no provider ${JSON.stringify(slug)}.` +
      `${meant_by(slug)} \`npx postern providers\` lists them.`);
  }
  return slug;
}

function bytes_of_body(body, fail) {
  const bytes = typeof body === 'string' ? Buffer.from(body)
    : body instanceof ArrayBuffer ? new Uint8Array(body)
      : ArrayBuffer.isView(body) ? new Uint8Array(body.buffer, body.byteOffset, body.byteLength)
        : body !== null && typeof body === 'object' ? Buffer.from(JSON.stringify(body))
          : fail(`the body is a text, bytes, or an object that becomes JSON, not ${String(body)}`);
  return bytes.byteLength <= body_bytes_max ? bytes
    : fail(`the body has ${bytes.byteLength} bytes, and no gate takes more than ${body_bytes_max}`);
}

function read_order(options, fail) {
  const unknown = Object.keys(options).find((name) => !option_names.includes(name));
  if (unknown !== undefined) {
    fail(`there is no option ${JSON.stringify(unknown)}.${nearest(unknown, option_names)} ` +
      `It has ${option_names.join(', ')}.`);
  }
  const { secret = '', key = '', id = '', type = '', url = '', method = 'POST' } = options;
  for (const [name, value] of Object.entries({ secret, key, id, type, method })) {
    if (typeof value !== 'string') {
      fail(`options.${name} is a text, not ${Array.isArray(value) ? 'a list' : String(value)}`);
    }
  }
  if (secret === '' && key === '') {
    fail('options.secret is what the receiver has, and options.key the private key of a sender ' +
      'whose receivers have a public one: give one of the two. Is the environment variable set?');
  }
  return {
    secret, key, id, type, method, url: read_url(url, fail), at: read_time(options.at, fail),
    headers: read_headers(options.headers, fail),
  };
}

function read_url(url, fail) {
  const text = String(url);
  return text === '' || URL.canParse(text) ? text
    : fail('options.url is a whole address, such as https://app.example/hooks');
}

function read_headers(headers, fail) {
  try {
    return [...new Headers(headers)];
  } catch {
    return fail('options.headers are names and values of HTTP');
  }
}

/** Unix milliseconds, or null for now. */
function read_time(at, fail) {
  if (at === undefined) {
    return null;
  }
  const time = at instanceof Date ? at.getTime() : at;
  return Number.isSafeInteger(time) && time >= 0 ? time
    : fail('options.at is a Date, or unix milliseconds');
}

function write_order(writer, slug, body, order) {
  const text = (value) => writer.bytes32(Buffer.from(value));
  text32(writer, slug);
  text(order.secret);
  text(order.key);
  writer.optional(order.at, (into, at) => into.u64(at));
  writer.u64(Date.now());
  text(order.id);
  text(order.url);
  text(order.type);
  text(order.method);
  writer.list16(order.headers, (_, [name, value]) => {
    text(name);
    text(value);
  });
  writer.bytes32(body);
}

function request_of({ method, query, headers, body_base64 }, url) {
  const address = url.replace(/[?#].*$/s, '');
  const body = Buffer.from(body_base64, 'base64');
  return new Request(query === '' ? address : `${address}?${query}`,
    { method, headers, body: body.byteLength === 0 ? null : body });
}
