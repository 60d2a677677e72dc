// The same as claim_by_hand.mjs by an author who has been woken at night: a lease and a fencing
// number for each event, time limits for ledger and origin, an answer that is cut and filtered, and
// a line of log. It does for one sender what the gate does for all, in two durable writes.

import { DurableObject, env } from 'cloudflare:workers';

import { event_of, verify_stripe } from './hand_written.mjs';

const origin_limit_ms = 8000;
const lease_ms = origin_limit_ms + 5000;
const ledger_limit_ms = 5000;
const answer_bytes_max = 64 << 10;
const answer_headers = ['content-type', 'retry-after'];

export class Ledger extends DurableObject {
  constructor(context, env) {
    super(context, env);
    this.sql = context.storage.sql;
    this.sql.exec('CREATE TABLE IF NOT EXISTS events (id TEXT PRIMARY KEY, state TEXT NOT NULL, ' +
      'attempt INTEGER NOT NULL, until INTEGER NOT NULL) WITHOUT ROWID');
  }

  /** `{ state, attempt }`; the state is `granted` for whoever is to forward the event now. */
  claim(id) {
    const now = Date.now();
    const [found] = this.sql.exec('SELECT * FROM events WHERE id = ?', id).toArray();
    if (found?.state === 'done' || (found?.state === 'busy' && now < found.until)) {
      return found;
    }
    const attempt = (found?.attempt ?? 0) + 1;
    this.sql.exec('INSERT INTO events VALUES (?1, ?2, ?3, ?4) ON CONFLICT (id) DO UPDATE SET ' +
      'state = ?2, attempt = ?3, until = ?4', id, 'busy', attempt, now + lease_ms);
    return { state: 'granted', attempt };
  }

  commit(id) {
    this.sql.exec("UPDATE events SET state = 'done' WHERE id = ?", id);
  }

  release(id, attempt) {
    this.sql.exec("UPDATE events SET state = 'open' WHERE id = ? AND attempt = ?", id, attempt);
  }
}

async function within(limit_ms, promise) {
  let timer;
  const late = new Promise((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error('too late')), limit_ms);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

async function read_answer(answer) {
  const bytes = new Uint8Array(await answer.arrayBuffer()).subarray(0, answer_bytes_max);
  const headers = {};
  for (const name of answer_headers) {
    if (answer.headers.has(name)) {
      headers[name] = answer.headers.get(name);
    }
  }
  return new Response(bytes, { status: answer.status, headers });
}

const ledger_of = () => env.LEDGER.get(env.LEDGER.idFromName('stripe'));

async function deliver(request, context, record) {
  const body = new Uint8Array(await request.arrayBuffer());
  let event;
  try {
    await verify_stripe(env.STRIPE_WEBHOOK_SECRET, request.headers, body);
    event = event_of(body);
  } catch {
    return new Response(null, { status: 401 });
  }
  record.id = event.id;
  const { state, attempt } = await within(ledger_limit_ms, ledger_of().claim(event.id));
  if (state !== 'granted') {
    return new Response(null, { status: state === 'done' ? 200 : 503 });
  }
  const settle = (call) => context.waitUntil(within(ledger_limit_ms, call).catch(() => {}));
  try {
    const answer = await fetch(env.ORIGIN_URL, {
      method: 'POST', body, redirect: 'manual', signal: AbortSignal.timeout(origin_limit_ms),
      headers: {
        'content-type': 'application/json', 'event-id': event.id, 'event-attempt': `${attempt}`,
      },
    });
    const copy = await read_answer(answer);
    settle(answer.ok ? ledger_of().commit(event.id) : ledger_of().release(event.id, attempt));
    return copy;
  } catch {
    settle(ledger_of().release(event.id, attempt));
    return new Response(null, { status: 504 });
  }
}

export default {
  async fetch(request, _env, context) {
    const began = Date.now();
    const record = { time: new Date().toISOString() };
    const answer = await deliver(request, context, record)
      .catch(() => new Response(null, { status: 503 }));
    console.log(JSON.stringify({ ...record, status: answer.status, ms: Date.now() - began }));
    return answer;
  },
};
