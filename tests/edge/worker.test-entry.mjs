// The Worker of the tests: what is deployed, with doors to a scripted world. It is never deployed.
//
// POST /-test/play {policy_b64, settings, shard_prefix, step, state}: takes a play of a plan file
//   through the Worker, see play.mjs.
// POST /-test/live {policy_b64, settings, is_trapping, is_carrying, keeps_carrying, shard_prefix,
//   object_ahead_ms, bindings, failures}: what comes to all other paths then runs with this policy,
//   in real time, against the real network. The objects carry deliveries, with what `live` has or
//   with what they had before, by a clock that is so far ahead of the Worker's. `bindings` are
//   texts besides this Worker's own; of each binding that `failures` names, so many calls fail
//   first, of `CARRY` so many calls to carry, of `CARRY_REPLY` so many answers to one are lost.
// POST /-test/ledger {shard_prefix, call, argument}: calls the one object whose name begins so.
// POST /-test/probe {call, values}: calls a store of its own, see store_probe.mjs.
// POST /-test/limit {effects}: performs `limit` effects in turn.
// GET /-test/carried: what the objects have forwarded since the last `live`.
// POST /-test/clock {ahead_ms}: how far the clock of all that is live is ahead of the machine's.

import { env } from 'cloudflare:workers';

import compiled from '../../build/postern.wasm';
import trapping from '../../build/postern_trap.wasm';
import { make_ledger } from '../../hosts/cloudflare/ledger.mjs';
import { make_limit } from '../../hosts/cloudflare/limits.mjs';
import { make_postern } from '../../hosts/cloudflare/postern.mjs';
import { lease_ms_max } from '../../hosts/store/times.mjs';
import { make_keys } from '../../hosts/fetch/keys.mjs';
import { make_forward } from '../../hosts/fetch/outbound.mjs';
import { bytes_of_hex, hex_of } from '../../hosts/fetch/wire.mjs';

import { bytes_of_base64, named, play } from './play.mjs';

export { StoreProbe } from './store_probe.mjs';

/** The time of the step that is played, null in real time. */
const clock = { now_ms: null, ahead_ms: 0 };
const now = () => clock.now_ms ?? Date.now() + clock.ahead_ms;

/** Epochs of a step that is played are 1, 2, 3, as natively. */
const first_started = () => (clock.now_ms === null ? now() - lease_ms_max : 0);

const RealLedger = make_ledger({
  compiled, now, first_started, log: (line) => console.log(line), carrying: () => carrying,
});

export class Ledger extends RealLedger {
  #cursors = [];
  #sent = [];

  constructor(context, env) {
    const { sql } = context.storage;
    const exec = sql.exec.bind(sql);
    const cursors = [];
    sql.exec = (...statement) => {
      const cursor = exec(...statement);
      // The simulated platform keeps the object's name in a table of its own.
      if (!statement[0].includes('__miniflare')) {
        cursors.push(cursor);
      }
      return cursor;
    };
    const sent = [];
    const sendBatch = async (messages) => {
      sent.push(...messages.map(({ body }) => body));
      return clock.now_ms === null ? env.DELIVERIES.sendBatch(messages) : undefined;
    };
    super(context, { ...env, DELIVERIES: { sendBatch } });
    this.#sent = sent;
    this.#cursors = cursors;
    shards.add(context.id.name);
  }

  /** How many rows this object has written since it began, as they are billed. */
  async rows_written() {
    return this.#cursors.reduce((sum, { rowsWritten }) => sum + rowsWritten, 0);
  }

  /** Scripted time is long past, and an alarm set by it would ring without end. */
  async alarm() {}

  async tables() {
    return this.ctx.storage.sql
      .exec("SELECT name FROM sqlite_master WHERE type = 'table' AND name GLOB 'seen_*'")
      .toArray().map(({ name }) => name);
  }

  /** From now on no row gets into the tables of outcomes, or, without `is_full`, again. */
  async fill({ is_full }) {
    (await this.tables()).forEach((table) => this.ctx.storage.sql.exec(is_full
      ? `CREATE TRIGGER full_${table} BEFORE INSERT ON ${table} ` +
        "BEGIN SELECT RAISE(ABORT, 'full on purpose'); END"
      : `DROP TRIGGER full_${table}`));
  }

  /** The object is lost, as by a deployment or a fault of the machine. What is on disk stays. */
  async vanish() {
    this.ctx.abort('lost on purpose');
  }

  /** `accept` with keys in hex, and a body of so many bytes of one value. Tickets are the keys. */
  async accept_keys({ keys, operation, bytes, value, tickets = keys }) {
    const entries = keys.map((key, at) => ({
      key: bytes_of_hex(key), ticket: tickets[at] && bytes_of_hex(tickets[at]),
      operation: bytes_of_hex(operation), copy: null,
    }));
    const delivery = { shard: unprefixed(this.ctx.id.name), method: 'POST' };
    return hex_of(await this.accept(entries,
      { ...delivery, body: new Uint8Array(bytes).fill(value) }));
  }

  /** Applies an operation, both in hex, and gives the reply so. */
  async apply_to_key({ key, operation }) {
    return hex_of(await this.apply(bytes_of_hex(key), bytes_of_hex(operation), 0, null));
  }

  /** The keys that this object has sent messages for since it began. */
  async sent() {
    return this.#sent.map(({ key }) => key);
  }

  /** The same as `ring_at` in real time: what the alarm sends is sent. */
  async ring_ahead(ahead_ms) {
    clock.ahead_ms = ahead_ms;
    await super.alarm();
    clock.ahead_ms = 0;
  }

  /** Notes so many runs that failed, and gives whether each of them was the last. */
  async fail_runs({ key, count }) {
    return Array.fromAsync({ length: count }, () => this.note_failed_run(bytes_of_hex(key)));
  }

  /** What is owed under a key: `{ ticket, bytes, value }`, or null. */
  async owed_key(key) {
    const owed = await this.read_owed(bytes_of_hex(key), Infinity);
    return owed && {
      ticket: hex_of(owed.ticket), bytes: owed.body.byteLength,
      value: owed.body.every((byte) => byte === owed.body[0]) ? owed.body[0] : null,
    };
  }

  /** Does what the alarm of the real class does, and gives the messages that it sends. */
  async ring_at(now_ms) {
    clock.now_ms = now_ms;
    this.#sent.length = 0;
    await super.alarm();
    clock.now_ms = null;
    return this.#sent;
  }
}

let live = null;

/** What the objects carry deliveries with: that of `live`, or what a test keeps of before. */
let carrying = null;

/** Forwards of the objects: all, those that wait for headers now, and the most that ever did. */
const carried = { count: 0, waiting: 0, most: 0 };

async function carrying_fetch(url, options) {
  carried.count += 1;
  carried.waiting += 1;
  carried.most = Math.max(carried.most, carried.waiting);
  try {
    return await fetch(url, options);
  } finally {
    carried.waiting -= 1;
  }
}

/** The names of the ledger's objects that were ever started. */
const shards = new Set();

export default {
  async fetch(request, _env, context) {
    const { pathname } = new URL(request.url);
    if (pathname === '/-test/play') {
      return Response.json(
        await play({ ...await request.json(), compiled, ledger: env.LEDGER, clock, now }));
    }
    if (pathname === '/-test/live') {
      const message = await request.json();
      live = make_live(message);
      carrying = message.keeps_carrying ? carrying : live.carrying;
      if (message.object_ahead_ms !== 0) {
        carrying = { ...carrying, now: () => now() + message.object_ahead_ms };
      }
      Object.assign(carried, { count: 0, most: 0 });
      return new Response('ok');
    }
    if (pathname === '/-test/carried') {
      return Response.json(carried);
    }
    if (pathname === '/-test/probe') {
      const { call, values } = await request.json();
      const probe = env.PROBE.get(env.PROBE.newUniqueId());
      return Response.json(await probe[call](...values));
    }
    if (pathname === '/-test/limit') {
      const { effects } = await request.json();
      const limit = make_limit(env);
      return Response.json(await Array.fromAsync(effects, (effect) => limit(effect)));
    }
    if (pathname === '/-test/clock') {
      Object.assign(clock, await request.json());
      return new Response('ok');
    }
    if (pathname === '/-test/ledger') {
      return Response.json(await call_ledger(await request.json()));
    }
    return live.fetch(request, env, context);
  },

  async queue(batch, _env, context) {
    await live.queue(batch, env, context);
  },
};

/** The name that the gate knows a shard by: tests have names of their own in front. */
function unprefixed(name) {
  return name.slice(name.lastIndexOf(' ') + 1);
}

async function call_ledger({ shard_prefix, call, argument }) {
  const shard = [...shards].find((name) => name.startsWith(shard_prefix)) ??
    `${shard_prefix}device/0`;
  try {
    return await env.LEDGER.getByName(shard)[call](argument) ?? null;
  } catch (failure) {
    return { failure: failure.message };
  }
}

function make_live(
  { policy_b64, settings, is_trapping, is_carrying, shard_prefix, bindings, failures }) {
  const policy = bytes_of_base64(policy_b64);
  const outside = (url, options) => fetch(url, options);
  const fail_first = (name) => {
    failures[name] = (failures[name] ?? 0) - 1;
    if (failures[name] >= 0) {
      throw new Error(`the test lets ${name} fail`);
    }
  };
  const ledger = {
    getByName(shard) {
      fail_first('LEDGER');
      const stub = env.LEDGER.getByName(shard_prefix + unprefixed(shard));
      return new Proxy(stub, {
        get: (target, name) => (name === 'carry' ? carry_of(target) : target[name]),
      });
    },
  };
  const carry_of = (stub) => async (...call) => {
    fail_first('CARRY');
    const answered = stub.carry(...call);
    try {
      fail_first('CARRY_REPLY');
    } catch (failure) {
      answered.catch(() => {});
      await new Promise((resolve) => setTimeout(resolve, 50));
      throw failure;
    }
    return answered;
  };
  const queue = {
    sendBatch(messages) {
      fail_first('DELIVERIES');
      return env.DELIVERIES.sendBatch(messages);
    },
  };
  return make_postern({
    compiled: is_trapping ? trapping : compiled,
    policy,
    env: {
      ...env, ...named(policy, settings), ...bindings, LEDGER: ledger, DELIVERIES: queue,
    },
    now,
    token: () => crypto.getRandomValues(new Uint8Array(16)),
    client_address: (request) => request.headers.get('cf-connecting-ip') ?? '',
    keys: make_keys(outside, now),
    forward: make_forward(outside),
    carrying_fetch: is_carrying ? carrying_fetch : undefined,
    log: (line) => console.log(line),
  });
}
