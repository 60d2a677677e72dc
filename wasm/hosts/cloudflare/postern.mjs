// Postern as a Worker: receives a delivery, runs it through the module, keeps running until it is
// settled. All decisions are the module's.

import { receive } from '../common/arrival.mjs';
import { make_cryptography } from '../common/cryptography.mjs';
import { encode_configure, read_setting_names } from '../common/effects.mjs';
import { deliver, failure_answer } from '../common/gate.mjs';
import { Module } from '../common/module.mjs';

import { make_ledger_calls } from './ledger_calls.mjs';

/**
 * The Worker's handlers. `compiled` and `policy` are the module and the policy file; `env` holds
 * the settings that the policy names and the binding `LEDGER`. The rest is the world around: unix
 * milliseconds, 16 random bytes, who sent a request, the performers of `fetch_key` and `forward`, a
 * log of lines, and whoever wants to see every step frame.
 */
export function make_postern(
  { compiled, policy, env, now, token, client_address, fetch_key, forward, log, on_step }) {
  const settings = read_setting_names(policy).map((name) => env[name] ?? '');
  const module = new Module(compiled, encode_configure(policy, settings));
  const perform = {
    ...make_cryptography(module),
    ...make_ledger_calls(env.LEDGER),
    fetch_key,
    forward,
  };
  report_problems(module, log);

  return {
    async fetch(request, _env, context) {
      try {
        const { body_bytes_max } = module.configuration;
        const delivery = await receive(request, client_address(request), body_bytes_max);
        const { answer, settled } =
          deliver({ module, perform, delivery, now, token: token(), on_step });
        context.waitUntil(settled.then((end) => report_end(end, module, log)));
        return response_of(await answer);
      } catch (failure) {
        report_end({ record: null, failure }, module, log);
        return response_of(failure_answer);
      }
    },
  };
}

/** Says once per isolate which sources have no usable secret: those answer 503. */
function report_problems(module, log) {
  try {
    module.configuration.problems.forEach((problem) => log(JSON.stringify(problem)));
  } catch (failure) {
    report_end({ record: null, failure }, module, log);
  }
}

/** One line per delivery: the core's record, or why there is none. */
function report_end({ record, failure }, module, log) {
  if (failure === null) {
    log(record);
    return;
  }
  const { name, message } = failure;
  log(JSON.stringify({ failure: name, message, restarts: module.restarts }));
}

/** Statuses that HTTP gives no body. */
const without_body = new Set([204, 205, 304]);

function response_of({ status, headers, body }) {
  return new Response(without_body.has(status) ? null : body, { status, headers });
}
