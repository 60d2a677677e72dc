// Projects as their users have them: a framework, installed by tests/frameworks/package.json into
// build/frameworks, and the package as npm would lay it beside.

import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';

import Stripe from 'stripe';

import { root, tarball, write_files } from '../packages/packed.mjs';

const home = join(root, 'build/frameworks');

export const secret = 'whsec_f1c7e5ec2e70f1c7e5ec2e70f1c7e5e1';

/** How long a server may take until it answers, in milliseconds. */
const start_ms_max = 60_000;

const environment = {
  ...process.env, CI: '1', NO_COLOR: '1', NODE_ENV: 'production', SECRET: secret,
  NEXT_TELEMETRY_DISABLED: '1',
};

/** Makes the project `name` below what is installed, with the package in it. Gives its folder. */
export function make_framework_project(name, files) {
  const folder = join(home, name);
  rmSync(folder, { recursive: true, force: true });
  const installed = join(folder, 'node_modules/postern');
  mkdirSync(installed, { recursive: true });
  execFileSync('tar', ['xzf', tarball(), '--strip-components=1', '-C', installed]);
  write_files(folder, { 'package.json': '{ "private": true, "type": "module" }\n', ...files });
  return folder;
}

/** Runs the script `file` of an installed package with `words` in `folder`. */
export function run(folder, file, words) {
  try {
    execFileSync(process.execPath, [join(home, 'node_modules', file), ...words],
      { cwd: folder, env: environment, stdio: 'pipe', encoding: 'utf8' });
  } catch ({ stdout, stderr }) {
    throw new Error(`${file} ${words.join(' ')} failed:\n${stdout}${stderr}`);
  }
}

async function free_port() {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Starts the script `file` with `words_of(port)`; gives `{ url, stop }` once it answers. */
export async function start(folder, file, words_of, more = () => ({})) {
  const port = await free_port();
  const child = spawn(process.execPath, [file, ...words_of(port)],
    { cwd: folder, env: { ...environment, ...more(port) }, stdio: ['ignore', 'pipe', 'pipe'] });
  const said = Promise.all([text(child.stdout), text(child.stderr)]);
  const stop = async () => {
    child.kill('SIGKILL');
    await said;
  };
  const url = `http://127.0.0.1:${port}`;
  const give_up_at = Date.now() + start_ms_max;
  for (;;) {
    try {
      await (await fetch(url)).arrayBuffer();
      return { url, stop };
    } catch (failure) {
      if (child.exitCode !== null || Date.now() > give_up_at) {
        await stop();
        throw new Error(`no answer of ${file}:\n${(await said).join('')}`, { cause: failure });
      }
      await sleep(100);
    }
  }
}

const { webhooks } = new Stripe('sk_test_frameworks');
let count = 0;

/** `[status, text]` of what comes back of an event that the vendor's library signs with `key`. */
export async function deliver(url, key = secret) {
  count += 1;
  const payload = JSON.stringify({ id: `evt_${count}`, object: 'event', type: 'invoice.paid' });
  const response = await fetch(url, {
    method: 'POST', body: payload,
    headers: {
      'content-type': 'application/json',
      'stripe-signature': webhooks.generateTestHeaderString({ payload, secret: key }),
    },
  });
  return [response.status, await response.text()];
}

export const forged_key = 'whsec_00000000000000000000000000000000';
