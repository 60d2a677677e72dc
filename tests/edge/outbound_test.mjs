// What the host asks of Fetch, and what it makes of its answers, with a Fetch by script.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import * as forwarded from '../../build/contract/forwarded.mjs';
import { SharedSignals, make_forward, signal_shared_ms } from '../../hosts/fetch/outbound.mjs';

const effect = {
  method: 'POST',
  url: 'https://origin.example/in', headers: [['postern-key', 'aa']], timeout_ms: 8000,
  answer_bytes_max: 4,
};
const delivery = { body: new Uint8Array([1, 2]) };

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

test('a length that is no number promises nothing', async () => {
  for (const length of ['', '-1', '0x2', '1e0', '4, 4']) {
    const { fetch } = scripted(() => new Response('123456', {
      headers: { 'content-length': length },
    }));
    const { body } = await make_forward(fetch)(effect, delivery);
    assert.equal(new TextDecoder().decode(body), '1234', length);
  }
});

test('what is not read of an answer cannot fail it', async () => {
  const many = Array.from({ length: 2000 }, (_, i) => [`x-${i}`, 'y'.repeat(500)]);
  const endless = () => new ReadableStream({
    pull: (controller) => controller.enqueue(new Uint8Array(1000)),
  });
  const broken = () => new ReadableStream({
    start: (controller) => controller.error(new TypeError('no gzip')),
  });
  const ask = (response, fields = {}) =>
    make_forward(scripted(() => response).fetch)({ ...effect, ...fields }, delivery);
  const { content_type, retry_after, ...rest } = await ask(new Response(endless(), {
    headers: [...many, ['content-type', 'a/b'], ['Content-Type', 'c/d'], ['retry-after', '7']],
  }));
  assert.deepEqual([content_type, retry_after], ['a/b, c/d', '7']);
  assert.deepEqual(rest,
    { kind: forwarded.response, status: 200, body: new Uint8Array(effect.answer_bytes_max) });
  const unread = await ask(new Response(broken()), { answer_bytes_max: 0 });
  assert.deepEqual([unread.kind, unread.status, unread.body],
    [forwarded.response, 200, new Uint8Array(0)]);
  const undecodable = await ask(
    new Response(broken(), { status: 201, headers: { 'content-encoding': 'gzip' } }));
  assert.deepEqual([undecodable.kind, undecodable.status, undecodable.body],
    [forwarded.response, 201, new Uint8Array(0)]);
});

test('a GET goes on without a body, and every other method with the one that came', async () => {
  for (const [method, body] of [['GET', null], ['PUT', delivery.body], ['POST', delivery.body]]) {
    const { asked, fetch } = scripted(() => new Response());
    await make_forward(fetch)({ ...effect, method }, delivery);
    assert.deepEqual([asked[0].method, asked[0].body], [method, body]);
  }
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

test('forwards that begin together have one signal, which is never early', async () => {
  const signals = new SharedSignals();
  const began_ms = performance.now();
  const signal = signals.after(30);
  assert.equal(signals.after(30), signal);
  assert.notEqual(signals.after(40), signal);
  await new Promise((resolve) => {
    signal.addEventListener('abort', resolve);
  });
  // Timers of Node may ring within the millisecond before.
  assert.ok(performance.now() - began_ms > 30 + signal_shared_ms - 1);
  assert.notEqual(signals.after(30), signal);
});

test('a forward with a shared signal is timed out by it', async () => {
  const forward = make_forward((_url, { signal }) => new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason));
  }), new SharedSignals());
  assert.deepEqual(await forward({ ...effect, timeout_ms: 5 }, delivery),
    { kind: forwarded.timed_out });
});
