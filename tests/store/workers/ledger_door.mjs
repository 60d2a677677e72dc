// A Worker that is nothing but a door to the ledger's objects: each operation that comes over its
// WebSocket is a call of its own to an object, and its reply goes back as soon as it is there.

import { env } from 'cloudflare:workers';

import compiled from '../../../build/postern.wasm';
import { make_ledger } from '../../../hosts/cloudflare/ledger.mjs';
import { lease_ms_max } from '../../../hosts/store/times.mjs';
import { bytes_of_hex, hex_of } from '../../../hosts/fetch/wire.mjs';

/** Only ever put forward. `last_ms` is the time that was given out last. */
const clock = { ahead_ms: 0, last_ms: 0 };

function now() {
  clock.last_ms = Math.max(clock.last_ms, Date.now() + clock.ahead_ms);
  return clock.last_ms;
}

/** What is known of each object's starts: an isolate outlives its objects. By name, by number. */
const starts = new Map();

/** What operations without a reply have done nevertheless, by the number of their message. */
const journal = new Map();

const RealLedger = make_ledger({
  compiled, now, first_started: () => now() - lease_ms_max, log: (line) => console.log(line),
  carrying: () => null,
});

export class Ledger extends RealLedger {
  #seen;
  #writes;

  constructor(context, bindings) {
    const { storage } = context;
    const { sql } = storage;
    const name = context.id.name;
    if (name.startsWith('forgetful ')) {
      forget_everything(sql);
    }
    const former = starts.get(name) ?? [];
    const seen = { at: 0, start: former.length, started: 0, settled: 0, wrote: false };
    starts.set(name, [...former, seen]);
    const writes = watch(storage, seen);
    super(context, bindings);
    this.#writes = writes;
    this.#seen = seen;
    seen.started = sql.exec('SELECT started_ms FROM start').one().started_ms;
  }

  /** `apply`, or `accept` of one event, and what was seen of it. */
  async operate(number, verb, key, operation) {
    this.#seen.wrote = false;
    const name = hex_of(key);
    const written = this.#writes.get(name) ?? 0;
    // All that the operation does it has done when its call comes back, but for a row that waits
    // to be written with others: before its reply.
    const called = verb === 'accept'
      ? this.accept([{ key, ticket: key, operation, copy: null }],
        { shard: this.ctx.id.name, method: 'POST', body: key })
      : this.apply(key, operation, 0, null);
    const seen = { ...this.#seen, at: clock.last_ms };
    journal.set(number, seen);
    const reply = await called;
    return { reply, seen: { ...seen, is_kept: (this.#writes.get(name) ?? 0) > written } };
  }

  /** Nothing is driven here, and time that was put forward would ring without end. */
  async alarm() {}

  /** The object is lost, as by a deployment or a fault of the machine. What is on disk stays. */
  async vanish() {
    this.ctx.abort('lost on purpose');
  }
}

/**
 * Sees what is written on disk: whether the last transaction wrote rows, and that leases were
 * settled. Gives how often each key's row was written, by its hex.
 */
function watch(storage, seen) {
  const { sql } = storage;
  const transact = storage.transactionSync.bind(storage);
  storage.transactionSync = (action) => {
    // An operation may have to write first what others have left to be written.
    seen.wrote = false;
    return transact(action);
  };
  const writes = new Map();
  const exec = sql.exec.bind(sql);
  sql.exec = (statement, ...values) => {
    if (/^(INSERT INTO|UPDATE|DELETE FROM) (seen_|outbox)/.test(statement)) {
      seen.wrote = true;
      const key = hex_of(values.find((value) => value.byteLength === 32));
      writes.set(key, (writes.get(key) ?? 0) + 1);
    } else if (statement.startsWith('INSERT INTO start ') && values[1] === 0) {
      // Before this the leases of other keys were written.
      seen.settled += 1;
      seen.wrote = false;
    }
    return exec(statement, ...values);
  };
  return writes;
}

/** A store that is broken on purpose: its restart loses what was durable. */
function forget_everything(sql) {
  sql.exec("SELECT name FROM sqlite_master WHERE type = 'table' AND name GLOB 'seen_*'").toArray()
    .forEach(({ name }) => sql.exec(`DELETE FROM ${name}`));
}

async function perform({ number, shard, verb, key, operation, skip_ms }) {
  if (verb === 'skip') {
    clock.ahead_ms += skip_ms;
    return { number };
  }
  if (verb === 'count_settled') {
    return { number, counts: (starts.get(shard) ?? []).map(({ settled }) => settled) };
  }
  const stub = env.LEDGER.getByName(shard);
  try {
    if (verb === 'vanish') {
      return { number, result: await stub.vanish() };
    }
    const { reply, seen } =
      await stub.operate(number, verb, bytes_of_hex(key), bytes_of_hex(operation));
    return { number, reply: hex_of(reply), seen };
  } catch ({ message }) {
    return { number, failure: message, seen: journal.get(number) ?? null };
  } finally {
    journal.delete(number);
  }
}

export default {
  fetch() {
    const [client, server] = Object.values(new WebSocketPair());
    server.accept();
    server.addEventListener('message', async ({ data }) => {
      server.send(JSON.stringify(await perform(JSON.parse(data))));
    });
    return new Response(null, { status: 101, webSocket: client });
  },
};
