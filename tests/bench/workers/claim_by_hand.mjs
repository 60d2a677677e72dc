// A whole gate for one sender, by hand: verify, claim in a Durable Object with SQLite, forward,
// commit. As careful as a tutorial gets: it has no leases, so a Worker that dies burns the event.

import { DurableObject, env } from 'cloudflare:workers';

import { event_of, verify_stripe } from './hand_written.mjs';

export class Ledger extends DurableObject {
  constructor(context, env) {
    super(context, env);
    this.sql = context.storage.sql;
    this.sql.exec('CREATE TABLE IF NOT EXISTS events (id TEXT PRIMARY KEY, state TEXT NOT NULL)');
  }

  /** What is known of the event, `new` the first time. */
  claim(id) {
    const [found] = this.sql.exec('SELECT state FROM events WHERE id = ?', id).toArray();
    if (found !== undefined) {
      return found.state;
    }
    this.sql.exec("INSERT INTO events (id, state) VALUES (?, 'busy')", id);
    return 'new';
  }

  commit(id) {
    this.sql.exec("UPDATE events SET state = 'done' WHERE id = ?", id);
  }

  release(id) {
    this.sql.exec('DELETE FROM events WHERE id = ?', id);
  }
}

export default {
  async fetch(request, _env, context) {
    const body = new Uint8Array(await request.arrayBuffer());
    let event;
    try {
      await verify_stripe(env.STRIPE_WEBHOOK_SECRET, request.headers, body);
      event = event_of(body);
    } catch {
      return new Response(null, { status: 401 });
    }
    const ledger = env.LEDGER.get(env.LEDGER.idFromName('stripe'));
    const state = await ledger.claim(event.id);
    if (state !== 'new') {
      return new Response(null, { status: state === 'done' ? 200 : 503 });
    }
    const answer = await fetch(env.ORIGIN_URL, {
      method: 'POST', body, headers: { 'content-type': 'application/json', 'event-id': event.id },
    });
    context.waitUntil(answer.ok ? ledger.commit(event.id) : ledger.release(event.id));
    return answer;
  },
};
