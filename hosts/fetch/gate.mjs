// The effect loop: takes one delivery through the module, performing what it asks for.

import { effect_names } from '../../build/contract/frames.mjs';
import * as kinds from '../../build/contract/kinds.mjs';
import { decode_step, encode_begin, encode_resume } from './effects.mjs';
import { ModuleFailure } from './module.mjs';

/**
 * Most steps of one delivery. The longest way known is body, key, signature, claim, forward,
 * commit, answer and finish; the rest is room.
 */
export const steps_max = 32;

/** What a sender is told when the module failed: nothing is known, so come back. */
export const failure_answer = Object.freeze({
  status: 503,
  headers: [['retry-after', '1']],
  body: new Uint8Array(0),
});

const ledger_kinds = new Set([kinds.claim, kinds.accept, kinds.commit, kinds.release]);

/** The effects that a run may end with, besides a final answer. */
const ends = new Set([kinds.finish, kinds.retry_later, kinds.dead_letter]);

/**
 * Takes `delivery` through `module` and returns at once with two promises that never reject.
 * `answer` is what the sender gets; `settled` is the end, `{ record, failure }`: the decision
 * record as a line of JSON with the host's durations, or the reason why there is none. A host keeps
 * running until it.
 *
 * `perform` has one asynchronous function per effect that this host can perform, `(effect,
 * delivery) => outcome`; a delivery that needs another one is answered 503. It may have
 * `judge_key(effect, bytes, is_of_use)`, which hears of each key that was fetched whether the
 * module went on with it, and `carry`, as `make_carry` makes it. `now` gives unix milliseconds,
 * `token` 16 random bytes. `on_step` sees every step frame.
 */
export function deliver({ module, perform, delivery, now, token, on_step }) {
  const { promise: answer, resolve: resolve_answer } = Promise.withResolvers();
  const settled = settle(resolve_answer, () => run({
    module, perform, delivery, now, on_step, resolve_answer, durations: new Durations(0),
    carry: perform.carry,
    first: () => module.begin(encode_begin(delivery, inline_body(module, delivery), now(), token)),
  }));
  return { answer, settled };
}

/**
 * Takes a delivery on that another host has begun, from its `claim`. Of `delivery` the performers
 * see `method`, `body` and `body_bytes`; `spent_ms` is what the other host has taken for it so far.
 * A step for which `is_for_other(step)` is not performed here. Gives two promises that never
 * reject: `taken` is `{ answer }`, what the sender gets, or `{ frame }`, the step from which the
 * other host has to go on; `settled` as that of `deliver`. Once it has the answer the other host
 * takes nothing back: then such a step is a failure.
 */
export function take_over(
  { module, perform, delivery, claim, spent_ms, is_for_other, now, on_step }) {
  const { promise: taken, resolve } = Promise.withResolvers();
  const durations = new Durations(spent_ms);
  let is_answered = false;
  const resolve_answer = (answer) => {
    is_answered = true;
    resolve({ answer });
  };
  const settled = settle(resolve_answer, () => run({
    module, perform, delivery, now, on_step, durations, resolve_answer,
    hand_back: async (step, frame) => {
      if (!await is_for_other(step)) {
        return false;
      }
      if (is_answered) {
        throw new ModuleFailure(`nobody takes the effect ${step.kind} back after the answer`);
      }
      resolve({ frame });
      return true;
    },
    first: async () => {
      const outcome = await perform.claim(claim, delivery);
      durations.count(claim.kind);
      return module.resume(encode_resume(claim, outcome, body_for(claim, delivery), now()));
    },
  }));
  return { taken, settled };
}

/**
 * Drives a delivery that was accepted before and whose sender is gone: it goes on from its stored
 * `ticket`, and is not carried. The promise of its end never rejects: `{ kind, delay_ms, record,
 * failure }`, where `kind` is finish, retry_later (then `delay_ms` says when), or dead_letter; of
 * `delivery` the performers see `method`, `body` and `body_bytes`.
 */
export function drive({ module, perform, delivery, ticket, now, token, on_step }) {
  const stored = { kind: kinds.retry_later, ticket };
  return settle(() => {}, () => run({
    module, perform, delivery, now, on_step, durations: new Durations(0),
    resolve_answer() {
      throw new ModuleFailure('there is nobody to answer');
    },
    first: () => module.resume(encode_resume(stored, token, null, now())),
  }));
}

/**
 * Takes a delivery on from a forward whose `outcome` came after it had been given up: a success is
 * a fact, whatever has been told of it since. `step` is the forward's, its ticket no view of a
 * frame. The promise of its end never rejects: `{ record, failure }`. Nobody is answered.
 */
export function settle_late({ module, perform, delivery, step, outcome, now }) {
  return settle(() => {}, () => run({
    module, perform, delivery, now, durations: new Durations(0), resolve_answer() {},
    first: () => module.resume(encode_resume(step, outcome, body_for(step, delivery), now())),
  }));
}

/** The end of a run that goes on elsewhere, and is told of there. */
const nothing_more = Object.freeze({ kind: kinds.answer, record: null, failure: null });

async function settle(resolve_answer, action) {
  try {
    return await action();
  } catch (failure) {
    return { record: null, failure };
  } finally {
    // Whoever was answered before is not answered again.
    resolve_answer(failure_answer);
  }
}

async function run(
  { module, perform, delivery, now, on_step, resolve_answer, durations, carry, hand_back, first },
) {
  let frame = await first();
  let judge_key = () => {};
  for (let count = 0; count < steps_max; count += 1) {
    on_step?.(frame);
    const step = decode_step(frame);
    judge_key(step.kind === kinds.check_signature);
    judge_key = () => {};
    if (hand_back !== undefined && await hand_back(step, frame)) {
      return nothing_more;
    }
    if (step.kind === kinds.answer) {
      durations.answered();
      resolve_answer(step);
    }
    if (ends.has(step.kind) || (step.kind === kinds.answer && step.is_final)) {
      const { kind, delay_ms, record } = step;
      return { kind, delay_ms, record: with_host(record, durations), failure: null };
    }
    const carried = step.kind === kinds.claim && carry !== undefined
      ? await carry(step, frame, delivery, durations.total_ms) : null;
    if (carried?.answer !== undefined) {
      resolve_answer(carried.answer);
      return nothing_more;
    }
    if (carried?.frame !== undefined) {
      durations.count(step.kind);
      ({ frame } = carried);
      continue;
    }
    const outcome = carried === null ? await outcome_of(step, perform, delivery) : carried.reply;
    durations.count(step.kind);
    if (step.kind === kinds.fetch_key && outcome !== null) {
      judge_key = (is_of_use) => perform.judge_key?.(step, outcome, is_of_use);
    }
    frame = module.resume(encode_resume(step, outcome, body_for(step, delivery), now()));
  }
  throw new ModuleFailure('a delivery takes more steps than it may');
}

/** Small bodies go along at once; the module asks for a larger one when it needs its bytes. */
function inline_body(module, delivery) {
  const fits = delivery.body_bytes <= module.configuration.mac_inline_bytes_max;
  return fits ? delivery.body : null;
}

function body_for(step, delivery) {
  if (step.wants_body && delivery.body === null) {
    throw new ModuleFailure('the module asks for a body that was not read');
  }
  return step.wants_body ? delivery.body : null;
}

function outcome_of(step, perform, delivery) {
  if (step.kind === kinds.supply_body || step.kind === kinds.answer) {
    return null;
  }
  const performer = perform[effect_names[step.kind]];
  if (performer === undefined) {
    throw new ModuleFailure(`this host cannot perform the effect ${step.kind}`);
  }
  return performer(step, delivery);
}

/** How long the host took, for the decision record, in milliseconds. */
class Durations {
  #started;
  #counted = performance.now();
  #answered = null;
  #origin = 0;
  #ledger = 0;

  /** `spent_ms` is what another host has taken before. */
  constructor(spent_ms) {
    this.#started = this.#counted - spent_ms;
  }

  get total_ms() {
    return performance.now() - this.#started;
  }

  answered() {
    this.#answered ??= performance.now();
  }

  /** Counts the time since the last count as that of an effect that has just ended. */
  count(kind) {
    const now = performance.now();
    if (kind === kinds.forward) {
      this.#origin += now - this.#counted;
    } else if (ledger_kinds.has(kind)) {
      this.#ledger += now - this.#counted;
    }
    this.#counted = now;
  }

  /**
   * As JSON: `answer_ms` until the sender could be answered, `total_ms` until all was settled. By
   * hand, because `JSON.stringify` costs as much as writing the numbers.
   */
  get json() {
    const ended = performance.now();
    const answer_ms = Math.round((this.#answered ?? ended) - this.#started);
    const total_ms = Math.round(ended - this.#started);
    return `{"answer_ms":${answer_ms},"total_ms":${total_ms},` +
      `"origin_ms":${Math.round(this.#origin)},"ledger_ms":${Math.round(this.#ledger)}}`;
  }
}

/** The core's record is one JSON object with members; the host's durations become its last one. */
function with_host(record, durations) {
  return `${record.slice(0, -1)},"host":${durations.json}}`;
}
