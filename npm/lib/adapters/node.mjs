import { address_of, is_forwarded_https, read_https } from './connection.mjs';

const taken = 'node: a body parser (such as express.json()) read the body before the gate got ' +
  'it. What is signed is its bytes: mount the gate before the parser, ' +
  'app.post("/hooks/…", node(hooks)), or in Nest start with { rawBody: true }.';

/**
 * Bytes that are read of a body which is not wanted, so that its sender, or a proxy before it,
 * reads the answer instead of a broken connection. Then it is broken off.
 */
const left_bytes_max = 8 << 20;

/**
 * A listener of node:http, node:https and node:http2, which Express and Nest take as a handler:
 * `app.post('/hooks/*path', node(hooks))`, `createServer(node(hooks))`.
 */
export function node(hooks, options) {
  const https = read_https(options);
  return async function handle(incoming, outgoing) {
    const whole = whole_body(incoming);
    if (whole === undefined && incoming.readableDidRead) {
      hooks.tell(taken);
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
