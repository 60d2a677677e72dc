// The pages for each way of use: what they tell their reader to do is done, and the programs that
// they show take a genuine delivery and refuse a forged one.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';

import Stripe from 'stripe';

import { make_project } from './packed.mjs';
import { follow_whole, free_ports, make_runnable, save_files } from './pages.mjs';

const { webhooks } = new Stripe('sk_test_packages');
const secret = 'whsec_f1c7e5ec2e70f1c7e5ec2e70f1c7e5e1';

let count = 0;
function signed(key = secret) {
  count += 1;
  const body = JSON.stringify({ id: `evt_${count}`, object: 'event', type: 'invoice.paid' });
  const signature = webhooks.generateTestHeaderString({ payload: body, secret: key });
  return {
    method: 'POST', body,
    headers: {
      'content-type': 'application/json', 'stripe-signature': signature,
      'x-forwarded-proto': 'https',
    },
  };
}

test('a gate is set up in front of an origin as the page has it', async () => {
  const [port] = await free_ports(1);
  const runs = await follow_whole('docs/IN_FRONT.md', make_runnable('in_front', ['wrangler']), {
    replaced: [['8787', String(port)]],
    env: { WRANGLER_SEND_METRICS: 'false', CLOUDFLARE_CF_FETCH_ENABLED: 'false' },
  });
  assert.ok(runs >= 4, `${runs}`);
});

test('what the page of tests shows is tried as it has it', async () => {
  const runs = await follow_whole('docs/IN_TESTS.md', make_runnable('in_tests'));
  assert.ok(runs >= 3, `${runs}`);
});

const frameworks = ['express', 'fastify', 'hono', '@hono/node-server'];
const apps = make_project('in_an_app', { dependencies: frameworks });
const port_texts = ['3001', '3002', '3003'];
const ports = await free_ports(port_texts.length);
const shown = save_files('docs/IN_AN_APP.md', apps,
  port_texts.map((text, at) => [text, String(ports[at])]));

async function expect_of(call) {
  assert.equal(await call(signed()), 200);
  assert.equal(await call(signed('whsec_of_somebody_else_00000000')), 401);
}

const servers = ['with_express.mjs', 'with_fastify.mjs', 'with_hono.mjs'];
for (const [at, name] of servers.entries()) {
  test(`${name} of the page takes a delivery`, async () => {
    const child = spawn(process.execPath, [name], {
      cwd: apps, env: { ...process.env, STRIPE_WEBHOOK_SECRET: secret },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let said = '';
    [child.stdout, child.stderr].forEach((stream) => stream.on('data', (text) => {
      said += text;
    }));
    const url = `http://127.0.0.1:${ports[at]}/hooks/stripe`;
    const ended = new Promise((resolve) => { child.on('close', resolve); });
    try {
      for (let tries = 0; await fetch(url).then(() => false, () => true); tries += 1) {
        assert.ok(tries < 500 && child.exitCode === null, said);
        await sleep(20);
      }
      await expect_of(async (request) => (await fetch(url, request)).status);
      assert.match(said, /booked evt_\d+\n/);
    } finally {
      child.kill('SIGKILL');
      await ended;
    }
  });
}

const load = (name) => import(pathToFileURL(join(apps, name)));

test('the routes and the function of the page take a delivery', async () => {
  process.env.STRIPE_WEBHOOK_SECRET = secret;
  process.chdir(apps);
  const request_of = (request) => new Request('https://app.example/hooks/stripe', request);
  const next = await load('app/hooks/[source]/route.js');
  await expect_of(async (request) => (await next.POST(request_of(request))).status);
  const verified = await load('app/verified/route.js');
  await expect_of(async (request) => (await verified.POST(request_of(request))).status);
  const kit = await load('src/routes/hooks/[source]/+server.js');
  const getClientAddress = () => '192.0.2.1';
  await expect_of(async (request) =>
    (await kit.POST({ request: request_of(request), getClientAddress })).status);
  const { handler } = await load('lambda.mjs');
  await expect_of(async ({ headers, body }) => (await handler({
    version: '2.0', rawPath: '/hooks/stripe', rawQueryString: '', headers,
    requestContext: { http: { method: 'POST', sourceIp: '192.0.2.1' } },
    body: Buffer.from(body).toString('base64'), isBase64Encoded: true,
  })).statusCode);
  const { hooks } = await load('hooks.mjs');
  await hooks.close();
});

test('every program of the page is one that was run here', () => {
  assert.deepEqual(shown, ['hooks.mjs', ...servers, 'app/hooks/[source]/route.js',
    'app/verified/route.js', 'src/routes/hooks/[source]/+server.js', 'lambda.mjs']);
});
