// Requests of node:http, for the adapters of what stands on it.

import { address_of, is_forwarded_https } from './connection.mjs';

/**
 * Bytes that are read of a body which is not wanted, so that its sender, or a proxy before it,
 * reads the answer instead of a broken connection. Then it is broken off.
 */
const left_bytes_max = 8 << 20;

/**
 * A listener, `(incoming, outgoing)`, that hands a request to the gate and its answer back. A body
 * that something has read is a mistake of the program, told under the adapter's `name` with its
 * `cure`.
 */
export function make_listener(hooks, { https, name, cure }) {
  return async function handle(incoming, outgoing) {
    const whole = whole_body(incoming);
    const reader = whole === undefined ? reader_before(incoming) : null;
    if (reader !== null) {
      hooks.tell(`${name}: ${reader} before the gate got it. What is signed is its bytes: ${cure}`);
      outgoing.writeHead(500).end();
      return;
    }
    const request = request_of(incoming, whole);
    if (request === null) {
      outgoing.writeHead(400).end();
      return;
    }
    const response = await hooks.handle(request, {
      https: https === 'connection'
        ? incoming.socket.encrypted === true
        : is_forwarded_https(incoming.headers['x-forwarded-proto']),
      client_address: address_of(incoming.socket),
    });
    const body = new Uint8Array(await response.arrayBuffer());
    // A time limit of the program may have answered, or the sender is gone.
    if (!outgoing.headersSent && !outgoing.destroyed) {
      outgoing.writeHead(response.status, Object.fromEntries(response.headers));
      outgoing.end(body);
    }
  };
}

/** What has read the body, or made texts of its bytes, as it is told; null for nothing. */
function reader_before({ readableDidRead, readableEncoding, body, headers }) {
  if (!readableDidRead) {
    return readableEncoding === null ? null : 'setEncoding() was called on the request';
  }
  if (typeof body === 'string') {
    return 'a parser of texts (such as express.text()) read the body';
  }
  const is_parsed = typeof body === 'object' && body !== null;
  const is_form = /^(multipart|application\/x-www-form-urlencoded)/i
    .test(headers['content-type'] ?? '');
  if (is_parsed && is_form) {
    return 'a parser of forms (such as express.urlencoded()) read the body';
  }
  return is_parsed
    ? 'a parser of JSON (such as express.json()) read the body'
    : 'something (a parser, or who listens for its data) read the body';
}

/** The bytes that a parser kept as they came: express.raw(), Nest, cloud functions. */
function whole_body({ rawBody, body }) {
  return Buffer.isBuffer(rawBody) ? rawBody : Buffer.isBuffer(body) ? body : undefined;
}

/**
 * What the gate reads of a request. Null for one that is none to a gate: a target that is no path,
 * a header that Fetch knows no form for. The path is the target as it came, before any router.
 */
function request_of(incoming, whole) {
  const target = incoming.originalUrl ?? incoming.url;
  const headers = target.startsWith('/') ? headers_of(incoming) : null;
  if (headers === null) {
    return null;
  }
  let stream;
  return {
    url: `http://gate.invalid${target}`,
    method: incoming.method,
    headers,
    get body() {
      stream ??= stream_of(incoming, whole);
      return stream;
    },
    arrayBuffer: async () => {
      const bytes = whole ?? Buffer.concat(await incoming.toArray());
      return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
    },
  };
}

/** Without the fields of HTTP/2 that are none of HTTP's: `:path` and the like. */
function headers_of({ rawHeaders }) {
  const headers = new Headers();
  try {
    for (let i = 0; i < rawHeaders.length; i += 2) {
      if (!rawHeaders[i].startsWith(':')) {
        headers.append(rawHeaders[i], rawHeaders[i + 1]);
      }
    }
    return headers;
  } catch {
    return null;
  }
}

function stream_of(incoming, whole) {
  if (whole !== undefined) {
    return new Blob([whole]).stream();
  }
  const has_body = incoming.headers['transfer-encoding'] !== undefined ||
    Number(incoming.headers['content-length'] ?? 0) > 0 || incoming.httpVersionMajor > 1;
  return has_body ? stream_of_incoming(incoming) : null;
}

/** What the gate uses of a ReadableStream. Cancelling one of Node's own breaks the connection. */
function stream_of_incoming(incoming) {
  const cancel = async () => {
    let left_bytes = left_bytes_max;
    incoming.on('data', (chunk) => {
      left_bytes -= chunk.byteLength;
      if (left_bytes < 0) {
        incoming.destroy();
      }
    });
    incoming.resume();
  };
  return {
    cancel,
    getReader() {
      const chunks = incoming.iterator({ destroyOnReturn: false });
      return {
        read: () => chunks.next(),
        async cancel() {
          await chunks.return();
          await cancel();
        },
      };
    },
  };
}
