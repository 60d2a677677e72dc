import type { Gate } from '../index.d.ts';
import type { AdapterOptions } from './options.d.ts';

/** An endpoint: `export const POST = sveltekit(hooks)`. */
export function sveltekit(hooks: Gate, options?: AdapterOptions): (event: {
  request: Request;
  getClientAddress: () => string;
  platform?: unknown;
}) => Promise<Response>;
