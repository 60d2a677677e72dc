import type { Gate } from '../index.d.ts';

/**
 * A handler of AWS Lambda behind a function URL or API Gateway. Events are settled before the
 * answer; queue mode needs a schedule that calls `hooks.drive()`.
 */
export function lambda(hooks: Gate, options?: { drive?: 'scheduled' }): (event: any) => Promise<{
  statusCode: number;
  headers: Record<string, string>;
  body: string;
  isBase64Encoded: boolean;
}>;
