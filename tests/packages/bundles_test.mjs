// One program, put together by each tool as its users do, and run: it takes a genuine delivery and
// refuses a forged one, and carries no compiler.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';

import { build as esbuild } from 'esbuild';
import { build as vite } from 'vite';

import { start_workerd, write_config } from '../bench/workerd.mjs';
import { app, expect_to_verify, secret } from './app.mjs';
import { by_esbuild, by_rollup, by_vite, by_webpack } from './bundlers.mjs';
import { make_project, root } from './packed.mjs';
import { line_of, sizes_of } from './sizes.mjs';

/** A gate with a policy that was compiled before, and the platform's ledger. */
const gate_app = `import { gate } from 'postern/gate';
import { durableObject } from 'postern/ledger/durable-object';
export const start = (policy) => gate({ policy, ledger: durableObject() });
`;

/** The same with the class of the ledger's objects: all that a Worker's script needs. */
const worker_app = `${gate_app}export { Ledger } from 'postern/cloudflare';\n`;

/** Each with the edition of the module that has what most policies need. */
const smaller = (app_text) => app_text.replace("'postern/gate'", "'postern/gate/small'")
  .replace("'postern/cloudflare'", "'postern/cloudflare/small'");

const sources_app = `import { gate } from 'postern/gate';
import { memory } from 'postern/ledger/memory';
export const start = () => gate({ sources: {}, ledger: memory() });
`;

/** Gives one request to the program by name and by import, and prints what came of it. */
const runner = `import process from 'node:process';
import { verify } from 'postern';
import app from './app.mjs';
const { url, secret, ...init } = JSON.parse(process.argv[2]);
const response = await app.fetch(new Request(url, init), { SECRET: secret });
const named = await verify('stripe', new Request(url, init), secret);
console.log(JSON.stringify([response.status, await response.text(), named.ok]));
`;

const folder = make_project('bundles', { files: {
  'app.mjs': app,
  'gate.mjs': gate_app,
  'worker.mjs': worker_app,
  'small-gate.mjs': smaller(gate_app),
  'small-worker.mjs': smaller(worker_app),
  'run.mjs': runner,
  'required.cjs': 'module.exports = require("postern");\n',
  'wrangler.toml': 'name = "app"\nmain = "app.mjs"\ncompatibility_date = "2026-10-01"\n' +
    '[observability]\nenabled = false\n',
} });
const entry = join(folder, 'app.mjs');

/** What the tool left, by name. Reads every file but maps. */
function read_output(name) {
  const at = join(folder, name);
  return Object.fromEntries(readdirSync(at).filter((file) => /\.(m?js|wasm)$/.test(file))
    .map((file) => [file, readFileSync(join(at, file))]));
}

/** Sizes of what is in `name`, printed; and that there is one module in it, which is `wasm`. */
function measure(t, what, name, wasm = 'postern_verify_shared.wasm') {
  const sizes = sizes_of(read_output(name));
  t.diagnostic(line_of(what, sizes));
  const core = readFileSync(join(folder, 'node_modules/postern/build', wasm)).byteLength;
  assert.deepEqual([sizes.modules, sizes.wasm], [1, core]);
  return sizes.script_gzip + sizes.wasm_gzip;
}

/** Most of `verify` with one provider, script and module together, in gzip. */
const verify_gzip_max = 30 << 10;

/**
 * Most of a gate with a compiled policy in a Worker, script and module together, in gzip: with the
 * module of all features, and with the smaller one.
 */
const gate_gzip_max = 60 << 10;
const small_gzip_max = 52 << 10;

async function expect_to_run(file) {
  const { default: program } = await import(pathToFileURL(join(folder, file)));
  await expect_to_verify((request) => program.fetch(request, { SECRET: secret }));
}

for (const platform of ['browser', 'node', 'neutral']) {
  test(`esbuild for ${platform}`, async (t) => {
    await by_esbuild(folder, `esbuild-${platform}`, platform);
    const gzip = measure(t, `esbuild, ${platform}`, `esbuild-${platform}`);
    assert.ok(gzip <= verify_gzip_max, `${gzip} is more than ${verify_gzip_max}`);
    await expect_to_run(`esbuild-${platform}/app.mjs`);
  });
}

test('wrangler, run in workerd', async (t) => {
  execFileSync(join(root, 'node_modules/.bin/wrangler'),
    ['deploy', '--dry-run', '--minify', '--outdir', 'wrangler'], {
      cwd: folder, stdio: 'pipe',
      env: {
        ...process.env, WRANGLER_SEND_METRICS: 'false', CI: '1', NO_COLOR: '1',
        PATH: `${join(root, 'node_modules/.bin')}:${process.env.PATH}`,
      },
    });
  measure(t, 'wrangler', 'wrangler');
  const output = read_output('wrangler');
  const code = Object.keys(output).find((file) => file.endsWith('.js'));
  const files = new Map(Object.keys(output).filter((file) => file.endsWith('.wasm'))
    .map((file) => [file, join(folder, 'wrangler', file)]));
  const config = write_config(join(folder, 'workerd'),
    [{ name: 'app', code: output[code], files, settings: { SECRET: secret } }]);
  const workerd = await start_workerd(config);
  try {
    await expect_to_verify(async (request) => fetch(`http://127.0.0.1:${workerd.ports.app}/`, {
      method: 'POST', headers: request.headers, body: await request.arrayBuffer(),
    }));
  } finally {
    await workerd.stop();
  }
});

test('Vite for the browser', async (t) => {
  await vite({
    root: folder, configFile: false, logLevel: 'error',
    build: {
      outDir: 'vite-browser', lib: { entry, formats: ['es'], fileName: 'app' },
    },
  });
  measure(t, 'Vite, browser', 'vite-browser');
  await expect_to_run(`vite-browser/${Object.keys(read_output('vite-browser'))[0]}`);
});

test('Vite for a server, nothing left out of the bundle', async (t) => {
  await by_vite(folder, 'vite-server');
  measure(t, 'Vite, server', 'vite-server');
  await expect_to_run(`vite-server/${Object.keys(read_output('vite-server'))[0]}`);
});

for (const target of ['web', 'node']) {
  test(`webpack for ${target}`, async (t) => {
    await by_webpack(folder, `webpack-${target}`, target);
    measure(t, `webpack, ${target}`, `webpack-${target}`);
    await expect_to_run(`webpack-${target}/app.mjs`);
  });
}

test('rollup', async (t) => {
  await by_rollup(folder, 'rollup');
  measure(t, 'rollup, not minified', 'rollup');
  await expect_to_run('rollup/app.js');
});

const for_a_worker = {
  bundle: true, minify: true, format: 'esm', conditions: ['workerd', 'worker', 'browser'],
  logLevel: 'error', external: ['cloudflare:workers'],
};

test('a gate with a compiled policy in a Worker carries no compiler', async (t) => {
  await esbuild({
    ...for_a_worker, entryPoints: [join(folder, 'gate.mjs')], outdir: join(folder, 'gate'),
    loader: { '.wasm': 'copy' },
  });
  const gzip = measure(t, 'the whole gate, workerd', 'gate', 'postern.wasm');
  assert.ok(gzip <= gate_gzip_max, `${gzip} is more than ${gate_gzip_max}`);
  await esbuild({
    ...for_a_worker, entryPoints: [join(folder, 'worker.mjs')], outdir: join(folder, 'worker'),
    loader: { '.wasm': 'copy' },
  });
  measure(t, "the gate and its ledger's class, workerd", 'worker', 'postern.wasm');
});

test('a gate whose policy needs less carries the smaller module, and that alone', async (t) => {
  const sizes = [];
  for (const name of ['small-gate', 'small-worker']) {
    await esbuild({
      ...for_a_worker, entryPoints: [join(folder, `${name}.mjs`)], outdir: join(folder, name),
      loader: { '.wasm': 'copy' },
    });
    sizes.push(measure(t, `${name}, workerd`, name, 'postern_small.wasm'));
  }
  const [gzip] = sizes;
  assert.ok(gzip <= small_gzip_max, `${gzip} is more than ${small_gzip_max}`);
});

test('a policy that would have to be compiled is told, with what to do instead', async () => {
  const outfile = join(folder, 'gate-sources/app.mjs');
  // What is looked at here comes before the module, which only workerd can import.
  await esbuild({
    ...for_a_worker, outfile, loader: { '.wasm': 'empty' },
    stdin: { contents: sources_app, resolveDir: folder },
  });
  const { start } = await import(pathToFileURL(outfile));
  const told = /npx postern build.*import \{ gate \} from 'postern'/;
  assert.throws(start, { name: 'TypeError', message: told });
});

const runtimes = {
  Deno: ['deno', 'run', '--allow-all', '--no-remote', '--node-modules-dir=manual'],
  Bun: ['bun', 'run'],
};
for (const [name, [command, ...options]] of Object.entries(runtimes)) {
  test(`${name} without a bundle`, () => expect_to_verify(async (request) => {
    const delivery = {
      url: request.url, method: 'POST', headers: Object.fromEntries(request.headers),
      body: await request.text(), secret,
    };
    const told = execFileSync(join(root, 'node_modules/.bin', command),
      [...options, 'run.mjs', JSON.stringify(delivery)], {
        cwd: folder, encoding: 'utf8',
        env: { ...process.env, DENO_NO_UPDATE_CHECK: '1', DENO_DIR: join(folder, 'deno') },
      });
    const [status, text, is_ok] = JSON.parse(told);
    assert.equal(is_ok, status === 200);
    return new Response(text, { status });
  }));
}

test('Node without a bundle', () => expect_to_run('app.mjs'));

test('Node by require', async () => {
  const { verify, gate } = createRequire(import.meta.url)(join(folder, 'required.cjs'));
  assert.deepEqual([typeof verify, typeof gate], ['function', 'function']);
  await expect_to_verify(async (request) => {
    const verified = await verify('stripe', request, secret);
    return verified.ok
      ? new Response(verified.event.type) : new Response(null, { status: verified.status });
  });
});

test('what a bundle does not carry is told, with what to do instead', async () => {
  const program = `import { gate, verify } from 'postern';
    import { memory } from 'postern/ledger/memory';
    export const named = (request) => verify('stripe', request, 'a secret of sixteen');
    export const policy = () => gate({ ledger: memory(), sources: { a: {
      path: '/', provider: 'stripe', secrets: ['a'], routes: [{ to() {} }] } } });`;
  for (const platform of ['browser', 'node']) {
    const outfile = join(folder, `names-${platform}/app.mjs`);
    await esbuild({
      stdin: { contents: program, resolveDir: folder }, outfile, platform, bundle: true,
      format: 'esm', logLevel: 'error',
    });
    const { named, policy } = await import(pathToFileURL(outfile));
    await assert.rejects(() => named(new Request('https://app.example/')),
      { name: 'TypeError', message: /import provider from 'postern\/providers\/stripe'/ });
    assert.throws(policy, {
      name: 'PolicyError',
      message: /^sources\.a\.provider: .*import provider from 'postern\/providers\/stripe'/,
    });
  }
});
