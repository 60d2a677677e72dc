import { createHash } from 'node:crypto';
import { parse } from 'node:querystring';

import twilio_library from 'twilio';

import { form_fields, json_body, read_plain_form, spell_form } from '../bodies.mjs';
import { lenient_text, strict_text, with_header } from '../delivery.mjs';
import {
  base64_mutations, body_mutations, encoded_body_mutation, header_mutations,
  signed_body_mutations,
} from '../mutations.mjs';
import * as reasons from '../reasons.mjs';

const {
  getExpectedBodyHash, getExpectedTwilioSignature, validateRequest, validateRequestWithBody,
} = twilio_library;

const header = 'x-twilio-signature';
const form_type = 'application/x-www-form-urlencoded';

const [form_path, query_path, port_path, quote_path, empty_path] =
  ['/form', '/query', '/port', '/quote', '/empty'];
const base_of = (source) => source.url.split('?')[0];
const query_of = (source) => source.url.split('?')[1] ?? '';
const joined = (source, query) => (query === '' ? base_of(source) : `${base_of(source)}?${query}`);

const is_json = (body) => /^[ \t\r\n]*[{[]/.test(body.subarray(0, 64).toString('latin1'));

/** The signature of `url`, once as it is and once with the port that goes without saying. */
function sign_url(random, secret, url, parameters) {
  const spelled = random.chance(0.3) ? url.replace(/^(https:\/\/[^/:?]+)(?=[/?])/, '$1:443') : url;
  return getExpectedTwilioSignature(secret, spelled, parameters);
}

function sign({ random, secret, source, body }) {
  return is_json(body)
    ? sign_json({ random, secret, source, hash: getExpectedBodyHash(body.toString()) })
    : sign_form({ random, secret, source, body });
}

function sign_form({ random, secret, source, body }) {
  const signature = sign_url(random, secret, source.url, parse(lenient_text(body)));
  return { query: query_of(source), headers: { 'content-type': form_type, [header]: signature } };
}

function sign_json({ random, secret, source, hash }) {
  const query = [query_of(source), `bodySHA256=${hash}`].filter((text) => text !== '').join('&');
  const signature = sign_url(random, secret, joined(source, query), {});
  return { query, headers: { 'content-type': 'application/json', [header]: signature } };
}

/** The delivery with other fields, signed in the order that the library has or in that of bytes. */
function sign_in_order({ random, secret, source }, fields, order) {
  const sorted = [...fields].sort(in_order(order));
  const text = sorted.map(([name, value]) => name + value).join('');
  const signature = getExpectedTwilioSignature(secret, source.url + text, {});
  return {
    query: query_of(source),
    headers: { 'content-type': form_type, [header]: signature },
    body: spell_form(random, fields),
  };
}

/** Names that sort one way by UTF-16 units and the other way by bytes. */
const odd_names = [['a\u{1f511}', '1'], ['a\uff5e', '2'], ['Body', 'x']];
const by_bytes = (a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b));
const by_units = (a, b) => (a < b ? -1 : Number(a > b));
const in_order = (order) => ([name, value], [other_name, other_value]) =>
  order(name, other_name) || order(value, other_value);

function sorts_in_two_ways({ body }) {
  const fields = read_plain_form(body) ?? [];
  const sorted = (order) => JSON.stringify([...fields].sort(in_order(order)));
  return sorted(by_bytes) !== sorted(by_units);
}

export const twilio = {
  name: 'twilio',
  provider: 'twilio',
  policy_lines: ['on_ledger_down = "open"'],
  signs_sorted_forms: true,
  sources: [
    { path: form_path, secrets: 1, url: 'https://hooks.example.com/form' },
    { path: query_path, secrets: 2, url: 'https://hooks.example.com/query?a=1&b=%2F%2f' },
    { path: port_path, secrets: 1, url: 'https://hooks.example.com:8443/port' },
    { path: quote_path, secrets: 3, url: "https://hooks.example.com/quote?who=O'Neil" },
    { path: empty_path, secrets: 1, url: 'https://hooks.example.com/empty', secret: '' },
  ],
  secret: (random) => random.text(32, '0123456789abcdef'),
  body: (random) => (random.chance(0.7)
    ? spell_form(random, form_fields(random))
    : json_body(random, { id: random.text(9) })),
  sign,
  accepts({ query, headers, body }, secrets, source) {
    const url = joined(source, query);
    const signature = headers[header];
    const text = lenient_text(body);
    const is_form = headers['content-type'] === form_type;
    return secrets.some((secret) => (url.includes('bodySHA256')
      ? validateRequestWithBody(secret, signature, url, text)
      : validateRequest(secret, signature, url, is_form ? parse(text) : {})));
  },
  mutations: [
    ...body_mutations,
    ...header_mutations(header),
    ...base64_mutations(header),
    ...signed_body_mutations,
    encoded_body_mutation,
    {
      name: 'parameters cut in another way',
      apply(delivery) {
        const fields = read_plain_form(delivery.body);
        const at = (fields ?? []).findIndex(([, value]) => value.length > 1);
        if (at < 0) {
          return null;
        }
        const [name, value] = fields[at];
        const cut = fields.with(at, [name + value[0], value.slice(1)]);
        return { ...delivery, body: Buffer.from(new URLSearchParams(cut).toString()) };
      },
    },
    {
      name: 'parameters folded into the address',
      apply(delivery, { random, secret, source }) {
        const query = [query_of(source), 'Body=x'].filter((text) => text !== '').join('&');
        const signature = sign_url(random, secret, joined(source, query), {});
        return { ...delivery, query, body: Buffer.alloc(0),
          headers: { 'content-type': form_type, [header]: signature } };
      },
    },
    {
      name: 'another query',
      apply: (delivery, { random }) => ({ ...delivery, query: random.pick([
        '', 'a=1', `${delivery.query}&`, `&${delivery.query}`, delivery.query.toUpperCase(),
        `${delivery.query}&${delivery.query}`, delivery.query.replaceAll('%2f', '%2F')]) }),
    },
    {
      name: 'JSON without a hash of the body',
      apply: (delivery, { random, secret, source }) => (is_json(delivery.body)
        ? { ...delivery, query: query_of(source), headers: { 'content-type': 'application/json',
          [header]: sign_url(random, secret, source.url, {}) } }
        : null),
    },
    {
      name: 'a form with a hash of the body',
      apply: (delivery, { random, secret, source }) => (is_json(delivery.body)
        ? null
        : { ...delivery, ...sign_json({ random, secret, source,
          hash: getExpectedBodyHash(lenient_text(delivery.body)) }) }),
    },
    {
      name: 'a hash in other case',
      apply: (delivery) => ({ ...delivery, query: delivery.query.replace(/[0-9a-f]{64}/, (hash) =>
        hash.toUpperCase()) }),
    },
    {
      name: 'a signed address in its other spelling',
      apply(delivery, { secret, source }) {
        const url = new URL(source.url).toString();
        const parameters = parse(lenient_text(delivery.body));
        const signature = getExpectedTwilioSignature(secret, url, parameters);
        return url === source.url || is_json(delivery.body)
          ? null
          : with_header(delivery, header, signature);
      },
    },
    {
      name: 'a form that parsers repair',
      apply(delivery, context) {
        const body = Buffer.from(context.random.pick([
          'a', 'a=1&&b=2', '=x', 'a=%', 'a=%zz', 'a=%ff', 'a=%00', 'a=1&b', '&',
          Array.from({ length: 300 }, (_, i) => `f${i}=${i}`).join('&')]));
        return { ...delivery, ...sign_form({ ...context, body }), body };
      },
    },
    {
      name: 'a signed name that begins with no letter',
      apply(delivery, context) {
        const name = context.random.pick(['1', '-status', '_', 'Ü', '?x', '/', '.a', '\u{1f511}']);
        return { ...delivery, ...sign_in_order(context, [[name, '1'], ['Body', 'x']], by_units) };
      },
    },
    {
      name: 'names that sort in two ways, in the order of UTF-16',
      apply: (delivery, context) =>
        ({ ...delivery, ...sign_in_order(context, odd_names, by_units) }),
    },
    {
      name: 'names that sort in two ways, in the order of bytes',
      apply: (delivery, context) =>
        ({ ...delivery, ...sign_in_order(context, odd_names, by_bytes) }),
    },
    {
      name: 'a signed body that is no UTF-8',
      apply(delivery, context) {
        const body = Buffer.concat([Buffer.from('{"a":"'), Buffer.from([0xff]), Buffer.from('"}')]);
        const hash = createHash('sha256').update(body).digest('hex');
        return { ...delivery, ...sign_json({ ...context, hash }), body };
      },
    },
  ],
  stricter: [
    { ...reasons.repaired_text, reasons: ['body_hash_mismatch', 'malformed_content'] },
    { ...reasons.other_form(['form', 'json', 'empty']), reasons: ['missing_signature'] },
    reasons.compressed_body,
    reasons.large_body,
    {
      name: 'a form with more signed text than we try keys on',
      why: 'The sorted form is text that each key signs; ours ends at 64 KiB, theirs at nothing.',
      reasons: ['malformed_content'],
      even_unchanged: true,
      holds: ({ body }) => !is_json(body) && body.byteLength > 65536 - 256,
    },
    {
      name: 'a form that parsers repair',
      why: 'The library is given what a parser made of the form; the origin\'s may make another.',
      reasons: ['malformed_content'],
      holds: ({ body }) => (read_plain_form(body)?.length ?? Infinity) > 256,
    },
    {
      name: 'a name that begins with no letter',
      why: 'The library joins address and fields with nothing between; here a letter stands there.',
      reasons: ['malformed_content'],
      holds: ({ body }) => !is_json(body) &&
        (read_plain_form(body) ?? []).some(([name]) => !/^[A-Za-z]/.test(name)),
    },
    {
      name: 'fields that sort in two ways',
      why: 'The library sorts UTF-16 units, others bytes: emoji and U+E000 to U+FFFF trade places.',
      reasons: ['bad_signature'],
      holds: sorts_in_two_ways,
    },
    {
      name: 'JSON without a hash of the body',
      why: 'The library then takes the address alone for signed; nothing would bind the body.',
      reasons: ['body_hash_mismatch'],
      holds: ({ query, body }) => is_json(body) && !query.includes('bodySHA256='),
    },
    {
      name: 'a hash beside what is no JSON',
      why: 'The library goes by the address; here a form is signed by its fields.',
      reasons: ['malformed_content'],
      holds: ({ query, body }) => !is_json(body) && query.includes('bodySHA256='),
    },
    {
      name: 'another query than the configured one',
      why: 'The library believes the address that was asked; fields can be folded into that.',
      reasons: ['malformed_content'],
      holds: ({ query }, { source }) =>
        query.replace(/(^|&)bodySHA256=[0-9a-f]{64}$/, '') !== query_of(source),
    },
    {
      name: 'the address as a browser would write it',
      why: 'The library also tries rewritten addresses; here what is configured is what is signed.',
      reasons: ['bad_signature'],
      holds: (_, { source }) => new URL(source.url).toString() !== source.url,
    },
    {
      name: 'an empty token',
      why: 'The library signs with an empty key; here such a source answers nobody.',
      reasons: ['source_unavailable', 'encoded_body', 'body_too_large'],
      holds: (_, { source }) => source.secret === '',
    },
  ],
  laxer: [
    {
      ...reasons.text_only,
      holds: (delivery) => strict_text(delivery.body) === null && is_json(delivery.body),
    },
    {
      name: 'fields that sort in two ways',
      why: 'See the other table: whoever sorts bytes agrees with us.',
      holds: sorts_in_two_ways,
    },
  ],
};
