// A gate inside a program, whatever keeps its ledger: what such hosts have in common. What it needs
// of the world around is handed in, as everywhere.

import { receive } from '../fetch/arrival.mjs';
import { make_cryptography } from '../fetch/cryptography.mjs';
import { expect_features } from '../fetch/edition.mjs';
import { encode_configure, read_policy_head } from '../fetch/effects.mjs';
import { deliver, failure_answer, settle_late } from '../fetch/gate.mjs';
import { headers_object } from '../fetch/headers.mjs';
import { Module } from '../fetch/module.mjs';
import { is_of_tenants, make_tenants, tenant_sources_of } from '../fetch/tenants.mjs';

import { make_ledger_calls } from './calls.mjs';

/** Statuses that HTTP gives no body. */
const without_body = new Set([204, 205, 304]);

const no_origin = Object.freeze({ https: undefined, client_address: '' });

/**
 * `compiled` and `policy` are the module and the policy file, `settings` the values of its
 * settings in order, `tenants` functions by the names of the sources that ask them for secrets.
 * `ledger` is the binding of the shards, as `make_ledger_calls` wants it; `undriven` says why
 * nothing drives what is owed, for the log, and is null where something does. `performers` are the
 * host's own: `limit`, `enqueue` and others. `forward` and `keys` are performers too; an outcome of
 * `forward` that has a `sender_status` says what the sender gets in place of the module's answer to
 * an unknown outcome. `report` hears of the end of every delivery, `{ record, failure }`, `log` of
 * what else goes wrong, as lines. `now` gives unix milliseconds.
 *
 * Gives `fetch(request, { https, client_address }, wait_until)`, whose promise never rejects;
 * `https` undefined takes the scheme of the request's address, and `wait_until(promise)` hears of
 * what goes on behind the answer; `forward` finds it in the delivery. `parts` are what
 * `make_driver` wants.
 */
export function make_program_gate({
  compiled, policy, settings, tenants, ledger, undriven, performers, forward, keys, report, log,
  now,
}) {
  const token = () => crypto.getRandomValues(new Uint8Array(16));
  const settling = new Set();
  const sender_statuses = new WeakMap();
  let is_closing = false;
  const shared = {
    ...make_ledger_calls(ledger, { is_driven: undriven === null }),
    ...(undriven === null ? {} : { accept: refuse_to_owe }),
    ...keys,
    ...performers,
    async forward(effect, delivery) {
      const outcome = await forward(effect, delivery);
      if (outcome.sender_status !== undefined) {
        sender_statuses.set(delivery, outcome.sender_status);
      }
      return outcome;
    },
  };
  const make_engine = (values) => {
    const module = new Module(
      compiled, encode_configure(policy, values), expect_features(policy));
    return { module, perform: { ...shared, ...make_cryptography(module, crypto.subtle) } };
  };
  const own = make_engine(settings);
  const { module, perform } = own;
  const sources = tenant_sources_of(read_policy_head(policy).setting_names);
  const asked =
    make_tenants({ sources, settings, functions: tenants, bare: own, make_engine, log });
  const problems = () =>
    module.configuration.problems.filter((one) => !is_of_tenants(sources, one));

  async function refuse_to_owe() {
    log(`a route is in queue mode, and ${undriven}: 503`);
    return null;
  }

  function keep_until_settled(settled) {
    const noted = settled.then(report).finally(() => settling.delete(noted));
    settling.add(noted);
  }

  return {
    parts: { module, perform, now, token, report, ledger },

    is_ready: () => problems().length < module.configuration.body_bytes_max.size,

    problems,

    async fetch(request, { https, client_address = '' } = no_origin, wait_until = () => {}) {
      try {
        const received =
          await receive(request, client_address, module.configuration.body_bytes_max);
        const found = asked.find(received);
        const { engine, tenant } = found === null ? { engine: own, tenant: null } : await found;
        if (is_closing) {
          return response_of(failure_answer);  // It came too late: the ledger is about to go.
        }
        const delivery = { ...received, https: https ?? received.https, tenant, wait_until };
        const { answer, settled } = deliver({ ...engine, delivery, now, token: token() });
        keep_until_settled(settled);
        wait_until(settled);
        const reply = await answer;
        const status = sender_statuses.get(delivery) ?? reply.status;
        return response_of({ ...reply, status });
      } catch (failure) {
        report({ record: null, failure });
        return response_of(failure_answer);
      }
    },

    /**
     * Commits what `forward` was asked for by `effect` and has given up since: it was done after
     * all. Resolves when that is settled.
     */
    async finish_late(effect, delivery, outcome) {
      const step = { kind: effect.kind, ticket: effect.ticket, wants_body: effect.wants_body };
      const settled = settle_late({ module, perform, delivery, step, outcome, now });
      keep_until_settled(settled);
      await settled;
    },

    /** Takes nothing more. */
    stop() {
      is_closing = true;
    },

    /** Resolves when all that was taken is settled. */
    async settle() {
      while (settling.size > 0) {
        await Promise.all(settling);
      }
    },
  };
}

function response_of({ status, headers, body }) {
  const is_bare = body.byteLength === 0 || without_body.has(status);
  return new Response(is_bare ? null : body, { status, headers: headers_object(headers) });
}
