import { createHmac } from 'node:crypto';

import { verify } from '@octokit/webhooks-methods';

import { any_body } from '../bodies.mjs';
import { lenient_text, with_header } from '../delivery.mjs';
import {
  body_mutations, encoded_body_mutation, header_mutations, hex_mutations, signed_body_mutations,
  signed_bytes_mutation,
} from '../mutations.mjs';
import * as reasons from '../reasons.mjs';

const header = 'x-hub-signature-256';
const event = {
  'x-github-event': 'push', 'x-github-delivery': '72d3162e-cc78-11e3-81ab-4c9367dc0958',
};

// The library's `sign` is asynchronous and does the same; see `accepts` for the library's own word.
function sign_bytes({ secret, body }) {
  const mac = createHmac('sha256', secret).update(body).digest('hex');
  return { headers: { ...event, [header]: `sha256=${mac}` } };
}

export const github = {
  name: '@octokit/webhooks-methods',
  provider: 'github',
  policy_lines: ['allow_events = ["push", "ping"]', 'on_ledger_down = "open"'],
  secret: (random) => random.pick(['', 'with blanks ', 'clé-🔑-']) + random.text(20),
  body: any_body,
  sign: sign_bytes,
  sign_bytes,
  async accepts({ headers, body }, secrets) {
    for (const secret of secrets) {
      try {
        if (await verify(secret, lenient_text(body), headers[header])) {
          return true;
        }
      } catch {
        // An empty argument is an error of its own kind there.
      }
    }
    return false;
  },
  mutations: [
    ...body_mutations,
    ...header_mutations(header),
    ...hex_mutations(header),
    ...signed_body_mutations,
    signed_bytes_mutation,
    encoded_body_mutation,
    {
      name: 'another event',
      apply: (delivery, { random }) => with_header(
        delivery, 'x-github-event', random.pick(['ping', 'release', 'PUSH', 'a b', ''])),
    },
    {
      name: 'the older hash',
      apply(delivery, { secret }) {
        const mac = createHmac('sha1', secret).update(delivery.body).digest('hex');
        return { ...delivery, headers: { ...event, 'x-hub-signature': `sha1=${mac}` } };
      },
    },
  ],
  stricter: [
    reasons.repaired_text,
    reasons.other_form(['json', 'form']),
    reasons.compressed_body,
    reasons.large_body,
    {
      name: 'an event that the policy does not name',
      why: 'The event\'s name is not signed, so that only names written in the policy pass.',
      reasons: ['event_not_allowed', 'malformed_event_type'],
      holds: ({ headers }) => !['push', 'ping'].includes(headers['x-github-event']),
    },
  ],
  laxer: [reasons.text_only, reasons.empty_body],
};
