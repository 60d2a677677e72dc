// What a Worker costs that only reads and forwards.

import { env } from 'cloudflare:workers';

export default {
  async fetch(request) {
    const body = await request.arrayBuffer();
    return fetch(env.ORIGIN_URL, {
      method: 'POST', body, headers: { 'content-type': 'application/json' },
    });
  },
};
