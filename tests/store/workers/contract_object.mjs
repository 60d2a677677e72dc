// The SQLite of a real Durable Object under the contract of stores: POST {shard, name, argument}
// calls the door to the store and the ledger in that object.

import { DurableObject, env } from 'cloudflare:workers';

import compiled from '../../../build/postern.wasm';
import { Module } from '../../../hosts/fetch/module.mjs';
import { SqliteStore } from '../../../hosts/store/sqlite/store.mjs';
import { Door } from '../contract/door.mjs';

/** The time of each object, by its name: an isolate outlives its objects. */
const clocks = new Map();

export class Ledger extends DurableObject {
  #door;
  #alarm_ms = null;
  #is_failing = false;

  constructor(context, bindings) {
    super(context, bindings);
    const { name } = context.id;
    const storage = {
      sql: context.storage.sql,
      transactionSync: (action) => context.storage.transactionSync(() => {
        const result = action();
        if (this.#is_failing) {
          this.#is_failing = false;
          throw new Error('the disk is full on purpose');
        }
        return result;
      }),
      setAlarm: (at_ms) => {
        this.#alarm_ms = at_ms;
      },
    };
    this.#door = new Door({
      store: new SqliteStore(storage, { now: () => clocks.get(name), first_started_ms: 1 }),
      module: new Module(compiled, null),
    });
  }

  async ask(name, argument) {
    switch (name) {
      case 'set_clock':
        clocks.set(this.ctx.id.name, argument);
        return null;
      case 'alarm_ms':
        return this.#alarm_ms;
      case 'fail_next':
        this.#is_failing = true;
        return null;
      case 'vanish':
        return this.ctx.abort('lost on purpose');
      default:
        return this.#door[name](argument);
    }
  }
}

export default {
  async fetch(request) {
    const { shard, name, argument } = await request.json();
    if (name === 'set_clock') {
      clocks.set(shard, argument);
    }
    try {
      const result = await env.LEDGER.getByName(shard).ask(name, argument);
      return Response.json({ result: result ?? null });
    } catch ({ message }) {
      return Response.json({ failure: message });
    }
  },
};
