// A SvelteKit application for Node, built by Vite and started as its users do it.

import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { gzipSync } from 'node:zlib';

import { deliver, forged_key, make_framework_project, run, start } from './project.mjs';

const endpoint = `import { gate } from 'postern';
import { memory } from 'postern/ledger/memory';
import { sveltekit } from 'postern/sveltekit';

const hooks = gate({
  sources: {
    stripe: {
      path: '/hooks/stripe', provider: 'stripe', secrets: ['env:SECRET'],
      routes: [{ to: (event) => new Response(event.type, { status: 201 }) }],
    },
  },
  ledger: memory(), development: true,
});
export const POST = sveltekit(hooks);
`;

const folder = make_framework_project('sveltekit', {
  // What the built server takes from node_modules, as the catalogue and the modules are there.
  'package.json':
    '{ "private": true, "type": "module", "dependencies": { "postern": "*" } }\n',
  'vite.config.js': `import adapter from '@sveltejs/adapter-node';
import { sveltekit } from '@sveltejs/kit/vite';

export default { plugins: [sveltekit({ adapter: adapter() })] };
`,
  'src/app.html': '<!doctype html><html><head>%sveltekit.head%</head>' +
    '<body>%sveltekit.body%</body></html>\n',
  'src/routes/+page.svelte': '<p>here</p>\n',
  'src/routes/hooks/[source]/+server.js': endpoint,
});

let server;
before(async () => {
  run(folder, 'vite/bin/vite.js', ['build']);
  server = await start(folder, 'build/index.js', () => [], (port) => ({
    HOST: '127.0.0.1', PORT: `${port}`, ORIGIN: `http://127.0.0.1:${port}`,
  }));
});
after(() => server?.stop());

test('lets in what is genuine, and refuses what is forged', async () => {
  const url = `${server.url}/hooks/stripe`;
  assert.deepEqual(await deliver(url), [201, 'invoice.paid']);
  assert.deepEqual(await deliver(url, forged_key), [401, '']);
});

test('its size', (t) => {
  const at = join(folder, 'build/server');
  const files = readdirSync(at, { recursive: true }).filter((file) => /\.(js|wasm)$/.test(file));
  const sizes = files.map((file) => gzipSync(readFileSync(join(at, file)), { level: 9 }).length);
  assert.ok(sizes.length > 0);
  t.diagnostic(`the server ${sizes.reduce((sum, one) => sum + one)} in gzip`);
});
