// A route of Express behind the gate: `app.post('/webhooks', ...webhooks({ … }))`, before
// `app.use(express.json())`: what is signed is the bytes, and a parser leaves none.

import express from 'express';

import { verify_forward } from './verify_forward.mjs';

/** The largest body that is read; `max_body` of the policy is 1 MiB where it says nothing. */
const body_bytes_max = 1 << 20;

/**
 * The handlers of the route. `url` is the destination as `to` of the policy has it, `secrets` the
 * values of `sign_forwards`; `book(event, body)` does the work, in one transaction with `event.key`
 * in a column that is unique.
 */
export const webhooks = ({ url, secrets, book }) => [
  express.raw({ type: () => true, limit: body_bytes_max }),
  async (request, response) => {
    // Without a body there is nothing to parse, and so no bytes.
    const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
    const { method, headers } = request;
    const now_seconds = Math.floor(Date.now() / 1000);
    const event = verify_forward({ method, url, headers, body, secrets, now_seconds });
    if (event === null) {
      response.sendStatus(401);
      return;
    }
    await book(event, body);
    response.sendStatus(200);
  },
];
