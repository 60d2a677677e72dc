import { createHmac } from 'node:crypto';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

import { json_body, read_plain_form, spell_form } from '../bodies.mjs';
import { lenient_text } from '../delivery.mjs';
import {
  body_mutations, clock_mutations, encoded_body_mutation, header_mutations, hex_mutations,
  odd_spelling, signed_body_mutations, signed_bytes_mutation,
} from '../mutations.mjs';
import * as reasons from '../reasons.mjs';

// The package does not export its verifier by a path of its own.
const require = createRequire(import.meta.url);
const { verifySlackRequest } = require(
  join(dirname(require.resolve('@slack/bolt')), 'receivers', 'verify-request.js'));

const header = 'x-slack-signature';
const time_header = 'x-slack-request-timestamp';
const time_of = ({ headers }) => headers[time_header];

function sign_bytes({ secret, body, signed_at }) {
  return sign_text({ secret, body, signed: String(signed_at), shown: String(signed_at) });
}

function sign_text({ secret, body, signed, shown }) {
  const mac = createHmac('sha256', secret).update(`v0:${signed}:`).update(body).digest('hex');
  return { headers: { [time_header]: shown, [header]: `v0=${mac}` } };
}

function body_of(random) {
  const roll = random.between(0, 9);
  if (roll < 6) {
    return json_body(random, {
      type: 'event_callback', event_id: `Ev${random.text(10)}`, event: { type: 'app_mention' } });
  }
  if (roll < 8) {
    const text = random.pick(['', 'a b', '日本', '&=']);
    return spell_form(random, [['command', '/weather'], ['text', text]]);
  }
  const text = random.text(50);
  return roll < 9
    ? spell_form(random, [['payload', JSON.stringify({ type: 'block_actions', text })]])
    : Buffer.from(JSON.stringify({ type: 'url_verification', challenge: text, token: 'x' }));
}

export const slack = {
  name: '@slack/bolt',
  provider: 'slack',
  secret: (random) => random.text(32, '0123456789abcdef'),
  body: body_of,
  sign: sign_bytes,
  sign_bytes,
  accepts({ headers, body, now_ms }, secrets) {
    return secrets.some((signingSecret) => {
      try {
        // Both receivers of the package hand the time over as a number, and the body as text.
        verifySlackRequest({
          signingSecret,
          body: lenient_text(body),
          headers: { [header]: headers[header], [time_header]: Number(headers[time_header]) },
          nowMilliseconds: now_ms,
        });
        return true;
      } catch {
        return false;
      }
    });
  },
  mutations: [
    ...body_mutations,
    ...header_mutations(header),
    ...hex_mutations(header),
    ...header_mutations(time_header),
    ...clock_mutations,
    ...signed_body_mutations,
    signed_bytes_mutation,
    encoded_body_mutation,
    {
      name: 'a time in another spelling',
      apply(delivery, { random, secret, signed_at }) {
        const shown = odd_spelling(random, signed_at);
        const signed = String(random.chance(0.7) ? Number(shown) : shown);
        return { ...delivery, ...sign_text({ secret, body: delivery.body, signed, shown }) };
      },
    },
  ],
  stricter: [
    reasons.repaired_text,
    reasons.other_form(['json', 'form']),
    {
      ...reasons.unreadable_body,
      holds: (delivery) =>
        reasons.unreadable_body.holds(delivery) && !is_readable_form(delivery.body),
    },
    { ...reasons.no_identity('event_id'), reasons: ['malformed_identity', 'malformed_event_type'] },
    reasons.compressed_body,
    reasons.large_body,
    reasons.odd_time(time_of),
    reasons.future_time(time_of),
    {
      name: 'more behind the signature',
      why: 'The library cuts the header at its `=` signs and leaves the third piece aside.',
      reasons: ['malformed_signature'],
      holds: ({ headers }) => !/^v0=[0-9a-f]{64}$/.test(headers[header] ?? ''),
    },
  ],
  laxer: [reasons.text_only],
};

/** A form that can be read, and what stands in it as JSON too. */
function is_readable_form(body) {
  const fields = read_plain_form(body);
  if (fields === null) {
    return false;
  }
  try {
    fields.filter(([name]) => name === 'payload').forEach(([, value]) => JSON.parse(value));
    return true;
  } catch {
    return false;
  }
}
