// Messages of the queue that drives accepted deliveries: a reference to one in the outbox, or the
// whole of one that no outbox took.

import { queue_message_bytes_max } from '../../build/contract/cloudflare.mjs';
import { hex_of } from '../fetch/wire.mjs';

/** Most messages that the platform takes at once. */
export const messages_max = 100;

/** As JSON, so that a person can read it. `key` as `hex_of` gives it. */
export function message_of_reference(shard, key) {
  return { body: { shard, key: hex_of(key) }, contentType: 'json' };
}

/** Null when it is too large. */
export function message_of_whole(ticket, { method, body }) {
  return ticket.byteLength + body.byteLength <= queue_message_bytes_max
    ? { body: { ticket, method, body }, contentType: 'v8' }
    : null;
}
