// A load generator: requests written beforehand, sent over connections that stay open.

import { connect } from 'node:net';

import { clock_ms } from './measure.mjs';

/** A POST as it goes over the wire. */
export function raw_request(port, path, headers, body) {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`).join('');
  const head = `POST ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n${lines}` +
    `Content-Length: ${body.length}\r\n\r\n`;
  return Buffer.concat([Buffer.from(head), body]);
}

/** Sends all of `requests`, and gives each answer's time in microseconds. All must be 2xx. */
export async function send_all(port, requests, connections) {
  const latencies = [];
  let next = 0;
  const worker = async () => {
    const connection = await open(port);
    while (next < requests.length) {
      const request = requests[next];
      next += 1;
      const started = clock_ms();
      const status = await connection.exchange(request);
      latencies.push(1000 * (clock_ms() - started));
      if (status < 200 || status > 299) {
        throw new Error(`answered ${status}`);
      }
    }
    connection.close();
  };
  await Promise.all(Array.from({ length: connections }, worker));
  return latencies;
}

async function open(port) {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  await new Promise((resolve, reject) => {
    socket.once('connect', resolve);
    socket.once('error', reject);
  });
  let received = '';
  let waiting = null;
  socket.on('data', (chunk) => {
    received += chunk.toString('latin1');
    const status = status_of_whole(received);
    if (status !== null) {
      received = '';
      waiting.resolve(status);
    }
  });
  socket.on('error', (failure) => waiting?.reject(failure));
  socket.on('close', () => waiting?.reject(new Error('the connection was closed')));
  return {
    exchange: (request) => new Promise((resolve, reject) => {
      waiting = { resolve, reject };
      socket.write(request);
    }),
    close: () => socket.destroy(),
  };
}

/** The status of a response that has come in whole, else null. */
function status_of_whole(text) {
  const end = text.indexOf('\r\n\r\n');
  if (end < 0) {
    return null;
  }
  const head = text.slice(0, end).toLowerCase();
  const body = text.slice(end + 4);
  const length = /\r\ncontent-length: (\d+)/.exec(head);
  const is_whole = length !== null ? body.length >= Number(length[1])
    : !head.includes('transfer-encoding: chunked') || body.endsWith('0\r\n\r\n');
  return is_whole ? Number(head.slice(9, 12)) : null;
}
