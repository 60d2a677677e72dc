// Senders with a book of their own: they deliver events until somebody answers 2xx, send some again
// after that, and have forgers among them.

import { createHash, createHmac } from 'node:crypto';
import { Agent, request as send_request } from 'node:http';

import { now_us } from './clock.mjs';

export const secret = 'a secret of the tests, thirty-two characters and more';

const timeout_ms = 15_000;

/** Sources of the policy, and how each delivers. */
export const sources = [{ name: 'device', mode: 'proxy' }, { name: 'parcel', mode: 'queue' }];

/** The policy: both sources sign in one way and forward to `origin`, one at once, one by queue. */
export function policy_text(origin, { timeout_s }) {
  return `version = 1\n${sources.map(({ name, mode }) => `
[sources.${name}]
path = "/hooks/${name}"
secrets = ["env:SECRET"]
busy_wait = "500ms"
[sources.${name}.scheme]
name = "Device"
[sources.${name}.scheme.signature]
algorithm = "hmac-sha256"
from = { header = "X-Signature", prefix = "sha256=" }
encoding = "hex"
content = "{body}"
key = "utf8"
[sources.${name}.scheme.event]
identity = { body = "/id" }
[sources.${name}.scheme.retries]
attempts = 5
horizon = "1d"
[[sources.${name}.routes]]
to = "${origin}/${name}"
timeout = "${timeout_s}s"
deliver = "${mode}"
${mode === 'queue' ? 'retry = { schedule = "fixed", first = "1s", attempts = 90 }' : ''}
`).join('')}`;
}

const mac = (body, key) => `sha256=${createHmac('sha256', key).update(body).digest('hex')}`;

export class Senders {
  #random;
  #filler;
  #agent = new Agent({ keepAlive: true, maxSockets: 256 });
  #made = 0;
  events = [];
  forged = new Set();
  statuses = new Map();
  latencies_us = [];
  forgeries = 0;
  /** What a forger was told other than that it is refused. */
  fooled = [];

  /** `filler_bytes` make a body as long as it is to be. */
  constructor(random, filler_bytes) {
    this.#random = random;
    this.#filler = 'x'.repeat(filler_bytes);
  }

  new_event({ name, mode } = this.#random.pick(sources)) {
    const id = `event-${this.#made += 1}`;
    const body = `{"id":"${id}","filler":"${this.#filler}"}`;
    const sha256 = createHash('sha256').update(body).digest('hex');
    const event = { id, name, mode, body, sha256, signature: mac(body, secret),
      acknowledged_at: null, sent: 0 };
    this.events.push(event);
    return event;
  }

  /** Delivers once and gives the status, 0 for none. `url` is the gate's, now. */
  async deliver(url, event) {
    event.sent += 1;
    const began = now_us();
    const status = await this.#post(`${url}/hooks/${event.name}`, event.body, event.signature);
    const ended = now_us();
    this.#count(`${event.name} ${status}`);
    if (status !== 0) {
      this.latencies_us.push(ended - began);
    }
    if (status >= 200 && status <= 299) {
      event.acknowledged_at ??= ended;
    }
    return status;
  }

  /** A delivery by somebody who does not know the secret: of an own event, or a changed one. */
  async forge(url) {
    const victim = this.#random.chance(0.5) ? this.#random.pick(this.events) : undefined;
    const { name } = victim ?? this.#random.pick(sources);
    const id = victim?.id ?? `forged-${this.forgeries}`;
    this.forgeries += 1;
    if (victim === undefined) {
      this.forged.add(id);
    }
    const body = `{"id":"${id}","filler":"forged"}`;
    const signature = victim?.signature ?? mac(body, `not ${secret}`);
    const status = await this.#post(`${url}/hooks/${name}`, body, signature);
    this.#count(`forged ${status}`);
    if (![0, 401].includes(status)) {
      this.fooled.push({ id, status });
    }
  }

  close() {
    this.#agent.destroy();
  }

  #count(what) {
    this.statuses.set(what, (this.statuses.get(what) ?? 0) + 1);
  }

  #post(url, body, signature) {
    return new Promise((resolve) => {
      const request = send_request(url, {
        method: 'POST', agent: this.#agent, timeout: timeout_ms,
        headers: {
          'content-type': 'application/json', 'content-length': body.length,
          'x-signature': signature,
        },
      }, (response) => {
        response.on('error', () => resolve(0));
        response.on('end', () => resolve(response.statusCode));
        response.on('close', () => resolve(0));
        response.resume();
      });
      request.on('timeout', () => request.destroy());
      request.on('error', () => resolve(0));
      request.end(body);
    });
  }
}
