// A gate in this process: no platform's queue, no binding, no object. What it needs of the world
// around is handed in, as everywhere.

import { receive } from '../fetch/arrival.mjs';
import { make_cryptography } from '../fetch/cryptography.mjs';
import { encode_configure } from '../fetch/effects.mjs';
import { deliver, failure_answer, settle_late } from '../fetch/gate.mjs';
import { headers_object } from '../fetch/headers.mjs';
import { Module } from '../fetch/module.mjs';
import { make_ledger_calls } from '../store/calls.mjs';
import { make_driver } from '../store/driver.mjs';
import { swept_max } from '../store/ledger.mjs';

import { open_ledger } from './ledger.mjs';
import { make_limit } from './limits.mjs';
import { LocalQueue } from './queue.mjs';

/** Most passes of one `drive()`, each over as many deliveries as a sweep takes. */
const passes_max = 100;

/** Statuses that HTTP gives no body. */
const without_body = new Set([204, 205, 304]);

const no_origin = Object.freeze({ https: undefined, client_address: '' });

/**
 * `compiled` and `policy` are the module and the policy file, `settings` the values of its settings
 * in order. `open_store` opens the ledger's store; `is_driven` says that something is to drive what
 * is owed. `forward` and `keys` are performers; an outcome of `forward` that has a `sender_status`
 * says what the sender gets in place of the module's answer to an unknown outcome. `report` hears
 * of the end of every delivery and run, `{ record, failure }`; `log` of what else goes wrong, as
 * lines. `now` gives unix milliseconds.
 *
 * Gives `fetch(request, { https, client_address }, wait_until)`, whose promise never rejects;
 * `https` undefined takes the scheme of the request's address, and `wait_until(promise)` hears of
 * what goes on behind the answer. `drive()` runs what is owed and due; `close()` ends timers and
 * runs, and then the store may be closed.
 */
export function make_local_gate(
  { compiled, policy, settings, open_store, is_driven, forward, keys, report, log, now }) {
  const module = new Module(compiled, encode_configure(policy, settings));
  const token = () => crypto.getRandomValues(new Uint8Array(16));
  const settling = new Set();
  let is_closing = false;
  const sender_statuses = new WeakMap();
  const ledger = open_ledger({
    compiled, open_store, now, log,
    async send(owed) {
      if (!owed.map((one) => queue.push(one)).every(Boolean)) {
        throw new Error('too many runs wait');
      }
    },
  });
  const perform = {
    ...make_cryptography(module, crypto.subtle),
    ...make_ledger_calls(ledger.namespace, { is_driven }),
    ...(is_driven ? {} : { accept: refuse_to_owe }),
    ...keys,
    limit: make_limit(now),
    async forward(effect, delivery) {
      const outcome = await forward(effect, delivery);
      if (outcome.sender_status !== undefined) {
        sender_statuses.set(delivery, outcome.sender_status);
      }
      return outcome;
    },
    // Nothing but the store keeps a delivery: one that it does not take is not accepted.
    enqueue: async ({ shard, keys: references }) =>
      references?.map((key) => queue.push({ shard, key: key.slice() })).every(Boolean) ?? false,
  };
  const drive_one = make_driver(
    { module, perform, now, token, report, ledger: ledger.namespace, bury: async () => {} });
  const queue = new LocalQueue({ drive_one, now });
  if (is_driven) {
    ledger.take_up().catch(({ name, message }) => log(JSON.stringify({ failure: name, message })));
  }

  async function refuse_to_owe() {
    log('the policy has a route in queue mode, and this ledger forgets what it owes: 503');
    return null;
  }

  function keep_until_settled(settled) {
    const noted = settled.then(report).finally(() => settling.delete(noted));
    settling.add(noted);
  }

  return {
    is_ready: () => module.configuration.problems.length < module.configuration.body_bytes_max.size,

    problems: () => module.configuration.problems,

    async fetch(request, { https, client_address = '' } = no_origin, wait_until = () => {}) {
      try {
        const received =
          await receive(request, client_address, module.configuration.body_bytes_max);
        if (is_closing) {
          return response_of(failure_answer);  // Its body came too late: the ledger is about to go.
        }
        const delivery = https === undefined ? received : { ...received, https };
        const { answer, settled } = deliver({ module, perform, delivery, now, token: token() });
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

    /** What comes due meanwhile has its own time; more than these passes are not made. */
    async drive() {
      for (let pass = 0; pass < passes_max; pass += 1) {
        const due = await ledger.list_due(now());
        due.forEach((one) => queue.push(one));
        await queue.drain();
        if (due.length < swept_max) {
          return;
        }
      }
    },

    list_dead: (after) => ledger.list_dead(after),
    redrive: (key) => ledger.redrive(key),

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

    async close() {
      is_closing = true;
      await queue.close();
      while (settling.size > 0) {
        await Promise.all(settling);
      }
      ledger.close();
    },
  };
}

function response_of({ status, headers, body }) {
  const is_bare = body.byteLength === 0 || without_body.has(status);
  return new Response(is_bare ? null : body, { status, headers: headers_object(headers) });
}
