// The same as claim_by_hand.mjs with one call: the Worker verifies and hands the delivery to the
// object, which claims, forwards and commits by itself. What is under way is known to its memory,
// and what is done is written in groups. It has no leases, no limits and no log.

import { DurableObject, env } from 'cloudflare:workers';

import { event_of, verify_stripe } from './hand_written.mjs';

const group_ms = 5;

export class Ledger extends DurableObject {
  busy = new Set();
  done = [];
  written = null;

  constructor(context, env) {
    super(context, env);
    this.sql = context.storage.sql;
    this.sql.exec('CREATE TABLE IF NOT EXISTS events (id TEXT PRIMARY KEY) WITHOUT ROWID');
  }

  async deliver(id, body) {
    if (this.busy.has(id)) {
      return { status: 503 };
    }
    if (this.sql.exec('SELECT 1 FROM events WHERE id = ?', id).toArray().length > 0) {
      return { status: 200 };
    }
    this.busy.add(id);
    const answer = await fetch(env.ORIGIN_URL, {
      method: 'POST', body, headers: { 'content-type': 'application/json', 'event-id': id },
    });
    const bytes = await answer.arrayBuffer();
    if (answer.ok) {
      this.commit(id);
    } else {
      this.busy.delete(id);
    }
    return { status: answer.status, bytes };
  }

  commit(id) {
    this.done.push(id);
    this.written ??= setTimeout(() => {
      this.written = null;
      const ids = this.done.splice(0);
      this.ctx.storage.transactionSync(() =>
        ids.forEach((each) => this.sql.exec('INSERT INTO events VALUES (?)', each)));
      ids.forEach((each) => this.busy.delete(each));
    }, group_ms);
  }
}

export default {
  async fetch(request) {
    const body = new Uint8Array(await request.arrayBuffer());
    let event;
    try {
      await verify_stripe(env.STRIPE_WEBHOOK_SECRET, request.headers, body);
      event = event_of(body);
    } catch {
      return new Response(null, { status: 401 });
    }
    const ledger = env.LEDGER.get(env.LEDGER.idFromName('stripe'));
    const { status, bytes = null } = await ledger.deliver(event.id, body);
    return new Response(bytes, { status });
  },
};
