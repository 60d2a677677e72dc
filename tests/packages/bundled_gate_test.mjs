// A gate with a policy that was compiled before, put together by each bundler and run in Node: its
// function takes a genuine delivery, and no forged one.

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

/** Runs the script that a tool left in the folder `name`. */
async function expect_to_guard(t, name) {
  const at = join(folder, name);
  const output = Object.fromEntries(readdirSync(at).filter((file) => /\.(m?js|wasm)$/.test(file))
    .map((file) => [file, readFileSync(join(at, file))]));
  t.diagnostic(line_of(name, sizes_of(output)));
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
  'esbuild-browser': (name) => by_esbuild(folder, name, 'browser'),
  'esbuild-node': (name) => by_esbuild(folder, name, 'node'),
  'vite-server': (name) => by_vite(folder, name),
  'webpack-web': (name) => by_webpack(folder, name, 'web'),
  'webpack-node': (name) => by_webpack(folder, name, 'node'),
  rollup: (name) => by_rollup(folder, name),
};
for (const [name, put_together] of Object.entries(tools)) {
  test(name, async (t) => {
    await put_together(name);
    await expect_to_guard(t, name);
  });
}
