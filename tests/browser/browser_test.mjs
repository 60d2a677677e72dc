// The package in a page: bundled by Vite from the tarball, in headless Chromium, the compiler says
// what the native one says, and the core decides what the native one decides.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { before, test } from 'node:test';

import { app, secret, signed_request } from '../packages/app.mjs';

import { expect_compiled, expect_judged, work } from './corpus.mjs';
import { bundle_and_run, make_page_project } from './pages.mjs';

/** `the-package-loads` is what the package itself loads in a browser. */
const main = `import { load_compiler, load_postern } from 'the-package-loads';
import app from './app.mjs';
import { work_through } from './page.mjs';

await work_through({
  start_compiler: async () => load_compiler(),
  start_core: async () => load_postern(),
  async more({ requests, secret }) {
    const answers = [];
    for (const { url, ...init } of requests) {
      const response = await app.fetch(new Request(url, init), { SECRET: secret });
      answers.push([response.status, await response.text()]);
    }
    return { answers };
  },
});
`;

const folder = make_page_project('browser', { 'app.mjs': app, 'main.mjs': main });

const within = join(folder, 'node_modules/postern/npm/lib/entry_gate.mjs');
const as_the_package = {
  name: 'as-the-package',
  resolveId(id) {
    return id === 'the-package-loads' ? this.resolve('#load', within) : null;
  },
};

const requests =
  [signed_request(), signed_request({ key: 'whsec_00000000000000000000000000000000' })];

let result;
before(async () => {
  result = await bundle_and_run(folder, {
    ...work, secret,
    requests: await Promise.all(requests.map(async (request) => ({
      url: request.url, method: request.method, headers: Object.fromEntries(request.headers),
      body: await request.text(),
    }))),
  }, [as_the_package]);
});

test('compiles every policy of the lint corpus as natively', (t) => {
  t.diagnostic(expect_compiled(result.compiled));
});

test('takes the steps of the native core, its decision records too', (t) => {
  t.diagnostic(expect_judged(result.traces));
});

test('verify() lets in what is genuine, and refuses what is forged', () => {
  assert.deepEqual(result.answers, [[200, 'invoice.paid'], [401, '']]);
});
