import type { Gate } from '../index.d.ts';
import type { AdapterOptions } from './options.d.ts';

/** A handler: `app.post('/hooks/*', hono(hooks))`. */
export function hono(
  hooks: Gate, options?: AdapterOptions): (context: { req: { raw: Request } }) => Promise<Response>;
