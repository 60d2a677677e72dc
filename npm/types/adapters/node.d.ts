import type { IncomingMessage, ServerResponse } from 'node:http';

import type { Gate } from '../index.d.ts';
import type { AdapterOptions } from './options.d.ts';

/** A listener of node:http, which Express and Nest take as a handler: before body parsers. */
export function node(
  hooks: Gate, options?: AdapterOptions):
  (incoming: IncomingMessage, outgoing: ServerResponse) => Promise<void>;
