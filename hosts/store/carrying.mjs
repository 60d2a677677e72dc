// A shard that carries deliveries: whoever asks it for a claim hands it the delivery as well, and
// it goes on from there by itself. Claim, forward and commit then cost one call instead of two, and
// no way to the disk for each.

import * as kinds from '../../build/contract/kinds.mjs';
import { take_over } from '../fetch/gate.mjs';
import { make_forward } from '../fetch/outbound.mjs';

/**
 * Most forwards of one shard that wait for the headers of their answers. The platform lets an
 * object have six connections that wait; one is left for messages to the queue.
 */
export const forwards_max = 5;

/** The largest body that is carried: a larger one costs more on its way than a second call. */
export const carried_body_bytes_max = 1 << 20;

/** Most bytes of carried bodies in one isolate, which has 128 MB for all that goes on in it. */
export const carried_bytes_max = 16 << 20;

/** How long nothing is carried any more once nobody knows what became of a call. */
export const distrust_ms = 10_000;

/** Nobody knows whether a shard took a delivery. It may be forwarding it now: nobody else may. */
export class CarryLost extends Error {
  name = 'CarryLost';
}

/**
 * Gives the performer `carry(claim, delivery, spent_ms)`: `{ answer }` of a delivery that the shard
 * has taken, and settles; `{ frame }`, the step from which this host has to go on; `{ reply }`, the
 * outcome of the claim alone, null where there is surely none; or null where nobody was asked.
 * Rejects with a `CarryLost`. `namespace` as in `make_ledger_calls`, `identity` as `make_identity`
 * makes it, `now` gives unix milliseconds.
 */
export function make_carry(namespace, { identity, now }) {
  let trusts_again_ms = 0;

  return async function carry(claim, { method, body, body_bytes }, spent_ms) {
    if (body === null || body_bytes > carried_body_bytes_max || now() < trusts_again_ms) {
      return null;
    }
    const own = await identity();
    if (own === null) {
      return null;
    }
    const { shard, key, operation, wait_ms, copy, ticket, wants_body } = claim;
    // Views would take their whole frame along, each of them.
    const call = {
      identity: own, method, body, spent_ms,
      claim: {
        kind: kinds.claim, shard, wait_ms, wants_body,
        key: key.slice(), operation: operation.slice(), ticket: ticket.slice(),
        copy: copy && { key: copy.key.slice(), operation: copy.operation.slice() },
      },
    };
    let is_sent = false;
    try {
      // Without a limit of its own, since a timer costs more than the rest of the call: what the
      // shard does has limits, a connection that breaks is told, and senders give up in seconds.
      const called = namespace.getByName(shard).carry(call);
      is_sent = true;
      return await called;
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

/** Effects that a shard can perform, besides `forward` and those on its own rows. */
const performed_anywhere =
  new Set([kinds.supply_body, kinds.mac, kinds.check_signature, kinds.answer, kinds.finish]);
const ledger_kinds = new Set([kinds.claim, kinds.commit, kinds.release]);

/** One shard's side. */
export class Carrier {
  #ledger;
  #forwards = 0;

  constructor(ledger) {
    this.#ledger = ledger;
  }

  /**
   * Takes a delivery if this shard can, and gives what `carry` of `make_carry` does; never rejects.
   * One that cannot be taken is claimed and nothing else. `parts` are those of the isolate: `{
   * module, identity, perform, fetch, now, room, report }`, or null where nothing is carried;
   * `wait_until` sees the end of what is taken.
   */
  async carry({ identity, claim, method, body, spent_ms }, parts, wait_until) {
    const bytes = body.byteLength;
    if (parts === null || !parts.room.has(bytes) || identity !== await parts.identity()) {
      const { key, operation, wait_ms, copy } = claim;
      return { reply: await this.#apply(key, operation, wait_ms, copy) };
    }
    const { module, perform, fetch, now, room, report } = parts;
    room.enter(bytes);
    const { taken, settled } = take_over({
      module, now, claim, spent_ms,
      perform: { ...perform, ...this.#performers, forward: make_forward(this.#counted(fetch)) },
      delivery: { method, body, body_bytes: bytes },
      is_for_other: (step) => !this.#can_perform(step, claim.shard),
    });
    wait_until(settled.then((end) => {
      room.leave(bytes);
      report(end);
    }));
    return plain(await taken);
  }

  #performers = {
    claim: ({ key, operation, wait_ms, copy }) => this.#apply(key, operation, wait_ms, copy),
    commit: ({ key, operation }) => this.#apply(key.slice(), operation, 0, null),
    release: ({ key, operation }) => this.#apply(key.slice(), operation, 0, null),
  };

  #can_perform({ kind, shard }, own_shard) {
    return kind === kinds.forward
      ? this.#forwards < forwards_max
      : performed_anywhere.has(kind) || (ledger_kinds.has(kind) && shard === own_shard);
  }

  /** A row that cannot be kept has no reply, as where a shard cannot be asked. */
  async #apply(key, operation, wait_ms, copy) {
    try {
      return await this.#ledger.apply(key, operation, wait_ms, copy);
    } catch {
      return null;
    }
  }

  /** `fetch` that counts what waits for headers. */
  #counted(fetch) {
    return async (url, options) => {
      this.#forwards += 1;
      try {
        return await fetch(url, options);
      } finally {
        this.#forwards -= 1;
      }
    };
  }
}

/** What goes over to the other host: a view would take its whole frame along. */
function plain({ answer, frame }) {
  if (frame !== undefined) {
    return { frame };
  }
  const { status, headers, body } = answer;
  return { answer: { status, headers, body: body.slice() } };
}
