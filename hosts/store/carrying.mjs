// A shard that carries deliveries: whoever asks it for a claim hands it the delivery as well, and
// it goes on from there by itself. Claim, forward and commit then cost one call instead of two, and
// no way to the disk for each.
//
// What goes over is as little as can be, for each object and each piece of memory in it costs as
// much as some 100 bytes: the step as the frame that it came in, and an answer as a flat list.

import { effects_carried } from '../../build/contract/frames.mjs';
import { decode_step } from '../fetch/effects.mjs';
import { take_over } from '../fetch/gate.mjs';
import { SharedSignals, make_forward } from '../fetch/outbound.mjs';

import { Places } from './places.mjs';

/** The largest body that is carried: a larger one costs more on its way than a second call. */
export const carried_body_bytes_max = 1 << 20;

/** Most bytes of carried bodies in one isolate, which has 128 MB for all that goes on in it. */
export const carried_bytes_max = 16 << 20;

const nothing = new Uint8Array(0);

/** How long nothing is carried any more once nobody knows what became of a call. */
export const distrust_ms = 10_000;

/** Nobody knows whether a shard took a delivery. It may be forwarding it now: nobody else may. */
export class CarryLost extends Error {
  name = 'CarryLost';
}

/**
 * Gives the performer `carry(claim, frame, delivery, spent_ms)`, where `frame` is the step that the
 * claim was read from: `{ answer }` of a delivery that the shard has taken, and settles; `{ frame
 * }`, the step from which this host has to go on; `{ reply }`, the outcome of the claim alone, null
 * where there is surely none; or null where nobody was asked, or somebody who did nothing. Rejects
 * with a `CarryLost`. `namespace` as in `make_ledger_calls`, `identity` as `make_identity`
 * makes it, `now` gives unix milliseconds.
 */
export function make_carry(namespace, { identity, now }) {
  let trusts_again_ms = 0;

  return async function carry({ shard }, frame, { body, body_bytes }, spent_ms) {
    if (body === null || body_bytes > carried_body_bytes_max || now() < trusts_again_ms) {
      return null;
    }
    const own = await identity();
    if (own === null) {
      return null;
    }
    let is_sent = false;
    try {
      // Without a limit of its own, since a timer costs more than the rest of the call: what the
      // shard does has limits, a connection that breaks is told, and senders give up in seconds.
      const called = namespace.getByName(shard).carry(own, frame, body, spent_ms, now());
      is_sent = true;
      return read_plain(await called);
    } catch (failure) {
      trusts_again_ms = now() + distrust_ms;
      if (!is_sent) {
        return { reply: null };
      }
      throw new CarryLost('nobody knows what a shard did with a delivery', { cause: failure });
    }
  };
}

/** What goes on in the shards of one isolate together. */
export class Room {
  #bytes = 0;

  has(bytes) {
    return this.#bytes + bytes <= carried_bytes_max;
  }

  enter(bytes) {
    this.#bytes += bytes;
  }

  leave(bytes) {
    this.#bytes -= bytes;
  }
}

/** One shard's side. */
export class Carrier {
  #ledger;
  #places = new Places(() => performance.now());
  #signals = new SharedSignals();

  constructor(ledger) {
    this.#ledger = ledger;
  }

  /**
   * Takes a delivery if this shard can, and gives what `carry` of `make_carry` does; never rejects.
   * A frame of a host that is another one is not even read; a delivery for which there is no room
   * is claimed and nothing else. `parts` are those of the isolate: `{ module, identity, perform,
   * fetch, now, room, report }`, or null where nothing is carried; `wait_until` sees the end of
   * what its claim does not end. `sent_ms` is when the other host sent it, by its own clock.
   */
  async carry([identity, frame, body, spent_ms, sent_ms], parts, wait_until) {
    if (parts === null || identity !== await parts.identity()) {
      return null;
    }
    const { module, perform, fetch, now, room, report } = parts;
    const bytes = body.byteLength;
    const claim = decode_step(frame);
    if (!room.has(bytes)) {
      return { reply: await this.#performers.claim(claim) };
    }
    room.enter(bytes);
    let is_held = false;
    // A delivery has one time wherever it is: two clocks that are apart would make its claim look
    // old, and it would be refused for that. The lease begins here, so the way does not count.
    const ahead_ms = now() - sent_ms;
    const { taken, settled } = take_over({
      module, claim, spent_ms, now: () => now() - ahead_ms,
      perform: { ...perform, ...this.#performers, forward: this.#forward_by(fetch) },
      delivery: { body, body_bytes: bytes },
      is_for_other: (step) => {
        if (!is_held && step.is_final !== true) {
          is_held = true;
          wait_until(told);
        }
        return this.#is_for_other(step, claim.shard);
      },
    });
    const told = settled.then((end) => {
      room.leave(bytes);
      report(end);
    });
    const { answer, frame: next } = await taken;
    return answer === undefined ? { frame: next } : plain(answer);
  }

  #performers = {
    claim: ({ key, operation, wait_ms, copy }) => this.#apply(key, operation, wait_ms, copy),
    commit: ({ key, operation }) => this.#apply(key, operation, 0, null),
    release: ({ key, operation }) => this.#apply(key, operation, 0, null),
  };

  /** As contract.mjs says. A forward that is performed here has a place from now on. */
  async #is_for_other({ kind, shard }, own_shard) {
    switch (effects_carried[kind]) {
      case 'performed':
        return false;
      case 'own_row':
        return shard !== own_shard;
      case 'with_place':
        return !await this.#places.take();
      default:
        return true;
    }
  }

  /**
   * A row that cannot be kept has no reply, as where a shard cannot be asked. A store may keep a
   * key for long, and a view would take its frame along.
   */
  async #apply(key, operation, wait_ms, copy) {
    try {
      const own_copy = copy && { key: copy.key.slice(), operation: copy.operation };
      return await this.#ledger.apply(key.slice(), operation, wait_ms, own_copy);
    } catch {
      return null;
    }
  }

  /** `forward`, which gives its place back when the headers of its answer are there. */
  #forward_by(fetch) {
    return make_forward(async (url, options) => {
      const began_ms = performance.now();
      try {
        return await fetch(url, options);
      } finally {
        this.#places.leave(performance.now() - began_ms);
      }
    }, this.#signals);
  }
}

/**
 * An answer as it goes over: `[status, name, value, ..., body]`, without a body that is empty.
 * A view would take its whole frame along.
 */
function plain({ status, headers, body }) {
  const parts = [status, ...headers.flat()];
  if (body.byteLength > 0) {
    parts.push(body.slice());
  }
  return parts;
}

function read_plain(result) {
  return Array.isArray(result) ? { answer: read_parts(result) } : result;
}

function read_parts([status, ...parts]) {
  const body = parts.length % 2 === 0 ? nothing : parts.pop();
  const headers = [];
  for (let at = 0; at < parts.length; at += 2) {
    headers.push([parts[at], parts[at + 1]]);
  }
  return { status, headers, body };
}
