import type { Gate } from '../index.d.ts';
import type { AdapterOptions } from './options.d.ts';

/** A plugin: `app.register(fastify(hooks), { prefix: '/hooks' })`. */
export function fastify(hooks: Gate, options?: AdapterOptions): (app: any) => Promise<void>;
