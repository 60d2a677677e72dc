// The effect `forward` where a policy's destination is a function.

import * as forwarded from '../../build/contract/forwarded.mjs';
import { handler_at } from '../../hosts/fetch/handler_names.mjs';
import { read_at_most } from '../../hosts/fetch/outbound.mjs';

import { DeliveredEvent } from './event.mjs';

const timed_out = Object.freeze({ kind: forwarded.timed_out });

/** The gate closes and waits no longer: its ledger is about to be. */
const ended = Object.freeze({ kind: forwarded.reset, sender_status: 503 });

/** The sender gets what its source's acknowledgement is, as for a duplicate. */
const acknowledged = Object.freeze({ kind: forwarded.done });

/** What a handler had done before it threw, nobody knows. */
export const threw = Object.freeze({ kind: forwarded.reset, sender_status: 503 });

/**
 * `forward`, with `handlers`, functions by their names in the policy. `ending` aborts what still
 * runs; `finish_late(effect, delivery, outcome)` hears of a handler that was done when it had been
 * given up; `tell_throw(effect, failure, is_late)` of one that threw.
 */
export function make_forwards(forward, handlers, parts) {
  return (effect, delivery) => {
    const name = handler_at(effect.url);
    if (name === null) {
      return forward(effect, delivery);
    }
    const handler = handlers.get(name);
    // The ticket is a view of a frame that is written over.
    const kept = { ...effect, ticket: effect.ticket.slice() };
    return handler === undefined
      ? { kind: forwarded.refused } : call_handler(handler, kept, delivery, parts);
  };
}

/**
 * What a handler makes of an event: an origin's answer, or nothing, which is done. A throw has an
 * unknown outcome, and so has a handler that is not done in the route's time, as an origin that
 * does not answer: it is aborted, a late return still commits, and a late throw changes nothing.
 */
async function call_handler(
  handler, effect, delivery, { ending, tell_throw, finish_late, provider_of }) {
  const time_limit = new AbortController();
  // Unlike AbortSignal.timeout, it keeps a process running that waits for nothing else.
  const timer = setTimeout(
    () => time_limit.abort(new DOMException('the time of the route is over', 'TimeoutError')),
    effect.timeout_ms);
  const { signal } = time_limit;
  // By hand: Vercel's edge has no AbortSignal.any.
  const end = () => time_limit.abort(ending.reason);
  ending.addEventListener('abort', end);
  if (ending.aborted) {
    end();
  }
  const source = effect.headers.find(([name]) => name === 'postern-source')?.[1];
  const record = { source, provider: provider_of(source) };
  const event = new DeliveredEvent({ headers: effect.headers, record, delivery, signal });
  const { promise: given_up, resolve } = Promise.withResolvers();
  const give_up = () => resolve(ending.aborted ? ended : timed_out);
  if (signal.aborted) {
    give_up();
  }
  signal.addEventListener('abort', give_up, { once: true });
  const done = outcome_of(handler, event, effect,
    (failure) => tell_throw(effect, failure, signal.aborted));
  const outcome = await Promise.race([given_up, done]);
  clearTimeout(timer);
  ending.removeEventListener('abort', end);
  if (outcome === timed_out) {
    const late = done.then((result) =>
      is_success(result) && finish_late(effect, delivery, result));
    delivery.wait_until?.(late);
  }
  return outcome;
}

/** Of whatever realm or library: undici's and node-fetch's are no `Response` of the runtime. */
const is_response = (value) => Number.isInteger(value?.status) &&
  typeof value.arrayBuffer === 'function' && typeof value.headers?.get === 'function';

const is_success = ({ kind, status }) =>
  kind === forwarded.done || (status >= 200 && status <= 299);

async function outcome_of(handler, event, effect, tell_throw) {
  try {
    const returned = await handler(event);
    if (returned === undefined) {
      return acknowledged;
    }
    if (!is_response(returned)) {
      throw new TypeError(`a handler returns nothing or a Response, not ${typeof returned}`);
    }
    return await outcome_of_response(returned, effect);
  } catch (failure) {
    tell_throw(failure);
    return threw;
  }
}

async function outcome_of_response(response, { answer_bytes_max }) {
  // One of another library may have a body of another kind.
  const body = typeof response.body?.getReader === 'function'
    ? await read_at_most(response, answer_bytes_max)
    : new Uint8Array(await response.arrayBuffer());
  return {
    kind: forwarded.response,
    status: response.status,
    content_type: response.headers.get('content-type') ?? '',
    retry_after: response.headers.get('retry-after') ?? '',
    body: body.subarray(0, answer_bytes_max),
  };
}
