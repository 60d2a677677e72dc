import type { Gate } from '../index.d.ts';
import type { AdapterOptions } from './options.d.ts';

/** A route handler: `export const POST = next(hooks)`. */
export function next(
  hooks: Gate, options?: AdapterOptions): (request: Request) => Promise<Response>;
