// The package in a page: bundled by Vite from the tarball, in headless Chromium, the compiler says
// what the native one says, and the core decides what the native one decides.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';

import { build } from 'vite';

import { app, secret, signed_request } from '../packages/app.mjs';
import { make_project, root } from '../packages/packed.mjs';

import { run_page } from './chromium.mjs';
import { expect_compiled, expect_judged, work } from './corpus.mjs';

const html = '<!doctype html><script type="module" src="./main.mjs"></script>\n';

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

const folder = make_project('browser', { files: {
  'app.mjs': app, 'index.html': html, 'main.mjs': main,
  'page.mjs': readFileSync(join(root, 'tests/browser/page.mjs'), 'utf8'),
} });

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
  await build({
    root: folder, configFile: false, logLevel: 'error', plugins: [as_the_package],
    build: { target: 'esnext' },
  });
  result = await run_page(join(folder, 'dist'), {
    ...work, secret,
    requests: await Promise.all(requests.map(async (request) => ({
      url: request.url, method: request.method, headers: Object.fromEntries(request.headers),
      body: await request.text(),
    }))),
  });
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
