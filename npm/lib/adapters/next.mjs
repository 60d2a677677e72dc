import { read_adapter } from './connection.mjs';
import { handle_web } from './web.mjs';

/** A route handler of Next.js: `export const POST = next(hooks)` in app/hooks/[source]/route.js. */
export function next(hooks, options) {
  const { https } = read_adapter('next', hooks, options);
  return (request) => handle_web(hooks, request,
    { name: 'next', https, cure: 'let no middleware before it read request.json() or text().' });
}
