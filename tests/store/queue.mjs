// A queue on loopback, as a Worker's binding sees it, in the process of the test: it survives the
// Worker. It brings messages twice, as queues do, and loses references, which no queue should and
// this one may: an outbox has what they refer to. A message that is a whole delivery is the only
// copy of it, and is kept.

import { createServer } from 'node:http';

/** As in wrangler.toml. */
const batch_messages_max = 6;

/** Batches that are with the consumer at a time. */
const batches_max = 4;

/** Time runs faster here: no message stays away longer. */
const delay_ms_max = 1500;

/** A batch whose consumer broke off comes again. */
const failure_delay_ms = 100;

export class Queue {
  #name;
  #random;
  #faults;
  #server;
  #ready = [];
  #away = 0;
  #batches = 0;
  #call = null;
  #numbers = 0;
  counts = { sent: 0, lost: 0, doubled: 0, broken: 0 };

  /** `faults` has the shares of references that are `lost`, and of messages that are `doubled`. */
  constructor(name, random, faults) {
    this.#name = name;
    this.#random = random;
    this.#faults = faults;
    this.#server = createServer((request, response) => {
      const chunks = [];
      request.on('error', () => {});
      request.on('data', (chunk) => chunks.push(chunk));
      request.on('end', () => {
        this.#take(request, Buffer.concat(chunks));
        response.setHeader('content-type', 'application/json');
        response.end('{"metadata":{"metrics":{"backlogCount":0,"backlogBytes":0}}}');
      });
    });
  }

  async open() {
    await new Promise((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    this.address = `127.0.0.1:${this.#server.address().port}`;
    return this;
  }

  /** Brings messages to `call`, which hands a batch to a consumer; null: to nobody. */
  drive(call) {
    this.#call = call;
    this.#bring();
  }

  /** Whether nothing is on its way. */
  get is_idle() {
    return this.#ready.length === 0 && this.#away === 0 && this.#batches === 0;
  }

  close() {
    this.#call = null;
    this.#server.closeAllConnections();
    this.#server.close();
  }

  #take(request, bytes) {
    const messages = request.url.endsWith('/batch') ? JSON.parse(bytes).messages
      : [{ contentType: request.headers['x-msg-fmt'] ?? 'v8', body: bytes.toString('base64') }];
    for (const { contentType = 'v8', body, delaySecs = 0 } of messages) {
      this.counts.sent += 1;
      if (contentType === 'json' && this.#random.chance(this.#faults.lost)) {
        this.counts.lost += 1;
        continue;
      }
      const is_double = this.#random.chance(this.#faults.doubled);
      this.counts.doubled += is_double ? 1 : 0;
      for (let copy = 0; copy <= (is_double ? 1 : 0); copy += 1) {
        const id = String(this.#numbers += 1);
        this.#put({ id, contentType, body, attempts: 0 }, 1000 * delaySecs);
      }
    }
  }

  #put(message, delay_ms) {
    this.#away += 1;
    setTimeout(() => {
      this.#away -= 1;
      this.#ready.push(message);
      this.#bring();
    }, Math.min(delay_ms, delay_ms_max));
  }

  #bring() {
    while (this.#call !== null && this.#ready.length > 0 && this.#batches < batches_max) {
      this.#batches += 1;
      const batch = this.#ready.splice(0, batch_messages_max)
        .map((message) => ({ ...message, attempts: message.attempts + 1 }));
      this.#hand_over(batch).finally(() => {
        this.#batches -= 1;
        this.#bring();
      });
    }
  }

  async #hand_over(batch) {
    try {
      const { outcome, is_whole_back, back } =
        await this.#call({ queue: this.#name, messages: batch });
      const delays = new Map(back.map(({ msgId, delaySeconds = 0 }) => [msgId, delaySeconds]));
      const is_all_back = is_whole_back || outcome !== 'ok';
      batch.filter(({ id }) => is_all_back || delays.has(id))
        .forEach((message) => this.#put(message, 1000 * (delays.get(message.id) ?? 0)));
    } catch {
      this.counts.broken += 1;
      batch.forEach((message) => this.#put(message, failure_delay_ms));
    }
  }
}
