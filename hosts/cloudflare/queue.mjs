// Queue mode: messages that drive accepted deliveries on, one by one, until they are done. The
// outbox is the truth; a message that is lost, late or doubled costs nothing but time.

import * as kinds from '../../build/contract/kinds.mjs';
import { drive } from '../fetch/gate.mjs';
import { ModuleFailure } from '../fetch/module.mjs';
import { MalformedFrame, bytes_of_hex } from '../fetch/wire.mjs';

import { LargeBodies } from './large_bodies.mjs';
import { call_shard } from './ledger_calls.mjs';
import { message_of_reference, message_of_whole } from './messages.mjs';

/** How long a batch waits for a forward that is slow. The next batch is behind it. */
export const hold_ms = 1000;

/**
 * The longest forward that may go on when its batch has ended: the platform gives what is left
 * behind thirty seconds, which leaves one to settle it. A batch with a longer one waits for it.
 */
export const background_ms_max = 30_000;

/** How much longer than its forward a lease runs. */
const lease_margin_ms = 5000;

/** When a message comes again after a failure of ours, or of the store. */
const failure_delay_ms = 30_000;

/** When a message comes again whose body had no room. */
const crowded_delay_ms = 5000;

/** The longest delay that the platform takes. What is due later is sent away once more. */
const delay_s_max = 12 * 60 * 60;

/** Performs `enqueue`: false when it failed, for whatever reason. `queue` undefined: always. */
export function make_enqueue(queue) {
  return async function enqueue({ shard, keys, whole }, delivery) {
    const messages = whole === undefined
      ? keys.map((key) => message_of_reference(shard, key))
      : [message_of_whole(whole, delivery)];
    if (messages.includes(null)) {
      return false;
    }
    try {
      await queue.sendBatch(messages);
      return true;
    } catch {
      return false;
    }
  };
}

/**
 * The consumer of the queue. `parts` as those of `drive`, with the performers in `perform`;
 * `ledger` is the binding of the objects with the outboxes, `dead_letters` a queue or undefined,
 * `report` sees every end.
 */
export function make_consumer({ ledger, dead_letters, report, ...parts }) {
  const large_bodies = new LargeBodies();

  return async function consume(batch, context) {
    await Promise.all(batch.messages.map(async (message) => {
      const forwarding = Promise.withResolvers();
      const settled = take(message.body, forwarding.resolve)
        .catch((failure) => ({ record: null, failure }))
        .then((end) => conclude(end, message.body));
      context.waitUntil(settled);
      acknowledge(message, await Promise.race([settled, lateness(forwarding.promise)]));
    }));
  };

  async function take(content, on_forward) {
    if (content.key === undefined) {
      return go_on(content, on_forward);
    }
    const key = bytes_of_hex(content.key);
    return large_bodies.with_body(
      (bytes_max) => call_shard(
        ledger, content.shard, 0, (stub) => stub.read_owed(key, bytes_max)),
      (owed) => go_on(owed, on_forward));
  }

  async function go_on(owed, on_forward) {
    if (owed === null) {
      return { kind: kinds.finish, record: null, failure: null };
    }
    const { ticket, method, body } = owed;
    if (body === null) {
      return {
        kind: kinds.retry_later, delay_ms: crowded_delay_ms, record: null, failure: null,
      };
    }
    const forward = (effect, delivery) => {
      on_forward(effect.timeout_ms);
      return parts.perform.forward(effect, delivery);
    };
    return drive({
      ...parts,
      perform: { ...parts.perform, forward },
      delivery: { method, body, body_bytes: body.byteLength },
      ticket,
      token: parts.token(),
    });
  }

  async function conclude(ended, content) {
    report(ended);
    const end = await note_failure(ended, content);
    if (end.kind === kinds.dead_letter) {
      // The outbox has it too, so that a failure loses nothing.
      await dead_letters?.send(end.record, { contentType: 'text' })
        .catch((failure) => report({ record: null, failure }));
    }
    return end;
  }

  /** A run that fails inside the gate is an attempt too: the outbox counts them. */
  async function note_failure(ended, { shard, key }) {
    if (!is_of_event(ended.failure) || key === undefined) {
      return ended;
    }
    try {
      const is_given_up = await call_shard(
        ledger, shard, 0, (stub) => stub.note_failed_run(bytes_of_hex(key)));
      if (!is_given_up) {
        return ended;
      }
    } catch (failure) {
      report({ record: null, failure });
      return ended;
    }
    const record = JSON.stringify({
      time: new Date(parts.now()).toISOString(), source: shard.slice(0, shard.lastIndexOf('/')),
      verdict: 'failed', reason: 'gate_failed', row_key: key, dead: true,
    });
    report({ record, failure: null });
    return { kind: kinds.dead_letter, record, failure: null };
  }
}

/** Whether a run failed over its event, and not because there is no module at all. */
function is_of_event(failure) {
  return failure instanceof MalformedFrame ||
    (failure instanceof ModuleFailure && !failure.is_of_start);
}

/** Resolves when a batch need not wait any longer for a forward: it comes again after its lease. */
async function lateness(forwarding) {
  const forward_ms = await forwarding;
  if (forward_ms > background_ms_max) {
    return new Promise(() => {});
  }
  await new Promise((resolve) => setTimeout(resolve, hold_ms));
  return { kind: kinds.retry_later, delay_ms: forward_ms + lease_margin_ms, failure: null };
}

function acknowledge(message, { kind, delay_ms = failure_delay_ms, failure }) {
  if (failure === null && kind !== kinds.retry_later) {
    message.ack();
    return;
  }
  const delaySeconds = Math.min(Math.ceil(delay_ms / 1000), delay_s_max);
  message.retry({ delaySeconds });
}
