// Postern as a Worker: receives a delivery, runs it through the module, keeps running until it is
// settled. All decisions are the module's.

import { make_admin } from '../fetch/admin.mjs';
import { receive } from '../fetch/arrival.mjs';
import { make_cryptography } from '../fetch/cryptography.mjs';
import { expect_features } from '../fetch/edition.mjs';
import { encode_configure, read_policy_head } from '../fetch/effects.mjs';
import { deliver, failure_answer } from '../fetch/gate.mjs';
import { handlers_among } from '../fetch/handler_names.mjs';
import { make_identity } from '../fetch/identity.mjs';
import { Module } from '../fetch/module.mjs';
import { rehearse } from '../fetch/rehearsal.mjs';
import { make_report } from '../fetch/report.mjs';
import { call_shard, call_timeout_ms, make_ledger_calls } from '../store/calls.mjs';
import { Room, make_carry } from '../store/carrying.mjs';

import { make_limit } from './limits.mjs';
import { make_consumer, make_enqueue } from './queue.mjs';

/**
 * The Worker's handlers, `fetch` and `queue`. `compiled` and `policy` are the module and the policy
 * file; `env` holds the settings that the policy names and the bindings: `LEDGER`, and what a
 * policy may need of `DELIVERIES`, `DEAD_LETTERS`, `ANALYTICS` and `RATE_<requests>_<period>`.
 * `POSTERN_ADMIN_TOKEN` opens the operators' door, and `POSTERN_ADMIN_PLAIN_HTTP`, which only
 * `./dev up` sets, to plain HTTP too. The rest is the world around: unix milliseconds, 16 random
 * bytes, who sent a request, `make_keys`' performers, that of `forward`, a log of lines, and
 * whoever wants to see every step frame. With `carrying_fetch`, the shards' objects carry
 * deliveries and forward by it; they need `carrying` of what is returned.
 */
export function make_postern({
  compiled, policy, env, now, token, client_address, keys, forward, carrying_fetch, log, on_step,
}) {
  const { setting_names } = read_policy_head(policy);
  refuse_handlers(setting_names);
  const settings = setting_names.map((name) => env[name] ?? '');
  const module = new Module(
    compiled, encode_configure(policy, settings), expect_features(policy));
  const cryptography = make_cryptography(module, crypto.subtle);
  const identity = make_identity({ compiled, policy, settings }, crypto.subtle);
  const perform = {
    ...cryptography,
    ...make_ledger_calls(env.LEDGER, { is_driven: env.DELIVERIES !== undefined }),
    enqueue: make_enqueue(env.DELIVERIES),
    limit: make_limit(env),
    ...keys,
    forward,
    carry: carrying_fetch && make_carry(env.LEDGER, { identity, now }),
  };
  const report = make_report({ module, log, analytics: env.ANALYTICS });
  const consume = make_consumer({
    module, perform, now, token, on_step, report,
    ledger: env.LEDGER, dead_letters: env.DEAD_LETTERS,
  });
  const administer = make_admin({
    token: env.POSTERN_ADMIN_TOKEN, plain_http: env.POSTERN_ADMIN_PLAIN_HTTP,
    ask_shard: (shard, call) => call_shard(env.LEDGER, shard, call_timeout_ms, call),
    now, client_address, log,
  });
  report_problems(module, log, report);
  // It ends before the first event: nothing that it waits for comes from outside.
  rehearse(compiled, policy).then((problem) => {
    if (problem !== null) {
      log(JSON.stringify({ rehearsal: problem }));
    }
  });

  return {
    carrying: carrying_fetch ? {
      module, identity, now, report, perform: cryptography, fetch: carrying_fetch, room: new Room(),
    } : null,

    async fetch(request, _env, context) {
      try {
        const administered = administer(request);
        if (administered !== null) {
          return await administered;
        }
        const { body_bytes_max } = module.configuration;
        const delivery = await receive(request, client_address(request), body_bytes_max);
        const { answer, settled } =
          deliver({ module, perform, delivery, now, token: token(), on_step });
        context.waitUntil(settled.then(report));
        return response_of(await answer);
      } catch (failure) {
        report({ record: null, failure });
        return response_of(failure_answer);
      }
    },

    async queue(batch, _env, context) {
      await consume(batch, context);
    },
  };
}

/** A script that does not start is not deployed. */
function refuse_handlers(setting_names) {
  const handlers = handlers_among(setting_names);
  if (handlers.length > 0) {
    throw new Error(`The policy delivers to handlers (${handlers.join(', ')}), and this Worker ` +
      'has none: make a script of your own, with gate({ policy, handlers }) of postern/gate, the ' +
      '`main` of wrangler.toml.');
  }
}

/** Says once per isolate which sources have no usable secret: those answer 503. */
function report_problems(module, log, report) {
  try {
    module.configuration.problems.forEach((problem) => log(JSON.stringify(problem)));
  } catch (failure) {
    report({ record: null, failure });
  }
}

/** Statuses that HTTP gives no body. */
const without_body = new Set([204, 205, 304]);

/** By hand: what the platform is given to make a response from costs more than to look it over. */
function response_of({ status, headers, body }) {
  const is_bare = body.byteLength === 0 || without_body.has(status);
  const content = is_bare ? null : body;
  const response = status === 200 ? new Response(content) : new Response(content, { status });
  for (const [name, value] of headers) {
    response.headers.append(name, value);
  }
  return response;
}
