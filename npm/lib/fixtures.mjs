// The corpus of fixtures for other test runners than `postern replay`. What a sender signs and an
// attacker changes is done by the harness's module; here its deliveries become requests.

import { join } from 'node:path';

import { meant_by, provider_files, provider_names } from './catalogue/files.mjs';
import { text32, with_bytes, write_setting } from './command_form.mjs';
import { ask_harness } from './harness.mjs';
import { built_in_fixtures } from './harness_host.mjs';
import { nearest } from './nearest.mjs';

const option_names = ['provider', 'folder', 'filter'];

/** Bytes, a character each, as headers and the harness have them. */
const bytes_of_text = (text) => Buffer.from(text, 'utf8').toString('latin1');

/** See types/testing.d.ts. */
export function fixtures(options = {}) {
  const unknown = Object.keys(options).find((name) => !option_names.includes(name));
  if (unknown !== undefined) {
    throw new TypeError(`fixtures has no option ${JSON.stringify(unknown)}.` +
      `${nearest(unknown, option_names)} It has ${option_names.join(', ')}.`);
  }
  const { provider, folder, filter = '' } = options;
  // Of those that came along, the folder is the provider's; others may be laid out in another way.
  const place = folder ?? join(built_in_fixtures, provider ?? '');
  if (provider !== undefined && !provider_names().includes(provider)) {
    throw new TypeError(`There is no provider ${JSON.stringify(provider)}.` +
      meant_by(provider));
  }
  const cases = read_cases(place, filter)
    .filter((one) => provider === undefined || one.provider === provider);
  if (cases.length === 0) {
    throw new RangeError('No fixture is of this provider, in this folder and with this filter.');
  }
  return cases.map(fixture_of);
}

function read_cases(folder, filter) {
  const providers = provider_files(provider_names()).map(with_bytes);
  const answer = ask_harness('cases', (writer) => {
    write_setting(writer, { is_coloured: false, providers });
    writer.list16([bytes_of_text(folder)], text32);
    text32(writer, bytes_of_text(filter));
  });
  if (answer.exit !== 0) {
    throw new Error(Buffer.from(answer.err).toString());
  }
  return JSON.parse(Buffer.from(answer.out).toString());
}

const fixture_of = ({ name, provider, file, shows, secrets, source, gate, fetch, steps }) => ({
  name, provider, file, shows, secrets, url: source.url ?? null, source, gate,
  fetch: new Map(Object.entries(fetch).map(([url, base64]) =>
    [url, new Uint8Array(Buffer.from(base64, 'base64'))])),
  steps: steps.map(step_of),
});

const step_of = ({ at_ms, copies, together, request, scripted, expected }) => ({
  at: new Date(at_ms), copies, together, scripted, expected,
  clientAddress: request?.client_address || null,
  request: (url) => request_of(request, url),
});

function request_of(request, url) {
  if (request === null) {
    throw new TypeError('In this step only time passes: `copies` is 0, and there is no request.');
  }
  const { method, path, query, https, headers, body_b64 } = request;
  const address = url ?? `${https ? 'https' : 'http'}://app.example${path}`;
  const joint = query === '' ? '' : `${address.includes('?') ? '&' : '?'}${query}`;
  const body = new Uint8Array(Buffer.from(body_b64, 'base64'));
  return new Request(address + joint, {
    method, headers: headers.map(([name, value]) => [name, bytes_of_text(value)]),
    body: body.byteLength === 0 ? undefined : body,
  });
}
