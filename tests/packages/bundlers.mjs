// The tools that put a program together, each as its users call it, for the project in `folder`
// with its program `app.mjs`: what they make stands in the folder's `name`.

import { join } from 'node:path';

import { nodeResolve as node_resolve } from '@rollup/plugin-node-resolve';
import { build } from 'esbuild';
import { rollup } from 'rollup';
import { build as build_by_vite } from 'vite';
import webpack from 'webpack';

const entry_of = (folder) => join(folder, 'app.mjs');

/** `platform` is `browser`, `node` or `neutral`. */
export const by_esbuild = (folder, name, platform) => build({
  entryPoints: [entry_of(folder)], outfile: join(folder, name, 'app.mjs'), platform,
  bundle: true, minify: true, format: 'esm', logLevel: 'error',
});

/** For a server, with nothing left out of the bundle. */
export const by_vite = (folder, name) => build_by_vite({
  root: folder, configFile: false, logLevel: 'error', ssr: { noExternal: true },
  build: { outDir: name, ssr: entry_of(folder), minify: true },
});

/** `target` is `web` or `node`. */
export const by_webpack = (folder, name, target) => new Promise((resolve, reject) => {
  webpack({
    context: folder, entry: entry_of(folder), target, mode: 'production',
    experiments: { outputModule: true },
    output: {
      path: join(folder, name), filename: 'app.mjs', module: true, library: { type: 'module' },
    },
    performance: { hints: false },
  }, (failure, stats) => (failure ?? stats.hasErrors()
    ? reject(failure ?? new Error(stats.toString('errors-only'))) : resolve()));
});

/** Not minified. */
export async function by_rollup(folder, name) {
  const bundle = await rollup({ input: entry_of(folder), plugins: [node_resolve()] });
  await bundle.write({ dir: join(folder, name), format: 'es', compact: true });
}
