// A world by script around the real Worker and the real ledger objects: time, origin, queue, rate
// limits, ledger faults and fetched keys. Time passes from event to event, in the order of the
// native simulation: each delivery goes as far as it can without waiting; then the next forward is
// answered, the next held claim has waited long enough, or the next message comes. One delivery or
// run moves at a time.

import { Buffer } from 'node:buffer';

import * as forwarded from '../../build/contract/forwarded.mjs';
import * as ledger_answers from '../../build/contract/ledger_answers.mjs';
import { make_forward } from '../../hosts/fetch/outbound.mjs';
import { Reader, hex_of } from '../../hosts/fetch/wire.mjs';

/** The effects under which a ledger's verbs come. */
const effects_of_verbs = new Map([
  [1, 'claim'], [2, 'commit'], [3, 'release'], [5, 'claim'], [6, 'release'], [7, 'release'],
]);

export class ScriptedWorld {
  #step;
  #ledger;
  #shard_prefix;
  #clock;
  #until_ms;
  #start_run = null;
  #turn = null;
  #events = [];
  #sequence = 0;
  #held = new Set();
  #ready = [];
  #forwards = 0;
  #queue_runs = [];
  /** What is left for later plays. */
  #messages = [];
  #buckets;

  /**
   * `ledger` is the binding of the real objects; their names have `shard_prefix` in front.
   * `state` is what the play before has left. `clock.now_ms` is set as time passes.
   */
  constructor({ step, state = { messages: [], buckets: {} }, ledger, shard_prefix, clock }) {
    this.#step = step;
    this.#ledger = ledger;
    this.#shard_prefix = shard_prefix;
    this.#clock = clock;
    this.#until_ms = step.until_ms ?? Infinity;
    this.#buckets = state.buckets;
    clock.now_ms = step.now_ms;
    state.messages.forEach(({ due_ms, message }) =>
      this.#send(thawed(message), Math.max(due_ms, clock.now_ms)));
  }

  /**
   * Runs deliveries that arrive together, and what the queue brings. Each of `starts` begins one
   * and returns its end; `start_run(message)` does so for a run.
   */
  async run(starts, start_run) {
    this.#start_run = start_run;
    const ends = [];
    for (const start of starts) {
      await this.#let_move(() => {
        const end = start();
        ends.push(end);
        end.finally(() => this.#turn.resolve());
      });
      await this.#move_ready();
    }
    while (await this.#pass_time()) {
      await this.#move_ready();
    }
    return {
      runs: await Promise.all(ends),
      queue_runs: (await Promise.all(this.#queue_runs)).filter(({ trace }) => trace.length > 0),
      state: {
        messages: this.#messages.map(
          ({ due_ms, message }) => ({ due_ms, message: frozen(message) })),
        buckets: this.#buckets,
      },
    };
  }

  /** One thing happens, if anything still does: the next event, or a sweep that comes before it. */
  async #pass_time() {
    this.#events.sort((a, b) => a.at_ms - b.at_ms || a.sequence - b.sequence);
    const [event] = this.#events;
    const [sweep] = this.#step.sweeps;
    if (event && !(sweep && event.at_ms > Math.max(sweep.at_ms, this.#clock.now_ms))) {
      this.#events.shift();
      await event.happen();
      return true;
    }
    if (sweep) {
      await this.#sweep(sweep);
    }
    return sweep !== undefined;
  }

  /** When a sweep comes is the plan's to say; what it finds is the real object's. */
  async #sweep({ at_ms, shard }) {
    this.#step.sweeps = this.#step.sweeps.filter(
      (other) => other.at_ms !== at_ms || other.shard !== shard);
    const sent = await this.#stub(shard).ring_at(at_ms);
    this.#clock.now_ms = at_ms;
    sent.forEach((message) => this.#send(message, at_ms));
  }

  /** The environment with what stands for the bindings. */
  env_with(settings) {
    const bindings = {
      ...settings, LEDGER: this.#ledger_binding, DELIVERIES: { sendBatch: this.#send_batch },
    };
    return new Proxy(bindings, {
      get: (target, name) => {
        const rate = /^RATE_(\d+)_(\d+)$/.exec(String(name));
        return rate === null ? target[name] : this.#limiter(BigInt(rate[1]), BigInt(rate[2]));
      },
    });
  }

  /** The performer of `forward`. */
  forward = async (effect, delivery) => {
    const script = this.#step.origin;
    const turn = script[Math.min(this.#forwards, script.length - 1)] ??
      { kind: 'response', status: 200, headers: [], body_b64: '', delay_ms: 0 };
    this.#forwards += 1;
    const { outcome, after_ms } = await outcome_of(turn, effect, delivery);
    return new Promise((resolve) => {
      this.#foresee(after_ms, (at_ms) => {
        this.#clock.now_ms = at_ms;
        return this.#let_move(() => resolve(outcome));
      });
      this.#turn.resolve();
    });
  };

  /** The performer of `fetch_key`. */
  fetch_key = async ({ url, bytes_max }) => {
    const text = this.#step.fetch[url];
    const bytes = text === undefined ? null : new Uint8Array(Buffer.from(text, 'base64'));
    return bytes === null || bytes.byteLength > bytes_max ? null : bytes;
  };

  /** What stands for the binding of the ledger: the real objects, with faults and held claims. */
  get #ledger_binding() {
    return {
      getByName: (shard) => ({
        apply: (key, operation, wait_ms, copy) =>
          this.#operate({ shard, key, operation, copy }, wait_ms),
        accept: (...call) => this.#under(this.#step.ledger.accept,
          () => this.#stub(shard).accept(...call)),
        read_owed: (key, bytes_max) => this.#stub(shard).read_owed(key, bytes_max),
      }),
    };
  }

  #stub(shard) {
    return this.#ledger.getByName(this.#shard_prefix + shard);
  }

  /** `fault` as a plan names it, or undefined for none. */
  async #under(fault, call) {
    if (fault === 'unavailable') {
      throw new Error('the script has no ledger here');
    }
    const reply = await call();
    if (fault === 'reply_lost') {
      throw new Error('the script loses the reply');
    }
    return reply;
  }

  #send_batch = async (messages) => {
    const fault = this.#step.queue;
    if (fault === 'send_fails') {
      throw new Error('the script has no queue here');
    }
    const copies = { lost: 0, doubled: 2 }[fault] ?? 1;
    for (const { body } of messages) {
      for (let copy = 0; copy < copies; copy += 1) {
        this.#send(body, this.#clock.now_ms);
      }
    }
  };

  #send(message, due_ms) {
    if (due_ms > this.#until_ms) {
      this.#messages.push({ due_ms, message });
      return;
    }
    this.#foresee_at(due_ms, async () => {
      this.#clock.now_ms = due_ms;
      await this.#let_move(() => {
        const end = this.#start_run(message).then((run) => {
          if (run.again_ms !== null) {
            this.#send(message, this.#clock.now_ms + run.again_ms);
          }
          return run;
        });
        this.#queue_runs.push(end);
        end.finally(() => this.#turn.resolve());
      });
    });
  }

  /** A token bucket as the harness has it, in units of a millisecond divided by `requests`. */
  #limiter(requests, period_seconds) {
    return {
      limit: async ({ key }) => {
        if (this.#step.limit === 'unavailable') {
          throw new Error('the script has no limiter here');
        }
        if (this.#step.limit === 'denied') {
          return { success: false };
        }
        const token = period_seconds * 1000n;
        const now = BigInt(this.#clock.now_ms) * requests;
        const full_at = BigInt(this.#buckets[key] ?? 0);
        const missing = full_at > now ? full_at - now : 0n;
        const success = missing + token <= token * requests;
        if (success) {
          this.#buckets[key] = String(now + missing + token);
        }
        return { success };
      },
    };
  }

  async #operate(call, wait_ms) {
    const effect = effects_of_verbs.get(call.operation[1]);
    const fault = this.#step.ledger[effect] ?? 'none';
    if (fault === 'unavailable') {
      throw new Error('the script has no ledger here');
    }
    const reply = await this.#ask(call);
    if (effect !== 'claim') {
      const freed = [...this.#held].filter((held) => is_same_event(held.call, call));
      this.#ready.push(...freed);
    } else if (reply.answer === ledger_answers.busy && wait_ms > 0 && fault === 'none') {
      return this.#hold(call, Math.min(wait_ms, reply.wait_ms));
    }
    if (fault === 'reply_lost') {
      throw new Error('the script loses the reply');
    }
    return reply.bytes;
  }

  async #ask({ shard, key, operation, copy }) {
    const bytes = await this.#stub(shard).apply(key, operation, 0, copy);
    const reader = new Reader(bytes);
    reader.u8();
    const answer = reader.u8();
    reader.raw(8 + 1);
    return { bytes, answer, wait_ms: reader.u64() };
  }

  #hold(call, longest_ms) {
    return new Promise((resolve) => {
      const held = { call, resolve };
      this.#held.add(held);
      this.#foresee(longest_ms, async (at_ms) => {
        if (this.#held.has(held)) {
          this.#clock.now_ms = at_ms;
          await this.#ask_again(held, { gives_up: true });
        }
      });
      this.#turn.resolve();
    });
  }

  async #ask_again(held, { gives_up }) {
    const reply = await this.#ask(held.call);
    if (reply.answer === ledger_answers.busy && !gives_up) {
      return;
    }
    this.#held.delete(held);
    await this.#let_move(() => held.resolve(reply.bytes));
  }

  async #move_ready() {
    while (this.#ready.length > 0) {
      const held = this.#ready.shift();
      if (this.#held.has(held)) {
        await this.#ask_again(held, { gives_up: false });
      }
    }
  }

  #foresee(after_ms, happen) {
    this.#foresee_at(this.#clock.now_ms + after_ms, happen);
  }

  #foresee_at(at_ms, happen) {
    this.#events.push({ at_ms, sequence: this.#sequence, happen: () => happen(at_ms) });
    this.#sequence += 1;
  }

  /** Lets one delivery move, until it waits or ends. */
  async #let_move(move) {
    this.#turn = Promise.withResolvers();
    move();
    await this.#turn.promise;
  }
}

/** A message as JSON, for the time between two plays. Only whole ones hold bytes. */
function frozen({ ticket, body, ...rest }) {
  return ticket === undefined ? rest : {
    ...rest,
    ticket_b64: Buffer.from(ticket).toString('base64'),
    body_b64: Buffer.from(body).toString('base64'),
  };
}

function thawed({ ticket_b64, body_b64, ...rest }) {
  return ticket_b64 === undefined ? rest : {
    ...rest,
    ticket: new Uint8Array(Buffer.from(ticket_b64, 'base64')),
    body: new Uint8Array(Buffer.from(body_b64, 'base64')),
  };
}

/** What the origin's turn comes to, and after how long. */
async function outcome_of(turn, effect, delivery) {
  if (turn.kind === 'refused') {
    return { outcome: { kind: forwarded.refused }, after_ms: 0 };
  }
  if (turn.kind === 'timed_out' || turn.delay_ms >= effect.timeout_ms) {
    return { outcome: { kind: forwarded.timed_out }, after_ms: effect.timeout_ms };
  }
  if (turn.kind === 'reset') {
    return { outcome: { kind: forwarded.reset }, after_ms: turn.delay_ms };
  }
  const { status, headers } = turn;
  const body = turn.body_b64 === '' ? null : Buffer.from(turn.body_b64, 'base64');
  const answer_from_origin = make_forward(async () => response_of(status, headers, body));
  return { outcome: await answer_from_origin(effect, delivery), after_ms: turn.delay_ms };
}

/** A `Response` cannot be made with every status that an origin can send. */
function response_of(status, headers, body) {
  return status >= 200 && status <= 599
    ? new Response(body, { status, headers })
    : { status, headers: new Headers(headers), body: null };
}

/** Whether a claim that is `held` asks for the event that `call` has told of. */
function is_same_event(held, call) {
  const keys = [held.key, ...(held.copy ? [held.copy.key] : [])].map(hex_of);
  return held.shard === call.shard && keys.includes(hex_of(call.key));
}
