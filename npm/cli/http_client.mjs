// One request, with exactly the headers that are given, and `host`, `content-length` and
// `connection`. Follows no redirect.

import http from 'node:http';
import https from 'node:https';

import { exit } from './exit_codes.mjs';
import { Refused } from './refused.mjs';

const timeout_ms_usual = 30_000;

/** Most of an answer's body that is kept. */
const answer_bytes_max = 1 << 20;

/**
 * Gives `{ status, headers, body, milliseconds }` once the answer has ended; of a body no more than
 * `answer_bytes_max`. `headers` are pairs, and in the answer those of `node:http`.
 */
export function send_request({
  method, url, headers, body, timeout_ms = timeout_ms_usual,
}) {
  const address = new URL(url);
  const started = performance.now();
  return new Promise((resolve, reject) => {
    const fail = (why) => {
      // A query may hold a token, and what stands before the host a password.
      const shown = url.replace(/\?.*$/s, '').replace(/\/\/[^/]*@/, '//');
      reject(new Refused(exit.unavailable, `${shown}: ${why}`));
    };
    const request = (address.protocol === 'https:' ? https : http).request({
      protocol: address.protocol, hostname: address.hostname.replace(/^\[(.*)\]$/, '$1'),
      port: address.port, method, path: path_in(url), agent: false,
    });
    request.setTimeout(timeout_ms, () => request.destroy(new Error(
      `no answer within ${timeout_ms / 1000} s`)));
    for (const [name, value] of headers) {
      const before = request.getHeader(name);
      request.setHeader(name, before === undefined ? value : [before, value].flat());
    }
    if (body.byteLength > 0 || !['GET', 'HEAD'].includes(method)) {
      request.setHeader('content-length', body.byteLength);
    }
    request.on('error', ({ code, message }) => fail(words_of_codes[code] ?? message));
    request.on('response', (response) => {
      const pieces = [];
      let length = 0;
      response.on('data', (piece) => {
        pieces.push(piece.subarray(0, answer_bytes_max - length));
        length = Math.min(answer_bytes_max, length + piece.byteLength);
      });
      response.on('error', ({ message }) => fail(message));
      response.on('end', () => resolve({
        status: response.statusCode, headers: response.headers, body: Buffer.concat(pieces),
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
