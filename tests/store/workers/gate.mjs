// The gate as it is deployed, with doors for what a test does to it from outside.
//
// POST /-store/queue {queue, messages}: hands a batch to the consumer; gives what it wants back.
// POST /-store/outage {is_out}: from now on no object of the ledger answers, or all do again.
// POST /-store/sweep {ahead_ms, shards}: puts the clock ahead and rings the objects' alarms.
// POST /-store/count {shards}: `{ owed, rows_written, tables }` over those objects.

import { Buffer } from 'node:buffer';

import { env } from 'cloudflare:workers';
import policy from 'postern-policy';

import compiled from '../../../build/postern.wasm';
import { make_ledger } from '../../../hosts/cloudflare/ledger.mjs';
import { make_postern } from '../../../hosts/cloudflare/postern.mjs';
import { lease_ms_max } from '../../../hosts/store/times.mjs';
import { make_keys } from '../../../hosts/fetch/keys.mjs';
import { make_forward } from '../../../hosts/fetch/outbound.mjs';

const world = { ahead_ms: 0, is_out: false };
const now = () => Date.now() + world.ahead_ms;
const log = (line) => console.log(line);
const outside = (url, options) => fetch(url, options);

const RealLedger = make_ledger({
  compiled, now, first_started: () => now() - lease_ms_max, log,
  carrying: () => postern.carrying,
});

export class Ledger extends RealLedger {
  #cursors = { rows: 0, open: [] };

  constructor(context, bindings) {
    const cursors = { rows: 0, open: [] };
    const { sql } = context.storage;
    const exec = sql.exec.bind(sql);
    sql.exec = (...statement) => {
      const cursor = exec(...statement);
      cursors.open.push(cursor);
      if (cursors.open.length >= 1000) {
        sum_up(cursors);
      }
      return cursor;
    };
    super(context, bindings);
    this.#cursors = cursors;
  }

  /** Does what the alarm does, which nobody may call by its name. */
  async ring() {
    await this.alarm();
  }

  /** How much is owed, how many rows were written since it began, as billed, and its tables. */
  async count() {
    const names = this.ctx.storage.sql
      .exec("SELECT name FROM sqlite_master WHERE type = 'table'").toArray()
      .map(({ name }) => name);
    const owed = !names.includes('outbox') ? 0 : this.ctx.storage.sql
      .exec('SELECT COUNT(*) AS owed FROM outbox WHERE drive_ms > 0').one().owed;
    sum_up(this.#cursors);
    const tables = names.filter((name) => name.startsWith('seen_'));
    return { owed, rows_written: this.#cursors.rows, tables };
  }
}

/** Cursors that are read to their end count no further. */
function sum_up(cursors) {
  cursors.rows += cursors.open.splice(0).reduce((sum, { rowsWritten }) => sum + rowsWritten, 0);
}

const ledger = {
  getByName(name) {
    if (world.is_out) {
      throw new Error('the ledger is out, on purpose');
    }
    return env.LEDGER.getByName(name);
  },
};

const postern = make_postern({
  compiled,
  policy: new Uint8Array(policy),
  env: { ...env, LEDGER: ledger },
  now,
  token: () => crypto.getRandomValues(new Uint8Array(16)),
  client_address: () => '',
  keys: make_keys(outside, now),
  forward: make_forward(outside),
  carrying_fetch: outside,
  log,
});

const shard = (name) => env.LEDGER.getByName(name);

const doors = {
  async queue({ queue, messages }) {
    const batch = messages.map(({ id, contentType, body, attempts }) => {
      const bytes = Buffer.from(body, 'base64');
      const content = contentType === 'json'
        ? { body: JSON.parse(bytes.toString()) } : { serializedBody: new Uint8Array(bytes) };
      return { id, timestamp: new Date(), attempts, ...content };
    });
    const { outcome, retryBatch, retryMessages } = await env.SELF.queue(queue, batch);
    return { outcome, is_whole_back: retryBatch.retry, back: retryMessages };
  },

  async outage({ is_out }) {
    world.is_out = is_out;
    return {};
  },

  async sweep({ ahead_ms, shards }) {
    world.ahead_ms = ahead_ms;
    await Promise.all(shards.map((name) => shard(name).ring()));
    return {};
  },

  async count({ shards }) {
    return Promise.all(shards.map((name) => shard(name).count()));
  },
};

export default {
  async fetch(request, bindings, context) {
    const [, door] = /\/-store\/([a-z]+)$/.exec(request.url) ?? [];
    return door === undefined
      ? postern.fetch(request, bindings, context)
      : Response.json(await doors[door](await request.json()));
  },

  queue: (batch, bindings, context) => postern.queue(batch, bindings, context),
};
