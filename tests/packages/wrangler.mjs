// Workers of a project, run and built by wrangler as its users do it, offline.

import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';

/** How often is looked, and how often until it is given up: three minutes, on a busy machine. */
const look_ms = 50;
const looks_max = 3600;

/** What npm puts into node_modules/.bin; the project has both packages. */
const commands = {
  postern: 'node_modules/postern/npm/cli/main.mjs',
  wrangler: 'node_modules/wrangler/bin/wrangler.js',
};

/** `{ run, start }` for the project in `folder`, which depends on `wrangler`. */
export function shell_of(folder) {
  const bin = join(folder, 'node_modules/.bin');
  mkdirSync(bin, { recursive: true });
  for (const [name, script] of Object.entries(commands)) {
    const file = join(bin, name);
    writeFileSync(file, `#!/bin/sh\nexec '${process.execPath}' '${join(folder, script)}' "$@"\n`);
    chmodSync(file, 0o755);
  }
  const options = {
    cwd: folder,
    env: {
      ...process.env, PATH: `${bin}:${process.env.PATH}`, CI: '1', NO_COLOR: '1',
      WRANGLER_SEND_METRICS: 'false', CLOUDFLARE_CF_FETCH_ENABLED: 'false',
      WRANGLER_LOG_PATH: join(folder, 'logs'),
    },
  };
  return {
    /** What `command` prints. Throws when it fails. */
    run: (command) =>
      execFileSync('sh', ['-c', command], { ...options, encoding: 'utf8', stdio: 'pipe' }),
    start: (command) => start(command, options),
  };
}

/**
 * Starts `command`, which is a `wrangler dev` or ends with one. Gives `{ url, until_said, said,
 * stop }` when it takes requests: `said()` is what it printed so far.
 */
async function start(command, options) {
  const child = spawn('sh', ['-c', `${command} --ip 127.0.0.1 --port 0 --inspector-port 0 ` +
    '--show-interactive-dev-session=false'], { ...options, detached: true });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      text += chunk;
    });
  }
  async function until_said(pattern) {
    for (let looks = 0; !pattern.test(text); looks += 1) {
      assert.ok(looks < looks_max && child.exitCode === null, text);
      await sleep(look_ms);
    }
    return pattern.exec(text);
  }
  async function stop() {
    if (child.exitCode === null) {
      process.kill(-child.pid, 'SIGINT');
      await once(child, 'exit');
    }
    rmSync(join(options.cwd, '.wrangler'), { recursive: true, force: true });
  }
  try {
    const [, url] = await until_said(/Ready on (http:\/\/\S+)/);
    return { url, until_said, said: () => text, stop };
  } catch (failure) {
    await stop();
    throw failure;
  }
}

/** `{ modules, gzip }` of what a dry run left in `folder`: names of WebAssembly, bytes of all. */
export function read_deployed(folder) {
  const files = readdirSync(folder).filter((file) => /\.(js|wasm)$/.test(file));
  const sizes =
    files.map((file) => gzipSync(readFileSync(join(folder, file)), { level: 9 }).length);
  return {
    modules: files.filter((file) => file.endsWith('.wasm')),
    gzip: sizes.reduce((sum, size) => sum + size),
  };
}
