// One request, with exactly the headers that are given, and `host`, `content-length` and
// `connection`. Follows no redirect.

import http from 'node:http';
import https from 'node:https';

import { exit } from './exit_codes.mjs';
import { Refused } from './refused.mjs';

const timeout_ms = 30_000;

/** Gives `{ status, headers, milliseconds }` once the answer has ended. */
export function post(url, headers, body) {
  const address = new URL(url);
  const started = performance.now();
  return new Promise((resolve, reject) => {
    const fail = (why) => {
      // A query may hold a token.
      reject(new Refused(exit.unavailable, `${url.replace(/\?.*$/s, '')}: ${why}`));
    };
    const request = (address.protocol === 'https:' ? https : http).request({
      protocol: address.protocol, hostname: address.hostname.replace(/^\[(.*)\]$/, '$1'),
      port: address.port, method: 'POST', path: path_in(url), agent: false,
    });
    request.setTimeout(timeout_ms, () => request.destroy(new Error(
      `no answer within ${timeout_ms / 1000} s`)));
    for (const [name, value] of headers) {
      const before = request.getHeader(name);
      request.setHeader(name, before === undefined ? value : [before, value].flat());
    }
    request.setHeader('content-length', body.byteLength);
    request.on('error', ({ code, message }) => fail(words_of_codes[code] ?? message));
    request.on('response', (response) => {
      response.resume();
      response.on('error', ({ message }) => fail(message));
      response.on('end', () => resolve({
        status: response.statusCode, headers: response.headers,
        milliseconds: Math.round(performance.now() - started),
      }));
    });
    request.end(body);
  });
}

/** Path and query as they are written: a URL would write some of their characters anew. */
const path_in = (url) => /^[^:]*:\/\/[^/?#]*([^#]*)/.exec(url)[1].replace(/^(?!\/)/, '/');

const words_of_codes = {
  ECONNREFUSED: 'nobody listens there', ENOTFOUND: 'there is no such host',
  EAI_AGAIN: 'the host cannot be looked up now', ECONNRESET: 'the connection was broken',
};
