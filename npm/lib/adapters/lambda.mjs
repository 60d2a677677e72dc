import { Buffer } from 'node:buffer';

import { is_forwarded_https, read_adapter } from './connection.mjs';

/**
 * A handler of AWS Lambda behind a function URL or API Gateway, which are https, or a load
 * balancer, which says what it is: `export const handler = lambda(hooks)`. Nothing runs behind an
 * answer there, so the event is settled before it; queue mode needs a schedule that calls
 * `hooks.drive()`, said by `{ drive: 'scheduled' }`. `https` is for what stands before those.
 */
export function lambda(hooks, options) {
  const { https, drive } = read_adapter('lambda', hooks, options, ['drive']);
  if (drive !== undefined && drive !== 'scheduled') {
    throw new TypeError(`drive is 'scheduled' or left out, not ${JSON.stringify(drive)}.`);
  }
  if (hooks.is_queued && drive !== 'scheduled') {
    throw new TypeError('A Lambda does nothing behind an answer, so nobody drives queue mode ' +
      "there: let a schedule call hooks.drive() and say { drive: 'scheduled' }.");
  }
  return async function handler(event) {
    expect_request(event);
    const request = request_of(event);
    if (request === null) {
      return answer_of(event, new Response(null, { status: 400 }));
    }
    const settled = [];
    const response = await hooks.handle(request, connection_of(event, request.headers, https),
      (promise) => settled.push(promise));
    await Promise.all(settled);
    return answer_of(event, response);
  };
}

/** A schedule, a queue and other sources of events call a Lambda as well. */
function expect_request(event) {
  const path = event?.rawPath ?? event?.path;
  const method = event?.requestContext?.http?.method ?? event?.httpMethod;
  if (typeof path !== 'string' || typeof method !== 'string') {
    throw new TypeError('lambda: this event is no request of a function URL, API Gateway or load ' +
      'balancer. A schedule calls hooks.drive() in a handler of its own.');
  }
}

/** Only a load balancer may listen without TLS; it sets the header always. */
function connection_of({ requestContext: context }, headers, https) {
  const is_told = https === 'x-forwarded-proto' || context?.elb !== undefined;
  return {
    https: !is_told || is_forwarded_https(headers.get('x-forwarded-proto')),
    client_address: context?.http?.sourceIp ?? context?.identity?.sourceIp ?? '',
  };
}

/** Whoever gives several values of a header takes several: a load balancer takes only those. */
async function answer_of({ multiValueHeaders }, response) {
  const headers = multiValueHeaders == null
    ? { headers: Object.fromEntries(response.headers) }
    : { multiValueHeaders: Object.fromEntries([...response.headers].map(([n, v]) => [n, [v]])) };
  return {
    statusCode: response.status,
    ...headers,
    body: Buffer.from(await response.arrayBuffer()).toString('base64'),
    isBase64Encoded: true,
  };
}

/**
 * Of version 2.0 of the payload (function URLs, HTTP APIs), or 1.0 (REST APIs, load balancers).
 * Null for a header that Fetch knows no form for.
 */
function request_of(event) {
  const body = Buffer.from(event.body ?? '', event.isBase64Encoded ? 'base64' : 'utf8');
  const headers = new Headers();
  try {
    for (const [name, values] of Object.entries(event.multiValueHeaders ?? event.headers ?? {})) {
      [values].flat().forEach((value) => headers.append(name, value));
    }
  } catch {
    return null;
  }
  headers.set('content-length', String(body.byteLength));
  const path = event.rawPath ?? event.path;
  const query = event.rawQueryString ?? query_of(event);
  return {
    url: `https://gate.invalid${path}${query === '' ? '' : `?${query}`}`,
    method: event.requestContext?.http?.method ?? event.httpMethod,
    headers,
    body: body.byteLength === 0 ? null : new Blob([body]).stream(),
    arrayBuffer: async () =>
      body.buffer.slice(body.byteOffset, body.byteOffset + body.byteLength),
  };
}

/**
 * Version 1.0 has taken the query apart: written anew, which a sender that signs it may not match.
 * A load balancer leaves the parts encoded as they came.
 */
function query_of(
  { requestContext, multiValueQueryStringParameters: lists, queryStringParameters: values }) {
  const spell = requestContext?.elb === undefined ? encodeURIComponent : (text) => text;
  return Object.entries(lists ?? values ?? {}).flatMap(([name, list]) =>
    [list].flat().map((value) => `${spell(name)}=${spell(value)}`)).join('&');
}
