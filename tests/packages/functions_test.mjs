// The adapters of what is called with a request or an event, by the shapes that their platforms
// document.

import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';

import { Hono } from 'hono';

import {
  fastify, folder, gate, hono, lambda, make_hooks, next, node, secret, signed, sqlite, sveltekit,
} from './served.mjs';

const closing = [];
after(() => Promise.all(closing.map((hooks) => hooks.close())));

function made(changes) {
  const all = make_hooks(changes);
  closing.push(all.hooks);
  return all;
}

const base64 = (text) => Buffer.from(text).toString('base64');

/**
 * What AWS documents of each kind of event: docs.aws.amazon.com, of API Gateway "HTTP API Lambda
 * integrations" and "Lambda proxy integrations", of load balancers "Lambda functions as targets".
 */
const shapes = {
  'version 2.0 (function URL, HTTP API)': ({ headers, body, is_base64 }) => ({
    version: '2.0', routeKey: '$default', rawPath: '/hooks/stripe', rawQueryString: '',
    headers: { ...headers, 'x-forwarded-proto': 'https', 'x-forwarded-for': '127.0.0.1' },
    requestContext: {
      http: {
        method: 'POST', path: '/hooks/stripe', protocol: 'HTTP/1.1', sourceIp: '192.0.2.1',
        userAgent: 'agent',
      },
      stage: '$default',
    },
    body: is_base64 ? base64(body) : body, isBase64Encoded: is_base64,
  }),
  'version 1.0 (REST API)': ({ headers, body, is_base64 }) => ({
    resource: '/{proxy+}', path: '/hooks/stripe', httpMethod: 'POST',
    headers: { ...headers, Host: 'x.execute-api.example' },
    multiValueHeaders: Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [name, [value]])),
    queryStringParameters: null, multiValueQueryStringParameters: null, pathParameters: null,
    requestContext: { identity: { sourceIp: '192.0.2.1' }, stage: 'prod', path: '/prod/hooks' },
    body: is_base64 ? base64(body) : body, isBase64Encoded: is_base64,
  }),
  'a load balancer': ({ headers, body, is_base64, proto = 'https' }) => ({
    requestContext: { elb: { targetGroupArn: 'arn:aws:elasticloadbalancing:r:1:targetgroup/a' } },
    httpMethod: 'POST', path: '/hooks/stripe', queryStringParameters: {},
    headers: { ...headers, 'x-forwarded-proto': proto, 'x-forwarded-for': '192.0.2.1' },
    body: is_base64 ? base64(body) : body, isBase64Encoded: is_base64,
  }),
};

for (const [name, shape] of Object.entries(shapes)) {
  for (const is_base64 of [false, true]) {
    test(`lambda, ${name}, ${is_base64 ? 'base64' : 'text'}`, async () => {
      const { hooks, events, records } = made();
      const handler = lambda(hooks);
      const delivery = { ...signed({ bytes: 100 }), is_base64 };
      for (const verdict of ['forwarded', 'duplicate']) {
        const answer = await handler(shape(delivery));
        assert.equal(answer.statusCode, 200);
        assert.equal(answer.isBase64Encoded, true);
        assert.equal(typeof answer.body, 'string');
        // What is behind an answer is done before it.
        assert.equal(records.at(-1).verdict, verdict);
      }
      assert.equal(events.length, 1);
      assert.equal(events[0].text(), delivery.body);
      const forged = { ...signed({ key: 'whsec_of_nobody_0123456789abcd' }), is_base64 };
      assert.equal((await handler(shape(forged))).statusCode, 401);
      assert.equal((await handler({ ...shape(delivery), body: null })).statusCode, 401);
      const large = { ...signed({ bytes: 200_000 }), is_base64 };
      assert.equal((await handler(shape(large))).statusCode, 413);
    });
  }
}

test('lambda answers in the form of the event, and never throws for a header', async () => {
  const { hooks } = made();
  const handler = lambda(hooks);
  const { headers, body } = signed();
  const several = await handler(shapes['version 1.0 (REST API)']({ headers, body }));
  assert.match(several.multiValueHeaders['postern-delivery'][0], /./);
  const single = await handler(shapes['version 2.0 (function URL, HTTP API)']({ headers, body }));
  assert.match(single.headers['postern-delivery'], /./);
  for (const odd of [{ 'a b': 'x' }, { '': 'x' }, { a: 'x\ny' }, { a: '\u20ac' }]) {
    const event = shapes['version 2.0 (function URL, HTTP API)']({ headers: odd, body });
    assert.equal((await handler(event)).statusCode, 400);
  }
});

test('lambda hears of a load balancer without TLS, and of the client', async () => {
  const { hooks } = made();
  const plain = shapes['a load balancer']({ ...signed(), proto: 'http' });
  assert.equal((await lambda(hooks)(plain)).statusCode, 403);
  for (const [address, status] of [['192.0.2.0/24', 200], ['127.0.0.0/8', 403]]) {
    const { hooks: guarded } = made({ allow_addresses: [address] });
    for (const name of Object.keys(shapes).filter((one) => one.startsWith('version'))) {
      assert.equal((await lambda(guarded)(shapes[name](signed()))).statusCode, status, name);
    }
  }
});

test('lambda refuses queue mode that nobody drives', () => {
  const file = join(folder, 'lambda.db');
  rmSync(file, { force: true });
  const hooks = gate({
    sources: {
      stripe: {
        path: '/hooks/stripe', provider: 'stripe', secrets: [secret],
        routes: [{
          deliver: 'queue', to() {},
          retry: {
            schedule: 'exponential', first: '1s', longest: '2s', attempts: 5, horizon: '1h',
          },
        }],
      },
    },
    ledger: sqlite(file),
  });
  closing.push(hooks);
  assert.throws(() => lambda(hooks), { name: 'TypeError', message: /hooks\.drive\(\)/ });
  assert.equal(typeof lambda(hooks, { drive: 'scheduled' }), 'function');
});

/** A request of Fetch, of an address that says how it came. */
const request_of = ({ headers, body }, scheme = 'https', more = {}) =>
  new Request(`${scheme}://app.example/hooks/stripe`,
    { method: 'POST', headers: { ...headers, ...more }, body });

/** How each framework calls what the adapter gives, with the request it has. */
const frameworks = {
  next: (hooks, options) => {
    const POST = next(hooks, options);
    return (request) => POST(request, { params: Promise.resolve({}) });
  },
  sveltekit: (hooks, options) => {
    const POST = sveltekit(hooks, options);
    return (request) => POST({ request, getClientAddress: () => '192.0.2.1', params: {} });
  },
  hono: (hooks, options) => {
    const app = new Hono();
    app.post('/hooks/*', hono(hooks, options));
    return (request) => app.fetch(request);
  },
};

for (const [name, mount] of Object.entries(frameworks)) {
  test(`${name} hands over what is genuine, once`, async () => {
    const { hooks, events, told } = made();
    const call = mount(hooks);
    const delivery = signed();
    assert.equal((await call(request_of(delivery))).status, 200);
    assert.equal((await call(request_of(delivery))).status, 200);
    assert.equal(events.length, 1);
    const forged = signed({ key: 'whsec_of_nobody_0123456789abcd' });
    assert.equal((await call(request_of(forged))).status, 401);
    assert.equal((await call(request_of(signed(), 'http'))).status, 403);
    const claimed = request_of(signed(), 'http', { 'x-forwarded-proto': 'https' });
    assert.equal((await call(claimed)).status, 403);
    const read = request_of(signed());
    await read.text();
    assert.equal((await call(read)).status, 500);
    assert.match(told[0], new RegExp(`^${name}: .*read before`));
    assert.equal(events.length, 1);
  });

  test(`${name} behind a proxy that is configured`, async () => {
    const { hooks } = made();
    const call = mount(hooks, { https: 'x-forwarded-proto' });
    const statuses = await Promise.all([
      request_of(signed(), 'http', { 'x-forwarded-proto': 'https' }),
      request_of(signed(), 'https', { 'x-forwarded-proto': 'http' }),
      request_of(signed(), 'https'),
    ].map(async (request) => (await call(request)).status));
    assert.deepEqual(statuses, [200, 403, 403]);
    assert.throws(() => mount(hooks, { https: 'x-forwarded-protocol' }),
      { name: 'TypeError', message: /'connection' or 'x-forwarded-proto'/ });
  });
}

const adapters = { node, fastify, hono, next, sveltekit, lambda };
for (const [name, adapter] of Object.entries(adapters)) {
  test(`${name} refuses what is no gate, and options that it has not`, () => {
    const { hooks } = made();
    for (const none of [undefined, null, {}, gate]) {
      assert.throws(() => adapter(none),
        { name: 'TypeError', message: new RegExp(`^${name}\\(\\) takes the gate`) });
    }
    for (const options of [null, 'https', { http: 'connection' }, { https: true }]) {
      assert.throws(() => adapter(hooks, options), { name: 'TypeError', message: /https/ });
    }
    assert.equal(typeof adapter(hooks, { https: undefined }), 'function');
  });
}

/**
 * docs.deno.com/api/deno/~/Deno.ServeHandlerInfo, bun.com/reference/bun/Server#requestIP,
 * srvx.h3.dev/guide/handler#requestip.
 */
const servers = {
  Deno: (address) => [{}, { remoteAddr: { transport: 'tcp', hostname: address, port: 1 } }],
  Bun: (address) => [{}, { requestIP: () => ({ address, port: 1, family: 'IPv4' }) }],
  srvx: (address) => [{ ip: address }, undefined],
};
for (const [name, call_of] of Object.entries(servers)) {
  test(`fetch knows the client's address from ${name}`, async () => {
    const { hooks } = made({ allow_addresses: ['192.0.2.0/24'] });
    const cases = [['192.0.2.7', 200], ['::ffff:192.0.2.7', 200], ['198.51.100.7', 403]];
    for (const [address, status] of cases) {
      const [more, second] = call_of(address);
      const request = Object.assign(request_of(signed(), 'https', {
        'x-forwarded-for': '192.0.2.7', 'x-real-ip': '192.0.2.7',
      }), more);
      assert.equal((await hooks.fetch(request, second)).status, status);
    }
    assert.equal((await hooks.fetch(request_of(signed()))).status, 403);
  });
}

test('what is no Request of Fetch is told, and answered 500', async () => {
  const { hooks, told } = made();
  const incoming = { method: 'POST', url: '/hooks/stripe', headers: {}, body: {} };
  const calls = {
    fetch: hooks.fetch, next: next(hooks), sveltekit: sveltekit(hooks), hono: hono(hooks),
  };
  for (const [name, call] of Object.entries(calls)) {
    for (const odd of [incoming, undefined, {}]) {
      assert.equal((await call(odd)).status, 500);
      assert.match(told.pop(), new RegExp(`^${name}: .*postern/node`));
    }
  }
});

test('lambda rejects for an event that is no request, and names the schedule', async () => {
  const { hooks } = made();
  const handler = lambda(hooks);
  const events = [undefined, null, {}, { Records: [{ body: '{}' }] },
    { source: 'aws.events', 'detail-type': 'Scheduled Event', detail: {} }];
  for (const event of events) {
    await assert.rejects(handler(event), { name: 'TypeError', message: /hooks\.drive\(\)/ });
  }
});

test('lambda takes https from a proxy that is configured', async () => {
  const { hooks } = made();
  const handler = lambda(hooks, { https: 'x-forwarded-proto' });
  const shape = shapes['version 2.0 (function URL, HTTP API)'];
  assert.equal((await handler(shape(signed()))).statusCode, 200);
  const plain = shape(signed());
  plain.headers['x-forwarded-proto'] = 'http';
  assert.equal((await handler(plain)).statusCode, 403);
});

test('on Workers what is behind an answer is waited for', async () => {
  const { hooks } = made();
  const waiting = [];
  const context = { waitUntil: (promise) => waiting.push(promise) };
  const app = new Hono();
  app.post('/hooks/*', hono(hooks));
  assert.equal((await app.fetch(request_of(signed()), {}, context)).status, 200);
  assert.equal(waiting.length, 1);
  const POST = sveltekit(hooks);
  for (const platform of [{ ctx: context }, { context }]) {
    const event = { request: request_of(signed()), getClientAddress: () => '', platform };
    assert.equal((await POST(event)).status, 200);
  }
  assert.equal((await hooks.fetch(request_of(signed()), {}, context)).status, 200);
  assert.equal(waiting.length, 4);
  assert.ok((await Promise.all(waiting)).every(({ failure }) => failure === null));
});

test('sveltekit knows the client where its adapter does', async () => {
  const { hooks } = made({ allow_addresses: ['192.0.2.0/24'] });
  const POST = sveltekit(hooks);
  const status_of = async (getClientAddress) =>
    (await POST({ request: request_of(signed()), getClientAddress })).status;
  assert.equal(await status_of(() => '192.0.2.7'), 200);
  assert.equal(await status_of(() => '198.51.100.7'), 403);
  assert.equal(await status_of(() => {
    throw new Error('this adapter cannot tell');
  }), 403);
});
