// The package in a page: bundled by Vite from the tarball, in headless Chromium, the compiler says
// what the native one says, and the core decides what the native one decides.

import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { join } from 'node:path';
import { before, test } from 'node:test';

import { app, secret, signed_request } from '../packages/app.mjs';

import { expect_compiled, expect_judged, work } from './corpus.mjs';
import { bundle_and_run, make_page_project } from './pages.mjs';

/** Behind `the-package` is what the package itself loads in a browser. */
const main = `import { load_postern } from 'the-package#load';
import { load_compiler } from 'the-package#load/compiler';
import app from './app.mjs';
import { hooks } from './gate.mjs';
import { work_through } from './page.mjs';

await work_through({
  start_compiler: async () => load_compiler(),
  start_core: async () => load_postern(),
  async more({ verified, gated, secret }) {
    const answers = async (requests, fetch) => {
      const given = [];
      for (const { url, ...init } of requests) {
        const response = await fetch(new Request(url, init));
        given.push([response.status, await response.text()]);
      }
      return given;
    };
    return {
      verified: await answers(verified, (request) => app.fetch(request, { SECRET: secret })),
      gated: await answers(gated, hooks.fetch),
    };
  },
});
`;

/** Its policy is compiled in the page. The catalogue is not there, so it brings a scheme. */
const gate = `import { gate } from 'postern';
import { memory } from 'postern/ledger/memory';

export const hooks = gate({
  sources: {
    device: {
      path: '/hooks/device', secrets: ['${secret}'],
      scheme: {
        name: 'Device', sends: ['json'],
        signature: {
          algorithm: 'hmac-sha256', from: { header: 'X-Signature' }, encoding: 'hex',
          content: '{body}', key: 'utf8',
        },
        event: { identity: { body: '/id' } },
        retries: { attempts: 5, horizon: '1d' },
      },
      routes: [{ to: (event) => new Response(event.id, { status: 201 }) }],
    },
  },
  ledger: memory(),
});
`;

const folder = make_page_project('browser',
  { 'app.mjs': app, 'gate.mjs': gate, 'main.mjs': main });

const within = join(folder, 'node_modules/postern/npm/lib/index.mjs');
const as_the_package = {
  name: 'as-the-package',
  resolveId(id) {
    const [, loads] = /^the-package(#.*)/.exec(id) ?? [];
    return loads === undefined ? null : this.resolve(loads, within);
  },
};

const plain = async (request) => ({
  url: request.url, method: request.method, headers: Object.fromEntries(request.headers),
  body: await request.text(),
});

const forged_key = 'whsec_00000000000000000000000000000000';

function signed_by_device(id, key = secret) {
  const body = JSON.stringify({ id });
  const signature = createHmac('sha256', key).update(body).digest('hex');
  return {
    url: 'https://app.example/hooks/device', method: 'POST', body,
    headers: { 'content-type': 'application/json', 'x-signature': signature },
  };
}

let result;
before(async () => {
  result = await bundle_and_run(folder, {
    ...work, secret,
    verified: await Promise.all([signed_request(), signed_request({ key: forged_key })].map(plain)),
    gated: [
      signed_by_device('one'), signed_by_device('one'), signed_by_device('two', forged_key),
    ],
  }, [as_the_package]);
});

test('compiles every policy of the lint corpus as natively', (t) => {
  t.diagnostic(expect_compiled(result.compiled));
});

test('takes the steps of the native core, its decision records too', (t) => {
  t.diagnostic(expect_judged(result.traces));
});

test('verify() lets in what is genuine, and refuses what is forged', () => {
  assert.deepEqual(result.verified, [[200, 'invoice.paid'], [401, '']]);
});

test('a gate lets in what is genuine, absorbs its repeat, and refuses what is forged', () => {
  assert.deepEqual(result.gated, [[201, 'one'], [200, ''], [401, '']]);
});
