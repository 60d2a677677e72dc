// The entry of `./dev up`: the deployed one behind a reader that takes every body to its end.
//
// A gate answers a body that is too long, or that nobody wants, before it has arrived. Cloudflare's
// edge hands that answer on; the local proxy of `wrangler dev` breaks off with a 500 of its own
// when the rest of the body is not read.

import gate, { Ledger } from '../hosts/cloudflare/worker.mjs';

export { Ledger };

/**
 * What the gate reads of a request. No `Request` of ours: with GET and HEAD it takes no body, and
 * what a sender sends may have one.
 */
const with_body = ({ url, method, headers }, body) => ({
  url, method, headers, body, arrayBuffer: () => new Response(body).arrayBuffer(),
});

export default {
  ...gate,
  async fetch(request, env, context) {
    if (request.body === null) {
      return gate.fetch(request, env, context);
    }
    // What one branch leaves is still read by the other.
    const [for_gate, rest] = request.body.tee();
    const is_read = rest.pipeTo(new WritableStream()).catch(() => {});
    const answer = await gate.fetch(with_body(request, for_gate), env, context);
    await is_read;
    return answer;
  },
};
