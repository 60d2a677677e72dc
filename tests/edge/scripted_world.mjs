// A world by script around the real Worker and the real ledger objects: time, origin, ledger faults
// and fetched keys. Time passes from event to event, in the order of the native simulation: each
// delivery goes as far as it can without waiting; then the next forward is answered, or the next
// held claim has waited long enough. One delivery moves at a time.

import { Buffer } from 'node:buffer';

import { forwarded, ledger_answers } from '../../wasm/hosts/common/effects.mjs';
import { make_forward } from '../../wasm/hosts/common/outbound.mjs';
import { Reader, hex_of } from '../../wasm/hosts/common/wire.mjs';

const verbs = new Map([[1, 'claim'], [2, 'commit'], [3, 'release']]);

export class ScriptedWorld {
  #step;
  #namespace;
  #shard_prefix;
  #clock;
  #turn = null;
  #events = [];
  #sequence = 0;
  #held = new Set();
  #ready = [];
  #forwards = 0;

  /** `clock.now_ms` is set as time passes. Shards have `shard_prefix` in front of their names. */
  constructor({ step, namespace, shard_prefix, clock }) {
    this.#step = step;
    this.#namespace = namespace;
    this.#shard_prefix = shard_prefix;
    this.#clock = clock;
    clock.now_ms = step.now_ms;
  }

  /** Runs deliveries that arrive together. Each of `starts` begins one and returns its end. */
  async run(starts) {
    const ends = [];
    for (const start of starts) {
      await this.#let_move(() => {
        const end = start();
        ends.push(end);
        end.finally(() => this.#turn.resolve());
      });
      await this.#move_ready();
    }
    while (this.#events.length > 0) {
      this.#events.sort((a, b) => a.at_ms - b.at_ms || a.sequence - b.sequence);
      await this.#events.shift().happen();
      await this.#move_ready();
    }
    return Promise.all(ends);
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
  get ledger_binding() {
    return {
      idFromName: (shard) => shard,
      get: (shard) => ({
        ledger: (key, operation, wait_ms) => this.#ledger({ shard, key, operation }, wait_ms),
      }),
    };
  }

  async #ledger(call, wait_ms) {
    const verb = verbs.get(call.operation[1]);
    const fault = this.#step.ledger[verb] ?? 'none';
    if (fault === 'unavailable') {
      throw new Error('the script has no ledger here');
    }
    const reply = await this.#ask(call);
    if (verb !== 'claim') {
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

  async #ask({ shard, key, operation }) {
    const id = this.#namespace.idFromName(this.#shard_prefix + shard);
    const bytes = await this.#namespace.get(id).ledger(key, operation, 0);
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
    const at_ms = this.#clock.now_ms + after_ms;
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
  const answer_from_origin = make_forward(async () => new Response(body, { status, headers }));
  return { outcome: await answer_from_origin(effect, delivery), after_ms: turn.delay_ms };
}

function is_same_event(one, other) {
  return one.shard === other.shard && hex_of(one.key) === hex_of(other.key);
}
