import type { Gate } from '../index.d.ts';
import type { AdapterOptions } from './options.d.ts';

export interface LambdaOptions extends AdapterOptions {
  /** Says that a schedule calls `hooks.drive()`, without which queue mode is refused. */
  drive?: 'scheduled';
}

/**
 * A handler of AWS Lambda behind a function URL or API Gateway, which are https, or a load
 * balancer. Events are settled before the answer. Paths are compared as they come: an API with a
 * stage of its own has the stage in front, `/prod/hooks/stripe`. Rejects for an event that is no
 * request.
 */
export function lambda(hooks: Gate, options?: LambdaOptions): (event: any) => Promise<{
  statusCode: number;
  headers: Record<string, string>;
  body: string;
  isBase64Encoded: boolean;
}>;
