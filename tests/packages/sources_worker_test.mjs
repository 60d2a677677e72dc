// A Worker whose policy is an object: what runs on Node with another ledger runs there, compiled
// when the Worker starts.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { bundle, write_config } from '../bench/workerd.mjs';
import { secret, signed_request } from './app.mjs';
import { make_project, root, write_files } from './packed.mjs';
import { read_deployed, shell_of } from './wrangler.mjs';

const github_secret = '7d38cdd689735b008b3c702edd92eea23791c5f6';

const script = `import { gate, verify } from 'postern';
import { durableObject } from 'postern/ledger/durable-object';
import { github } from 'postern/providers/github';
import { stripe } from 'postern/providers/stripe';
export { Ledger } from 'postern/cloudflare';

const hooks = gate({
  sources: {
    stripe: {
      path: '/hooks/stripe', provider: stripe, secrets: 'env:STRIPE_WEBHOOK_SECRET',
      routes: [{ events: ['invoice.*'], to: (event) => { console.log('booked', event.id); } }],
    },
    github: {
      path: '/hooks/github', provider: github, secrets: ['${github_secret}'],
      routes: [{ deliver: 'queue', to: (event) => { console.log('noted', event.provider); } }],
    },
    unset: {
      path: '/hooks/unset', provider: stripe, secrets: ['env:NOT_SET'],
      routes: [{ answer: 200 }],
    },
  },
  ledger: durableObject('env:LEDGER'),
  development: true,
});
hooks.on('record', ({ source, verdict }) => console.log('record', source, verdict));
export default {
  async fetch(request, env, context) {
    if (new URL(request.url).pathname !== '/verified') {
      return hooks.fetch(request, env, context);
    }
    const verified = await verify(stripe, request, env.STRIPE_WEBHOOK_SECRET);
    return new Response(verified.event?.type ?? verified.reason);
  },
  queue: hooks.queue,
};
`;

const folder = make_project('sources_worker', { dependencies: ['wrangler'], files: {
  'worker.mjs': script,
  'wrangler.toml': `name = "app"
main = "worker.mjs"
compatibility_date = "2026-10-01"
send_metrics = false
[exports.Ledger]
type = "durable-object"
storage = "sqlite"
[[durable_objects.bindings]]
name = "LEDGER"
class_name = "Ledger"
[[queues.producers]]
binding = "DELIVERIES"
queue = "deliveries"
[[queues.consumers]]
queue = "deliveries"
max_batch_timeout = 0
`,
  '.dev.vars': `STRIPE_WEBHOOK_SECRET="${secret}"\n`,
} });
const { run, start } = shell_of(folder);

let worker;
before(async () => {
  worker = await start('wrangler dev');
});
after(() => worker?.stop());

async function send(path, { headers, body }) {
  const response = await fetch(`${worker.url}${path}`, { method: 'POST', headers, body });
  return [response.status, await response.text()];
}

async function send_stripe(path, options) {
  const request = signed_request(options);
  return send(path, { headers: request.headers, body: await request.text() });
}

test('a genuine event is taken by a function once, and no forged one', async () => {
  assert.deepEqual(await send_stripe('/hooks/stripe'), [200, '']);
  assert.deepEqual(await send_stripe('/hooks/stripe'), [200, '']);
  assert.deepEqual(await send_stripe('/hooks/stripe', { key: 'whsec_other_other_other' }),
    [401, '']);
  await worker.until_said(/record stripe duplicate/);
  await worker.until_said(/record stripe refused/);
  assert.equal(worker.said().match(/booked evt_1/g).length, 1);
});

test('a function takes from the queue what was answered before', async () => {
  const body = '{"ref":"refs/heads/main"}';
  const sign = (key) => createHmac('sha256', key).update(body).digest('hex');
  const headers_with = (signature) => ({
    'content-type': 'application/json', 'x-github-event': 'push',
    'x-github-delivery': '72d3162e-cc78-11e3-81ab-4c9367dc0958',
    'x-hub-signature-256': `sha256=${signature}`,
  });
  assert.deepEqual(
    await send('/hooks/github', { headers: headers_with(sign('of somebody')), body }), [401, '']);
  assert.deepEqual(
    await send('/hooks/github', { headers: headers_with(sign(github_secret)), body }), [200, '']);
  await worker.until_said(/noted github/);
});

test('a source without its secret is told, and answers 503 alone', async () => {
  await worker.until_said(/unset answers 503: a secret is missing/);
  const [status] = await send_stripe('/hooks/unset');
  assert.equal(status, 503);
});

test('verify is beside it', async () => {
  assert.deepEqual(await send_stripe('/verified'), [200, 'invoice.paid']);
});

test('it is deployed with the compiler, and with no more than that', (t) => {
  run('wrangler deploy --dry-run --minify --outdir deployed');
  const { modules, gzip } = read_deployed(join(folder, 'deployed'));
  t.diagnostic(`the Worker with its compiler: ${gzip} in gzip`);
  assert.deepEqual(modules.map((name) => name.replace(/^[0-9a-f]+-/, '')).sort(),
    ['postern.wasm', 'postern_compiler.wasm', 'postern_verify_shared.wasm']);
});

const wrong_sources = {
  'a provider by name, and no catalogue': [
    { provider: "'stripe'" },
    /sources\.a\.provider: .* import provider from 'postern\/providers\/stripe'/],
  'a provider that is none': [
    { provider: '{}' },
    /sources\.a\.provider is no provider: .* postern\/providers\/NAME exports/],
  'a value of another kind': [
    { routes: '[{ to: 7 }]' }, /sources\.a\.routes\[0\]\.to: .*\(/],
  'a key that nobody knows': [
    { pth: "'/a'" }, /sources\.a\.pth: a source has no key `pth` \(did you mean `path`\?\)/],
  'a rate that the platform does not count': [
    { rate_limit: "{ requests: 5, per: '600s', by: 'source' }" },
    /sources\.a\.rate_limit.*(10|60)/],
};
for (const [what, [odd, says]] of Object.entries(wrong_sources)) {
  test(`it does not start with ${what}, and says the path and a cure`, async () => {
    const source = {
      path: "'/a'", provider: 'stripe', secrets: "'env:SECRET'", routes: '[{ to() {} }]', ...odd,
    };
    const lines = Object.entries(source).map(([key, value]) => `${key}: ${value}`).join(', ');
    write_files(folder, { 'wrong.mjs': `import { gate } from 'postern';
      import { durableObject } from 'postern/ledger/durable-object';
      import { stripe } from 'postern/providers/stripe';
      export { Ledger } from 'postern/cloudflare';
      const hooks = gate({ sources: { a: { ${lines} } }, ledger: durableObject() });
      export default { fetch: hooks.fetch };` });
    const config = write_config(join(folder, 'wrong'),
      [{ name: 'app', ...await bundle(join(folder, 'wrong.mjs')), ledger: true }]);
    const workerd = join(root, 'node_modules/workerd/bin/workerd');
    const { status, stderr } = spawnSync(workerd, ['serve', '--experimental', config],
      { encoding: 'utf8', timeout: 20_000 });
    assert.equal(status, 1, stderr);
    assert.match(stderr, says);
  });
}
