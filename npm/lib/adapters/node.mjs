import { read_adapter } from './connection.mjs';
import { make_listener } from './incoming.mjs';

const cure = 'mount the gate before the parser, app.post("/hooks/…", node(hooks)), or in Nest ' +
  'start with { rawBody: true }.';

/**
 * A listener of node:http, node:https and node:http2, which Express and Nest take as a handler:
 * `app.post('/hooks/*path', node(hooks))`, `createServer(node(hooks))`.
 */
export function node(hooks, options) {
  const { https } = read_adapter('node', hooks, options);
  return make_listener(hooks, { https, name: 'node', cure });
}
