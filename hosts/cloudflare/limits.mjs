// The effect `limit`: a counter of the platform per rule, shared by one location's isolates.

import { rate_binding_prefix } from '../../build/contract/cloudflare.mjs';
import * as limited from '../../build/contract/limited.mjs';

/** Counts in the binding of the rule, `RATE_<requests>_<period in seconds>`. */
export function make_limit(env) {
  return async function limit({ bucket, requests, period_seconds }) {
    try {
      const { success } =
        await env[`${rate_binding_prefix}${requests}_${period_seconds}`].limit({ key: bucket });
      return success ? limited.allowed : limited.denied;
    } catch {
      return limited.unavailable;
    }
  };
}
