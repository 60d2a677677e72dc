// What the tests of the Worker share: the Worker of the tests in workerd, an origin, a policy with
// one signed source, and raw requests.

import { execFileSync } from 'node:child_process';
import { createHash, createHmac } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { Children } from '../../scripts/children.mjs';
import { choose_port } from '../../scripts/ports.mjs';
import { read_policy_head } from '../../hosts/fetch/effects.mjs';

export const root = join(dirname(fileURLToPath(import.meta.url)), '../..');

/** Where the tests leave their files. */
export const scratch = join(root, 'build/edge');

/** Nothing of these tests talks to the world, nor does what they start. */
export const offline = {
  WRANGLER_SEND_METRICS: 'false', CLOUDFLARE_CF_FETCH_ENABLED: 'false', CI: '1', NO_COLOR: '1',
};
Object.assign(process.env, offline);

/** What opens the operators' door, where a test opens it. */
export const admin_token = 'a token of the tests, thirty-two characters and more';

export const secret = 'a secret of the tests, thirty-two characters and more';

export function run_postern(...args) {
  return execFileSync(join(root, 'build/postern'), args, { cwd: root, encoding: 'utf8' });
}

/** Compiles a policy's text as `./dev up` does: plain HTTP and private origins are let in. */
export function compile_policy(name, text) {
  mkdirSync(scratch, { recursive: true });
  const source = join(scratch, `${name}.toml`);
  const compiled = join(scratch, `${name}.bin`);
  writeFileSync(source, text);
  run_postern('compile', '--development', source, '-o', compiled);
  return readFileSync(compiled);
}

/**
 * A policy with one source at /hooks/device, signed by `secret`, which forwards to the paths `to`
 * of `origin`: in queue mode when there is a schedule, `queue`.
 */
export function device_policy(origin, {
  max_body = '64KiB', busy_wait = '0s', timeout = '5s', to = ['/device'], queue,
} = {}) {
  const queued = queue === undefined ? '' : `deliver = "queue"\nretry = ${queue}\n`;
  return `version = 1
[gate]
max_body = "${max_body}"
[sources.device]
path = "/hooks/device"
forward_headers = ["x-postern-trap"]
secrets = ["env:DEVICE_SECRET"]
busy_wait = "${busy_wait}"
[sources.device.scheme]
name = "Device"
sends = ["json"]
[sources.device.scheme.signature]
algorithm = "hmac-sha256"
from = { header = "X-Signature", prefix = "sha256=" }
encoding = "hex"
content = "{body}"
key = "utf8"
[sources.device.scheme.event]
identity = { body = "/id" }
[sources.device.scheme.retries]
attempts = 5
horizon = "1d"
[[sources.device.routes]]
to = ${to.length === 1 ? `"${origin}${to[0]}"` : JSON.stringify(to.map((path) => origin + path))}
timeout = "${timeout}"
${queued}`;
}

export const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');

/** The headers of a genuine delivery of `body`. */
export function signed(body) {
  const mac = createHmac('sha256', secret).update(body).digest('hex');
  return { 'content-type': 'application/json', 'x-signature': `sha256=${mac}` };
}

/** The Worker of the tests in workerd. Only this reads wrangler, which takes seconds. */
export async function start_worker() {
  const { createTestHarness } = await import('wrangler');
  const server = createTestHarness({
    root, workers: [{ configPath: join(root, 'tests/edge/wrangler.test.toml') }],
  });
  const { url } = await server.listen();
  return { logs: () => server.getLogs(), close: () => server.close(), ...worker_at(url) };
}

/** Starts `wrangler dev` with its state in a folder, which outlives it: `{ url, stop }`. */
export async function start_dev(name, config, state) {
  const port = await choose_port(name, 8797);
  const children = new Children();
  const url = new URL(`http://127.0.0.1:${port}`);
  children.start(name, process.execPath, [
    join(root, 'node_modules/wrangler/bin/wrangler.js'), 'dev', '--config', config,
    '--persist-to', state, '--ip', '127.0.0.1', '--port', String(port), '--inspector-port', '0',
    '--show-interactive-dev-session=false',
  ], { cwd: root, log: join(scratch, `${name}.log`) });
  const died = new Promise((_resolve, reject) => {
    children.on_death((_name, log) => reject(new Error(readFileSync(log, 'utf8'))));
  });
  try {
    await Promise.race([children.answers(name, url, 60_000), died]);
  } catch (failure) {
    await children.stop_all();
    throw failure;
  }
  return { url, stop: () => children.stop_all() };
}

/** What tests do with the Worker of the tests that listens at `url`. */
export function worker_at(url) {
  const post = (path, value) => fetch(new URL(path, url), {
    method: 'POST', body: JSON.stringify(value),
  });
  return {
    url,
    /** Takes a play of a plan file through the Worker, see play.mjs. */
    async play(step) {
      const response = await post('/-test/play', step);
      if (response.status !== 200) {
        throw new Error(await response.text());
      }
      return response.json();
    },
    /** Deliveries from now on meet this policy, the real network and shards of their own. */
    async go_live(policy, {
      is_trapping = false, is_carrying = true, keeps_carrying = false, device_secret = secret,
      object_ahead_ms = 0, bindings = {}, failures = {}, shard_prefix = `live ${shards += 1} `,
    } = {}) {
      const names = read_policy_head(new Uint8Array(policy)).setting_names;
      const settings = names.map((name) => (name === 'DEVICE_SECRET' ? device_secret : ''));
      const policy_b64 = policy.toString('base64');
      await post('/-test/live',
        {
          policy_b64, settings, is_trapping, is_carrying, keeps_carrying, object_ahead_ms,
          shard_prefix, failures, bindings: { POSTERN_ADMIN_PLAIN_HTTP: 'allowed', ...bindings },
        });
      return shard_prefix;
    },
    /** What the objects have forwarded since `go_live`: `{ count, waiting, most }`. */
    carried: async () => (await fetch(new URL('/-test/carried', url))).json(),
    /** Calls a method of a store that nobody else uses. */
    probe: async (call, ...values) => {
      const response = await post('/-test/probe', { call, values });
      if (response.status !== 200) {
        throw new Error(await response.text());
      }
      return response.json();
    },
    /** Performs effects of the kind `limit` in turn, and gives their outcomes. */
    limit: async (effects) => (await post('/-test/limit', { effects })).json(),
    /** Sets the clock of the Worker and its objects, from now on, ahead of the machine's. */
    set_clock: (ahead_ms) => post('/-test/clock', { ahead_ms }),
    /** Calls a method of the one ledger object that this policy has used. */
    async ledger(shard_prefix, call, argument) {
      return (await post('/-test/ledger', { shard_prefix, call, argument })).json();
    },
    /** Calls the operators' door as `{ status, answer }`; `answer` null when it is silent. */
    async administer(call, token = admin_token) {
      const response = await fetch(new URL('/.postern/ledger', url), {
        method: 'POST', headers: { authorization: `Bearer ${token}` }, body: JSON.stringify(call),
      });
      const text = await response.text();
      return { status: response.status, answer: text === '' ? null : JSON.parse(text) };
    },
    /** Sends a delivery with a signature of its own unless `headers` brings one. */
    async deliver(body, headers = signed(body)) {
      const gate = new URL('/hooks/device', url);
      const response = await fetch(gate, { method: 'POST', body, headers });
      return { status: response.status, headers: response.headers, text: await response.text() };
    },
  };
}

let shards = 0;

/**
 * An origin on loopback that keeps what it got, `{ headers, sha256, at }`, and answers by
 * `origin.answer(request, response)`.
 */
export async function start_origin() {
  const origin = {
    requests: [],
    answer: (_request, response) => response.end('done'),
  };
  const server = createServer((request, response) => {
    const chunks = [];
    request.on('data', (chunk) => chunks.push(chunk));
    request.on('end', () => {
      const { headers, method, url } = request;
      origin.requests.push({ headers, method, url, sha256: sha256(Buffer.concat(chunks)) });
      origin.answer(request, response);
    });
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  origin.url = `http://127.0.0.1:${server.address().port}`;
  origin.close = () => {
    server.closeAllConnections();
    server.close();
  };
  return origin;
}

/** A connection for what no HTTP client would send. `read` gives what has come back so far. */
export async function open_raw(url, text) {
  const socket = connect(Number(url.port), url.hostname);
  let received = '';
  socket.on('data', (chunk) => {
    received += chunk;
  });
  socket.on('error', () => {});
  await new Promise((resolve) => socket.once('connect', resolve));
  socket.write(text);
  return { socket, read: () => received };
}

/** Waits until `holds()`, and fails after `longest_ms`. */
export async function until(holds, longest_ms = 5000) {
  const give_up_at = Date.now() + longest_ms;
  while (!holds()) {
    if (Date.now() > give_up_at) {
      throw new Error(`waited ${longest_ms} ms for: ${holds}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

export const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
