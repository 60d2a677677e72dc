// A page of a project that has the package and nothing else, bundled as its users bundle it.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { build } from 'vite';

import { make_project, root } from '../packages/packed.mjs';

import { run_page } from './chromium.mjs';

const html = '<!doctype html><script type="module" src="./main.mjs"></script>\n';

/** Makes the project `name` of `files`, whose `main.mjs` is the page's script. Gives its folder. */
export function make_page_project(name, files) {
  return make_project(name, { files: {
    'index.html': html,
    'page.mjs': readFileSync(join(root, 'tests/browser/page.mjs'), 'utf8'),
    ...files,
  } });
}

/** Bundles the page in `folder` by Vite, gives it `work`, and gives what comes of it. */
export async function bundle_and_run(folder, work, plugins = []) {
  await build({
    root: folder, configFile: false, logLevel: 'error', plugins, build: { target: 'esnext' },
  });
  return run_page(join(folder, 'dist'), work);
}
