// Stripe deliveries of exact sizes, signed with Node's own crypto.

import { createHmac } from 'node:crypto';

export const secret = 'whsec_bench0bench0bench0bench0be';

/** A push-like delivery, as long as the median of GitHub's own examples is. */
export const push_like_bytes = 6923;

const line_items = [
  '{"id":"il_1","object":"line_item","amount":1999,"currency":"usd","description":"Monthly plan",',
  '"discountable":true,"livemode":false,"metadata":{"order":"6735","note":"leave at the door"},',
  '"period":{"end":1702592000,"start":1700000000},"proration":false,"quantity":1},',
].join('');

/** An event of exactly `bytes` bytes whose id is `evt_` and `mark`. At least 192 bytes. */
export function event_of(bytes, mark) {
  const head = `{"id":"evt_${mark}","object":"event","api_version":"2026-10-01",` +
    '"created":1700000000,"type":"invoice.paid","data":{"object":{"id":"in_1","lines":[';
  const tail = '{"id":"il_0","text":"';
  const end = '"}]}}}';
  const room = bytes - head.length - tail.length - end.length;
  if (room < 0) {
    throw new RangeError(`an event does not fit ${bytes} bytes`);
  }
  const items = Math.floor(room / line_items.length);
  const filling = 'x'.repeat(room - items * line_items.length);
  return Buffer.from(head + line_items.repeat(items) + tail + filling + end);
}

/** What Stripe's header is for `body` now. */
export function signature_of(body, now_ms = Date.now()) {
  const seconds = Math.floor(now_ms / 1000);
  const mac = createHmac('sha256', secret).update(`${seconds}.`).update(body).digest('hex');
  return `t=${seconds},v1=${mac}`;
}

/** The headers that Stripe sends, in its spelling, but for those that say where to. */
export function headers_of(body) {
  return {
    'User-Agent': 'Stripe/1.0 (+https://stripe.com/docs/webhooks)',
    'Accept': '*/*; q=0.5, application/xml',
    'Cache-Control': 'no-cache',
    'Content-Type': 'application/json; charset=utf-8',
    'Stripe-Signature': signature_of(body),
  };
}
