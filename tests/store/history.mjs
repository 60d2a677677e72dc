// Clients of the ledger's objects: what they ask at random, and what they saw, as one history for
// each key.

import { createHash } from 'node:crypto';

import { make_random } from '../differential/random.mjs';
import { operation, read_reply } from '../edge/operations.mjs';

/** Each object is a shard of its own. */
const shards = ['one', 'two', 'three', 'four'];

/** Keys in use at a time: few, so that clients meet. */
const keys_in_use = 10;

/** Operations on a key before another takes its place. One key of each shard stays for all. */
const operations_per_key = [10, 30, 80, 300];

const leases_ms = [0, 3, 20, 200, 5000];
/** Policies give a time, and never none at all. */
const retentions_ms = [15, 15, 15, 15, 60_000, 7 * 24 * 60 * 60 * 1000];
const delays_ms = [0, 0, 2, 30];
const owners = [1, 2, 3, 4];
/** 0 is none. Most are of whoever comes first. */
const hints = [0, 1, 1, 1, 1, 2, 3];
/** The least is none, and few are a limit. */
const copies_max = [0, 1, 3, 60];

/** Longer than leases and bursts last, by `quiet_ms` of the host: what is in memory is settled. */
const skip_ms = 21_000;

const verbs = [
  ...Array(8).fill('claim'), ...Array(5).fill('commit'), ...Array(5).fill('release'),
  ...Array(2).fill('accept'), ...Array(6).fill('take'), ...Array(3).fill('fail'), 'bury',
  ...Array(2).fill('reopen'), ...Array(3).fill('drop'), ...Array(2).fill('redrive'),
];

/**
 * Has `clients` do `count` operations in all, each client one at a time, over its own connection to
 * `url`. Objects are lost once in `operations_per_loss` operations. `shard_prefix` picks objects of
 * one's own, `twins` how many there are of each: more than one is a store that is broken.
 * Gives the histories: lists of events for `check_history` by key.
 */
export async function make_histories(
  url, { seed, clients, count, operations_per_loss, shard_prefix = '', twins = 1 }) {
  const random = make_random(`histories ${seed}`);
  const keys = new Keys(random, shard_prefix);
  const clock = { moment: 0, left: count, lost: 0 };
  const run = { random, keys, clock, operations_per_loss, twins };
  const connections = await Promise.all(Array.from({ length: clients }, () => connect(url)));
  await Promise.all(connections.map((connection) => run_client(connection, run)));
  const settled = await count_settled(connections[0], shard_prefix);
  connections.forEach((connection) => connection.close());
  keys.events.forEach((events) => events.forEach((event) => {
    event.settled_by_start = settled.get(event.shard);
  }));
  return { histories: keys.events, lost: clock.lost };
}

async function run_client(connection, { random, keys, clock, operations_per_loss, twins }) {
  while (clock.left > 0) {
    clock.left -= 1;
    if (random.chance(1 / operations_per_loss)) {
      clock.lost += 1;
      await connection.ask({ verb: 'vanish', shard: keys.pick_shard() });
    }
    if (random.chance(1 / (4 * operations_per_loss))) {
      await connection.ask({ verb: 'skip', skip_ms });
    }
    const key = keys.pick();
    const call = choose_call(random, key);
    const began = clock.moment += 1;
    const twin = random.between(1, twins);
    const { reply, failure, seen } = await connection.ask({
      verb: call.verb, shard: twin === 1 ? key.shard : `${key.shard} ${twin}`, key: key.name,
      operation: operation_of(call),
    });
    const ended = clock.moment += 1;
    // What never began has no part in the history.
    if (reply !== undefined) {
      const told = told_of(reply);
      key.events.push({ began, ended, shard: key.shard, call, reply: told, seen });
      key.learn(told);
    } else if (seen !== null) {
      key.events.push({ began, ended, shard: key.shard, call, reply: null, seen, failure });
    }
  }
}

class Keys {
  events = new Map();
  #random;
  #prefix;
  #in_use = [];
  #made = 0;

  constructor(random, prefix) {
    this.#random = random;
    this.#prefix = prefix;
    shards.forEach(() => this.#in_use.push(this.#make(Infinity)));
    while (this.#in_use.length < keys_in_use) {
      this.#in_use.push(this.#make(random.pick(operations_per_key)));
    }
  }

  pick_shard() {
    return this.#prefix + this.#random.pick(shards);
  }

  pick() {
    const place = this.#random.between(0, keys_in_use - 1);
    const key = this.#in_use[place];
    key.left -= 1;
    if (key.left === 0) {
      this.#in_use[place] = this.#make(this.#random.pick(operations_per_key));
    }
    return key;
  }

  #make(left) {
    const shard = this.#prefix + shards[this.#made % shards.length];
    this.#made += 1;
    const name = createHash('sha256').update(`key ${this.#made}`).digest('hex');
    const key = {
      name, shard, left, events: [], epochs: [0n],
      learn: ({ answer, epoch }) => {
        if (answer === 'granted') {
          key.epochs = [...key.epochs.slice(-3), epoch];
        }
      },
    };
    this.events.set(`${shard} ${name}`, key.events);
    return key;
  }
}

/** Mostly what an honest delivery would do: end what was granted last. */
export function choose_call(random, { epochs }) {
  const verb = random.pick(verbs);
  return {
    verb,
    owner: random.pick(owners),
    lease: random.pick(leases_ms),
    retain: random.pick(retentions_ms),
    epoch: random.chance(0.7) ? epochs.at(-1) : random.pick(epochs),
    status: random.pick([200, 202, 204]),
    is_unknown: random.chance(0.3),
    delay: random.pick(delays_ms),
    hint: ['take', 'reopen', 'drop', 'redrive'].includes(verb) ? 0 : random.pick(hints),
    copies_max: random.pick(copies_max),
    is_copy: ['claim', 'accept'].includes(verb) && random.chance(0.05),
  };
}

export function operation_of(
  { verb, owner, lease, retain, epoch, status, is_unknown, delay, is_copy, ...copies }) {
  const takes = verb === 'claim' || verb === 'take';
  return operation(verb, {
    owner: takes ? owner : 0, lease_ms: takes ? lease : 0, retain_ms: retain, epoch,
    status: verb === 'commit' ? status : 0, outcome: is_unknown ? 1 : 0, delay_ms: delay,
    is_copy: is_copy ? 1 : 0, ...copies,
  });
}

export function told_of(text) {
  const { answer, epoch, is_marked, wait_ms, status, attempts, is_copy } = read_reply(text);
  return { answer, epoch, mark: is_marked, wait: wait_ms, status, attempts, is_copy };
}

async function count_settled(connection, prefix) {
  const names = shards.map((shard) => prefix + shard);
  return new Map(await Promise.all(names.map(async (shard) =>
    [shard, (await connection.ask({ verb: 'count_settled', shard })).counts])));
}

let numbers = 0;

/** A connection on which `ask` sends a message and gives its answer. */
async function connect(url) {
  const socket = new WebSocket(url.replace('http:', 'ws:'));
  const waiting = new Map();
  await new Promise((resolve, reject) => {
    socket.addEventListener('open', resolve, { once: true });
    socket.addEventListener('error', () => reject(new Error('no connection')), { once: true });
  });
  socket.addEventListener('message', ({ data }) => {
    const answer = JSON.parse(data);
    waiting.get(answer.number).resolve(answer);
    waiting.delete(answer.number);
  });
  socket.addEventListener('close', () =>
    waiting.forEach(({ reject }) => reject(new Error('the connection was closed'))));
  return {
    ask(message) {
      const answered = Promise.withResolvers();
      const number = numbers += 1;
      waiting.set(number, answered);
      socket.send(JSON.stringify({ number, ...message }));
      return answered.promise;
    },
    close: () => socket.close(),
  };
}
