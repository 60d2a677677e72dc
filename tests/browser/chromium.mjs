// A page in headless Chromium, which is given work and gives back what it made of it.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { extname, join, normalize } from 'node:path';
import { text } from 'node:stream/consumers';

/** Nothing here but the page's own server is talked to. */
const switches = [
  '--headless', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--disable-quic',
  '--no-first-run', '--disable-background-networking', '--disable-component-update',
  '--disable-sync',
];

const types = {
  '.html': 'text/html', '.js': 'text/javascript', '.mjs': 'text/javascript',
  '.wasm': 'application/wasm',
};

/** How long a page may take: the slowest takes some ten seconds on a machine that does else. */
const page_ms_max = 240_000;

/**
 * Shows `index.html` of `folder`, which GETs `work.json`, `work` as JSON, and POSTs `result.json`;
 * gives what it posted. A page that fails posts `{ failure }`, which is thrown here.
 */
export async function run_page(folder, work) {
  const { promise: posted, resolve, reject } = Promise.withResolvers();
  const server = createServer((request, response) => {
    answer(folder, work, request, response).then((result) => {
      if (result !== null) {
        resolve(result);
      }
    }, reject);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const profile = mkdtempSync(join(tmpdir(), 'postern-chromium-'));
  const browser = spawn(process.env.CHROMIUM ?? 'chromium',
    [...switches, `--user-data-dir=${profile}`, `http://127.0.0.1:${server.address().port}/`],
    { stdio: ['ignore', 'ignore', 'pipe'], detached: true });
  const said = text(browser.stderr);
  browser.on('error', reject);
  browser.on('exit', () => said.then((lines) => reject(new Error(`Chromium ended: ${lines}`))));
  const timer = setTimeout(
    () => reject(new Error(`the page took more than ${page_ms_max} ms`)), page_ms_max);
  try {
    const { failure, ...result } = await posted;
    if (failure !== undefined) {
      throw new Error(`in the page: ${failure}`);
    }
    return result;
  } finally {
    clearTimeout(timer);
    await end_group(browser);
    server.close();
    server.closeAllConnections();
    rmSync(profile, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  }
}

/** Gives what was posted, or null for any other request. */
async function answer(folder, work, request, response) {
  if (request.method === 'POST') {
    const result = JSON.parse(await text(request));
    response.end();
    return result;
  }
  if (request.url === '/work.json') {
    response.end(JSON.stringify(work));
    return null;
  }
  const file = join(folder, normalize(request.url === '/' ? '/index.html' : request.url));
  try {
    response.setHeader('content-type', types[extname(file)] ?? 'application/octet-stream');
    response.end(readFileSync(file));
  } catch {
    response.writeHead(404).end();
  }
  return null;
}

/** A browser is several processes: they are a group of their own, and end together. */
async function end_group(browser) {
  if (browser.pid !== undefined && browser.exitCode === null) {
    process.kill(-browser.pid, 'SIGKILL');
    await once(browser, 'exit');
  }
}
