// The platform's queue, which says when to go on with what is owed: a batch of messages, each one
// of them driven by itself.

import * as kinds from '../../build/contract/kinds.mjs';
import { make_driver } from '../store/driver.mjs';

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
 * The consumer of the queue. `parts` as those of `make_driver`; `dead_letters` is a queue or
 * undefined.
 */
export function make_consumer({ dead_letters, ...parts }) {
  const bury = async (record) => dead_letters?.send(record, { contentType: 'text' });
  const drive_one = make_driver({ ...parts, bury });

  return async function consume(batch, context) {
    await Promise.all(batch.messages.map(async (message) => {
      const forwarding = Promise.withResolvers();
      const settled = drive_one(message.body, forwarding.resolve);
      context.waitUntil(settled);
      acknowledge(message, await Promise.race([settled, lateness(forwarding.promise)]));
    }));
  };
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
