// What the host asks of Fetch, and what it makes of its answers, with a Fetch by script.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { forwarded } from '../../wasm/hosts/common/effects.mjs';
import { make_fetch_key, make_forward } from '../../wasm/hosts/common/outbound.mjs';

const effect = {
  url: 'https://origin.example/in', headers: [['postern-key', 'aa']], timeout_ms: 8000,
  answer_bytes_max: 4,
};
const delivery = { method: 'POST', body: new Uint8Array([1, 2]) };

/** A Fetch that keeps what it was asked for and answers with what `make` gives. */
function scripted(make) {
  const asked = [];
  const fetch = async (url, options) => {
    asked.push({ url, ...options });
    return make(options);
  };
  return { asked, fetch };
}

test('a forward asks for exactly what the effect says, and follows no redirect', async () => {
  const { asked, fetch } = scripted(() => new Response(null, {
    status: 307, headers: { location: 'https://elsewhere.example/' },
  }));
  const { kind, status } = await make_forward(fetch)(effect, delivery);
  assert.deepEqual([kind, status], [forwarded.response, 307]);
  assert.equal(asked.length, 1);
  const { signal, ...rest } = asked[0];
  rest.headers = { ...rest.headers };
  assert.ok(signal instanceof AbortSignal);
  assert.deepEqual(rest, {
    url: effect.url, method: 'POST', headers: { 'postern-key': 'aa' }, body: delivery.body,
    redirect: 'manual',
  });
});

test('an answer is cut at the limit', async () => {
  const { fetch } = scripted(() => new Response('123456', { status: 201 }));
  const { status, body } = await make_forward(fetch)(effect, delivery);
  assert.equal(status, 201);
  assert.equal(new TextDecoder().decode(body), '1234');
});

test('of a forward that fails nothing is known', async () => {
  const { fetch } = scripted(() => {
    throw new TypeError('the connection was refused, or lost: Fetch does not say');
  });
  assert.deepEqual(await make_forward(fetch)(effect, delivery), { kind: forwarded.reset });
});

test('a forward that takes too long is timed out, in its answer too', async () => {
  const slow = ({ signal }) => new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason));
  });
  const stuck = ({ signal }) => new Response(new ReadableStream({
    start(controller) {
      signal.addEventListener('abort', () => controller.error(signal.reason));
    },
  }));
  for (const make of [slow, stuck]) {
    const forward = make_forward(scripted(make).fetch);
    const { kind } = await forward({ ...effect, timeout_ms: 5 }, delivery);
    assert.equal(kind, forwarded.timed_out);
  }
});

test('a key comes from where the scheme says, whole or not at all', async () => {
  const wanted = { url: 'https://keys.example/k', bytes_max: 3, cache_seconds: 0 };
  const ask = (make) => make_fetch_key(scripted(make).fetch, () => 0)(wanted);
  assert.deepEqual(await ask(() => new Response('abc')), new TextEncoder().encode('abc'));
  assert.equal(await ask(() => new Response('abcd')), null);
  assert.equal(await ask(() => new Response('abc', { status: 206 })), null);
  assert.equal(await ask(() => Response.redirect('https://elsewhere.example/', 302)), null);
  const { asked, fetch } = scripted(() => new Response('abc'));
  await make_fetch_key(fetch, () => 0)(wanted);
  assert.equal(asked[0].redirect, 'manual');
});
