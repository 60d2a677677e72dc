// The adapters of servers, each with the real framework: what is genuine reaches a handler once,
// and nothing that a socket can say gets past them or brings the server down.

import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect as connect_http2, createSecureServer } from 'node:http2';
import { createServer as create_https_server, request as https_request } from 'node:https';
import { after, test } from 'node:test';

import { serve } from '@hono/node-server';
import express from 'express';
import create_fastify from 'fastify';
import { Hono } from 'hono';

import { make_certificate } from '../differential/certificate.mjs';
import {
  body_bytes_max, fastify, hono, make_hooks, node, request_bytes, send_raw, signed,
} from './served.mjs';

const closing = [];
after(() => Promise.all(closing.map((close) => close())));

async function listen(server) {
  if (!server.listening) {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  }
  closing.push(() => {
    server.close();
    server.closeAllConnections?.();
  });
  return server.address().port;
}

/** By name: starts a server of the framework that has the gate at /hooks, and gives its port. */
const frameworks = {
  'node:http': (hooks, options) => listen(createServer(node(hooks, options))),
  Express(hooks, options) {
    const app = express().set('env', 'test');
    app.post('/hooks/*path', node(hooks, options));
    return listen(createServer(app));
  },
  'a router of Express'(hooks, options) {
    const app = express().set('env', 'test');
    const router = express.Router();
    router.post('/stripe', node(hooks, options));
    app.use('/hooks', router);
    return listen(createServer(app));
  },
  'Express with express.raw() before'(hooks, options) {
    const app = express().set('env', 'test');
    app.use(express.raw({ type: '*/*', limit: '1mb' }));
    app.post('/hooks/*path', node(hooks, options));
    return listen(createServer(app));
  },
  'Express with what keeps the bytes, as Nest does'(hooks, options) {
    const app = express().set('env', 'test');
    app.use(express.json({
      verify: (request, _response, bytes) => { request.rawBody = bytes; }, limit: '1mb',
    }));
    app.post('/hooks/*path', node(hooks, options));
    return listen(createServer(app));
  },
  async Fastify(hooks, options) {
    const app = create_fastify();
    app.register(fastify(hooks, options), { prefix: '/hooks' });
    app.post('/other', async (request) => ({ got: request.body.a }));
    await app.ready();
    return listen(app.server);
  },
  async 'Hono on Node'(hooks, options) {
    const app = new Hono();
    app.post('/hooks/*', hono(hooks, options));
    const server = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' });
    await once(server, 'listening');
    return listen(server);
  },
};

const proxied = { https: 'x-forwarded-proto' };
const https = { 'x-forwarded-proto': 'https' };

for (const [name, start] of Object.entries(frameworks)) {
  test(name, async (t) => {
    const { hooks, events, told, records } = make_hooks();
    closing.push(() => hooks.close());
    const port = await start(hooks, proxied);
    const direct = await start(hooks);
    const send = (parts, ending) => send_raw(port, request_bytes(parts), ending);
    const with_https = ({ body, headers }) => ({ body, headers: { ...headers, ...https } });

    await t.test('hands a genuine delivery over, once', async () => {
      const delivery = with_https(signed());
      assert.equal(await send(delivery), 200);
      assert.equal(await send(delivery), 200);
      assert.equal(events.length, 1);
      assert.equal(events[0].text(), delivery.body);
      assert.deepEqual(records.map(({ verdict }) => verdict), ['forwarded', 'duplicate']);
    });

    await t.test('refuses a forged one', async () => {
      assert.equal(await send(with_https(signed({ key: 'whsec_of_nobody_0123456789abcd' }))), 401);
      const { headers, body } = with_https(signed());
      assert.equal(await send({ headers, body: `${body} ` }), 401);
      assert.equal(records.at(-1).reason, 'bad_signature');
    });

    await t.test('takes https from nobody but whom it was told', async () => {
      const { headers, body } = signed();
      assert.equal(await send({ headers, body }), 403);
      for (const proto of ['http', 'https, http', 'http,https', '', 'httpss']) {
        const claimed = { ...headers, 'x-forwarded-proto': proto };
        assert.equal(await send({ headers: claimed, body }), 403, proto);
      }
      const claims = [{}, https, { forwarded: 'proto=https' }, { 'x-forwarded-ssl': 'on' }];
      for (const claim of claims) {
        const bytes = request_bytes({ headers: { ...headers, ...claim }, body });
        assert.equal(await send_raw(direct, bytes), 403);
      }
      const absolute = request_bytes({ target: 'https://app.example/hooks/stripe', headers, body });
      assert.notEqual(await send_raw(direct, absolute), 200);
      assert.equal(events.length, 1);
    });

    await t.test('takes names in any case, and values in Latin-1', async () => {
      const { headers, body } = with_https(signed());
      const odd = Object.fromEntries(Object.entries(headers).map(([one, value]) =>
        [one.replace(/[a-z]/g, (letter, at) => (at % 2 ? letter : letter.toUpperCase())), value]));
      assert.equal(await send({ headers: { ...odd, 'x-note': 'caf\u00e9 \u00ff' }, body }), 200);
      assert.equal(events.length, 2);
      const twice = { ...headers, 'Stripe-Signature': 't=1,v1=\u00e9' };
      assert.equal(await send({ headers: twice, body }), 401);
    });

    await t.test('takes chunks, up to the limit', async () => {
      const chunked = ({ headers, body }) => ({
        headers: { ...headers, 'transfer-encoding': 'chunked' },
        body: Buffer.concat([Buffer.from(`${Buffer.byteLength(body).toString(16)}\r\n`),
          Buffer.from(body), Buffer.from('\r\n0\r\n\r\n')]),
      });
      assert.equal(await send(chunked(with_https(signed({ bytes: 40_000 })))), 200);
      assert.equal(events.length, 3);
      const large = with_https(signed({ bytes: 4 * body_bytes_max }));
      assert.equal(await send(chunked(large)), 413);
      assert.equal(await send(large), 413);
    });

    await t.test('lives on after what breaks off or contradicts itself', async () => {
      const { headers, body } = with_https(signed());
      const longer = { ...headers, 'content-length': String(Buffer.byteLength(body) + 9) };
      assert.notEqual(await send({ headers: longer, body }, 'end'), 200);
      assert.equal(await send({ headers: longer, body }, 'abort'), null);
      const endless = { ...headers, 'transfer-encoding': 'chunked' };
      assert.equal(await send({ headers: endless, body: 'fffff\r\n{"id":' }, 'abort'), null);
      const two = { ...headers, 'content-length': '3', 'Content-Length': '4' };
      assert.equal(await send({ headers: two, body }), 400);
      const both = { ...headers, 'content-length': '3', 'transfer-encoding': 'chunked' };
      assert.equal(await send({ headers: both, body }), 400);
      const targets = ['http://app.example/hooks/stripe', '//hooks/stripe', '/hooks//stripe',
        '/hooks/stripe/', '/hooks/%73tripe', '/HOOKS/stripe', '/hooks/stripe%00', '/hooks/%',
        '/hooks/../../etc/passwd', 'hooks', '*', '?'];
      for (const target of targets) {
        const status = await send({ target, headers, body });
        assert.ok(status === null || (status >= 400 && status < 500) ||
          (status === 200 && target.startsWith('http://')), `${target}: ${status}`);
      }
      for (const method of ['GET', 'PUT', 'DELETE', 'OPTIONS', 'HEAD', 'PATCH']) {
        assert.notEqual(await send({ method, headers, body }), 500, method);
      }
      const seen = events.length;
      assert.equal(await send(with_https(signed())), 200);
      assert.equal(events.length, seen + 1);
    });

    await t.test('logs nothing of strangers but that they went away', () => {
      assert.deepEqual(told.filter((text) => text !== 'aborted'), []);
    });
  });
}

const parsers = {
  'express.json()': express.json(), 'express.text()': express.text({ type: '*/*' }),
  'express.urlencoded()': express.urlencoded({ extended: true }),
  'setEncoding()': (request, _response, next) => {
    request.setEncoding('utf8');
    next();
  },
  'who listens for its data': (request, _response, next) => {
    request.on('data', () => {});
    setTimeout(next, 50);
  },
};
for (const [name, parser] of Object.entries(parsers)) {
  test(`Express with ${name} before is told so`, async () => {
    const { hooks, events, told } = make_hooks();
    closing.push(() => hooks.close());
    const app = express().set('env', 'test');
    app.use(parser);
    app.post('/hooks/*path', node(hooks, proxied));
    const port = await listen(createServer(app));
    const { headers, body } = signed();
    const type = name === 'express.urlencoded()' ? 'application/x-www-form-urlencoded' : undefined;
    const typed = type === undefined ? headers : { ...headers, 'content-type': type };
    const bytes = request_bytes({ headers: { ...typed, ...https }, body });
    assert.equal(await send_raw(port, bytes), 500);
    assert.ok(told[0].startsWith('node: ') && told[0].includes(name), told[0]);
    assert.match(told[0], /mount the gate before the parser/);
    assert.equal(events.length, 0);
  });
}

for (const read of ['json', 'text', 'arrayBuffer', 'blob']) {
  test(`Hono with c.req.${read}() before is told so`, async () => {
    const { hooks, events, told } = make_hooks();
    closing.push(() => hooks.close());
    const app = new Hono();
    app.use(async (context, go_on) => {
      await context.req[read]();
      return go_on();
    });
    app.post('/hooks/*', hono(hooks, proxied));
    const server = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' });
    await once(server, 'listening');
    const port = await listen(server);
    const { headers, body } = signed();
    const bytes = request_bytes({ headers: { ...headers, ...https }, body });
    assert.equal(await send_raw(port, bytes), 500);
    assert.match(told[0], /let no middleware before it/);
    assert.equal(events.length, 0);
  });
}

test('Fastify whose hook reads the body is told so, in its own words', async () => {
  const { hooks, told } = make_hooks();
  closing.push(() => hooks.close());
  const app = create_fastify();
  app.addHook('preParsing', async (_request, _reply, payload) => {
    await Array.fromAsync(payload);
    return payload;
  });
  app.register(fastify(hooks, proxied), { prefix: '/hooks' });
  await app.ready();
  const port = await listen(app.server);
  const { headers, body } = signed();
  const bytes = request_bytes({ headers: { ...headers, ...https }, body });
  assert.equal(await send_raw(port, bytes), 500);
  assert.match(told[0], /^fastify: .*preParsing/);
});

test('Fastify has the path that is its prefix', async () => {
  const { hooks, events } = make_hooks({ path: '/hook' });
  closing.push(() => hooks.close());
  const app = create_fastify();
  app.register(fastify(hooks, proxied), { prefix: '/hook' });
  await app.ready();
  const port = await listen(app.server);
  const { headers, body } = signed();
  const bytes = request_bytes({ target: '/hook', headers: { ...headers, ...https }, body });
  assert.equal(await send_raw(port, bytes), 200);
  assert.equal(events.length, 1);
});

test('Fastify parses the bodies of other routes as before', async () => {
  const { hooks } = make_hooks();
  closing.push(() => hooks.close());
  const port = await frameworks.Fastify(hooks, proxied);
  const answer = await fetch(`http://127.0.0.1:${port}/other`, {
    method: 'POST', body: '{"a":1}', headers: { 'content-type': 'application/json' },
  });
  assert.deepEqual(await answer.json(), { got: 1 });
});

test('addresses of clients are those of the connection', async () => {
  for (const start of [frameworks['node:http'], frameworks.Fastify, frameworks['Hono on Node']]) {
    for (const [address, status] of [['127.0.0.0/8', 200], ['192.0.2.0/24', 403]]) {
      const { hooks } = make_hooks({ allow_addresses: [address] });
      closing.push(() => hooks.close());
      const port = await start(hooks, proxied);
      const { headers, body } = signed();
      const claim = { ...https, 'x-forwarded-for': '192.0.2.1', 'cf-connecting-ip': '192.0.2.1' };
      const bytes = request_bytes({ headers: { ...headers, ...claim }, body });
      assert.equal(await send_raw(port, bytes), status);
    }
  }
});

function certificate() {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const now_seconds = Math.floor(Date.now() / 1000);
  return {
    key: privateKey.export({ format: 'pem', type: 'pkcs8' }),
    cert: make_certificate({
      name: 'localhost', public_key: publicKey, private_key: privateKey,
      from_seconds: now_seconds - 1000, until_seconds: now_seconds + 100_000,
    }),
  };
}

test('a connection with TLS is https', async () => {
  const { hooks, events } = make_hooks();
  closing.push(() => hooks.close());
  const port = await listen(create_https_server(certificate(), node(hooks)));
  const { headers, body } = signed();
  const request = https_request({
    port, host: '127.0.0.1', path: '/hooks/stripe', method: 'POST', headers,
    rejectUnauthorized: false,
  });
  request.end(body);
  const [response] = await once(request, 'response');
  response.resume();
  assert.equal(response.statusCode, 200);
  assert.equal(events.length, 1);
});

test('HTTP/2 is taken as well, with and without a length', async () => {
  const { hooks, events } = make_hooks();
  closing.push(() => hooks.close());
  const server = createSecureServer(certificate(), node(hooks));
  const port = await listen(server);
  const session = connect_http2(`https://127.0.0.1:${port}`, { rejectUnauthorized: false });
  closing.unshift(() => session.destroy());
  const large = signed({ bytes: 4 * body_bytes_max });
  const forged = signed({ key: 'whsec_of_nobody_0123456789abcd' });
  const cases = [[signed(), 200], [signed({ bytes: 30_000 }), 200], [forged, 401], [large, 413]];
  for (const with_length of [true, false]) {
    for (const [{ headers, body }, status] of cases) {
      const length = with_length ? { 'content-length': String(Buffer.byteLength(body)) } : {};
      const stream = session.request(
        { ':method': 'POST', ':path': '/hooks/stripe', ...headers, ...length });
      stream.on('error', () => {});
      stream.end(body);
      const [answer] = await once(stream, 'response');
      assert.equal(answer[':status'], status);
      stream.close();
    }
  }
  assert.equal(events.length, 2);
});
