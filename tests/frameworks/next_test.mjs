// A Next.js application, built and started as its users do it: a gate in a route of Node, two in
// routes of the edge, of which one has a policy that was compiled before, and `verify` on the edge.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { gzipSync } from 'node:zlib';

import { deliver, forged_key, make_framework_project, run, start } from './project.mjs';

const next = 'next/dist/bin/next';

const on_node = `import { gate } from 'postern';
import { memory } from 'postern/ledger/memory';
import { next } from 'postern/next';

export const dynamic = 'force-dynamic';
const hooks = gate({
  sources: {
    stripe: {
      path: '/hooks/node', provider: 'stripe', secrets: ['env:SECRET'],
      routes: [{ to: (event) => new Response(event.type, { status: 201 }) }],
    },
  },
  ledger: memory(), development: true,
});
export const POST = next(hooks);
`;

const on_the_edge = `import { gate } from 'postern/gate';
import { memory } from 'postern/ledger/memory';
import { next } from 'postern/next';
import { policy } from '../../../policy.js';

export const runtime = 'edge';
const hooks = gate({
  policy: Uint8Array.from(atob(policy), (unit) => unit.charCodeAt(0)),
  handlers: { paid: (event) => new Response(event.type, { status: 201 }) },
  ledger: memory(),
});
export const POST = next(hooks);
`;

const compiled_on_the_edge = `import { gate } from 'postern';
import { memory } from 'postern/ledger/memory';
import { next } from 'postern/next';
import { stripe } from 'postern/providers/stripe';

export const runtime = 'edge';
const hooks = gate({
  sources: {
    stripe: {
      path: '/hooks/sources', provider: stripe, secrets: [process.env.SECRET],
      routes: [{ to: (event) => new Response(event.type, { status: 201 }) }],
    },
  },
  ledger: memory(), development: true,
});
export const POST = next(hooks);
`;

const verifying = `import { verify } from 'postern/verify';
import stripe from 'postern/providers/stripe';

export const runtime = 'edge';
export async function POST(request) {
  const verified = await verify(stripe, request, process.env.SECRET);
  return verified.ok
    ? new Response(verified.event.type, { status: 201 })
    : new Response(null, { status: verified.status });
}
`;

const policy_text = `version = 1
[sources.stripe]
path = "/hooks/edge"
provider = "stripe"
secrets = ["env:SECRET"]
[[sources.stripe.routes]]
to = "handler:paid"
deliver = "proxy"
`;

const folder = make_framework_project('next', {
  'next.config.mjs': "export default { serverExternalPackages: ['postern'] };\n",
  'app/layout.js': 'export default function Layout({ children }) {\n' +
    '  return <html><body>{children}</body></html>;\n}\n',
  'app/page.js': "export default function Page() { return 'here'; }\n",
  'app/hooks/node/route.js': on_node,
  'app/hooks/edge/route.js': on_the_edge,
  'app/hooks/sources/route.js': compiled_on_the_edge,
  'app/verify/route.js': verifying,
  'postern.toml': policy_text,
});

let server;
before(async () => {
  execFileSync(process.execPath, ['node_modules/postern/npm/cli/main.mjs', 'build', 'postern.toml',
    '-o', 'policy.bin', '--development'], { cwd: folder, stdio: 'pipe' });
  const policy = readFileSync(join(folder, 'policy.bin')).toString('base64');
  writeFileSync(join(folder, 'policy.js'), `export const policy = '${policy}';\n`);
  run(folder, next, ['build']);
  server = await start(folder, join(folder, '../node_modules', next),
    (port) => ['start', '-p', `${port}`, '-H', '127.0.0.1']);
});
after(() => server?.stop());

for (const path of ['hooks/node', 'hooks/edge', 'hooks/sources', 'verify']) {
  test(`${path} lets in what is genuine, and refuses what is forged`, async () => {
    assert.deepEqual(await deliver(`${server.url}/${path}`), [201, 'invoice.paid']);
    assert.deepEqual(await deliver(`${server.url}/${path}`, forged_key), [401, '']);
  });
}

test('the edge has the modules that it needs, compiled, and no other', (t) => {
  const built = join(folder, '.next');
  const { functions } =
    JSON.parse(readFileSync(join(built, 'server/middleware-manifest.json'), 'utf8'));
  const modules = {
    '/hooks/edge/route': ['postern'],
    '/hooks/sources/route': ['postern', 'postern_compiler', 'postern_verify_shared'],
    '/verify/route': ['postern_verify_shared'],
  };
  assert.deepEqual(Object.keys(functions).sort(), Object.keys(modules).sort());
  for (const [name, { wasm, files }] of Object.entries(functions)) {
    const bytes = wasm.map(({ filePath }) => readFileSync(join(built, filePath)));
    const by_size = (list) => list.toSorted((one, other) => one.length - other.length);
    assert.deepEqual(by_size(bytes), by_size(modules[name].map((module) =>
      readFileSync(join(folder, `node_modules/postern/build/${module}.wasm`)))));
    const gzip = (one) => gzipSync(one, { level: 9 }).length;
    const scripts = files.filter((file) => file.includes('/edge/'))
      .map((file) => gzip(readFileSync(join(built, file))));
    const sum = (sizes) => sizes.reduce((total, one) => total + one);
    t.diagnostic(`${name}: WebAssembly ${sum(bytes.map(gzip))} in gzip, ` +
      `JavaScript with Next's own ${sum(scripts)}`);
  }
});
