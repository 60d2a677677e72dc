// A gate put together by each bundler and run in Node: its function takes a genuine delivery, and
// no forged one. With a policy that was compiled before it carries no compiler.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';

import { expect_to_verify, secret } from './app.mjs';
import { by_esbuild, by_rollup, by_vite, by_webpack } from './bundlers.mjs';
import { make_project } from './packed.mjs';
import { line_of, sizes_of } from './sizes.mjs';

const policy = `version = 1
[sources.stripe]
path = "/hooks/stripe"
provider = "stripe"
secrets = ["env:SECRET"]
[[sources.stripe.routes]]
to = "handler:book"
`;

const app = `import { gate } from 'postern/gate';
import { memory } from 'postern/ledger/memory';
import { policy } from './policy.mjs';
export const start = (env) => gate({
  policy, env, ledger: memory(), handlers: { book: (event) => new Response(event.type) },
});
`;

const folder = make_project('bundled_gate', { files: { 'app.mjs': app, 'postern.toml': policy } });
execFileSync(process.execPath, [join(folder, 'node_modules/postern/npm/cli/main.mjs'),
  'build', 'postern.toml', '-o', 'policy.bin'], { cwd: folder, stdio: 'pipe' });

/** The same with the policy as an object. */
const sources_app = `import { gate } from 'postern';
import { memory } from 'postern/ledger/memory';
import stripe from 'postern/providers/stripe';
export const start = (env) => gate({
  sources: {
    stripe: {
      path: '/hooks/stripe', provider: stripe, secrets: 'env:SECRET',
      routes: [{ to: (event) => new Response(event.type) }],
    },
  },
  env, ledger: memory(),
});
`;
const sources_folder = make_project('bundled_sources', { files: { 'app.mjs': sources_app } });

/** Runs the script that a tool left in `at`, with so many modules. */
async function expect_to_guard(t, name, at, modules) {
  const output = Object.fromEntries(readdirSync(at).filter((file) => /\.(m?js|wasm)$/.test(file))
    .map((file) => [file, readFileSync(join(at, file))]));
  const sizes = sizes_of(output);
  t.diagnostic(line_of(name, sizes));
  assert.equal(sizes.modules, modules);
  const [script] = Object.keys(output).filter((file) => !file.endsWith('.wasm'));
  const { start } = await import(pathToFileURL(join(at, script)));
  const hooks = start({ SECRET: secret });
  try {
    await expect_to_verify((request) => hooks.fetch(request));
  } finally {
    await hooks.close({ grace: 0 });
  }
}

const tools = {
  'esbuild-browser': (within, name) => by_esbuild(within, name, 'browser'),
  'esbuild-node': (within, name) => by_esbuild(within, name, 'node'),
  'vite-server': by_vite,
  'webpack-web': (within, name) => by_webpack(within, name, 'web'),
  'webpack-node': (within, name) => by_webpack(within, name, 'node'),
  rollup: by_rollup,
};
for (const [name, put_together] of Object.entries(tools)) {
  test(`${name}, a policy that was compiled before`, async (t) => {
    await put_together(folder, name);
    await expect_to_guard(t, name, join(folder, name), 1);
  });

  test(`${name}, a policy as an object`, async (t) => {
    await put_together(sources_folder, name);
    // The gate's module, the compiler's, and the verifying one, which a provider's import names.
    await expect_to_guard(t, `${name}, with the compiler`, join(sources_folder, name), 3);
  });
}
