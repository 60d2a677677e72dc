import { address_of, read_adapter } from './connection.mjs';
import { handle_web } from './web.mjs';

/** A handler of Hono: `app.post('/hooks/*', hono(hooks))`. */
export function hono(hooks, options) {
  const { https } = read_adapter('hono', hooks, options);
  return (context = {}) => handle_web(hooks, context.req?.raw, {
    name: 'hono', https, ...connection_of(context),
    cure: 'let no middleware before it call c.req.json(), text() or parseBody().',
  }, waiter_of(context));
}

/**
 * Where Hono runs on Node the connection is told by its socket: the address of the request may be
 * one that the client wrote in full, `POST https://… HTTP/1.1`.
 */
function connection_of({ env }) {
  const socket = env?.incoming?.socket;
  return socket === undefined ? {} : {
    is_encrypted: socket.encrypted === true,
    client_address: address_of(socket),
  };
}

/** What keeps a Worker running behind its answer. Elsewhere asking for it throws. */
function waiter_of(context) {
  try {
    const { executionCtx } = context;
    return (settled) => executionCtx.waitUntil(settled);
  } catch {
    return undefined;
  }
}
