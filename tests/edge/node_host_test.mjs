// The host of examples/node: Node, the ledger in memory, both modes.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, test } from 'node:test';

import {
  compile_policy, device_policy, root, scratch, secret, sha256, signed, start_origin, until,
} from './edge.mjs';

let origin;
const hosts = [];

before(async () => {
  origin = await start_origin();
});
after(() => {
  origin.close();
  hosts.forEach((child) => child.kill());
});

/** Starts a host; gives `deliver` and the lines of its log. */
async function start_host(name, options) {
  origin.requests.length = 0;
  origin.answer = (_request, response) => response.end('done');
  compile_policy(name, device_policy(origin.url, options));
  const child = spawn(process.execPath,
    [join(root, 'examples/node/host.mjs'), join(scratch, `${name}.bin`), '0'],
    { env: { ...process.env, DEVICE_SECRET: secret }, stdio: ['ignore', 'pipe', 'inherit'] });
  hosts.push(child);
  const lines = [];
  createInterface({ input: child.stdout }).on('line', (line) => lines.push(line));
  await until(() => lines.length > 0, 30_000);
  return {
    lines,
    async deliver(body, headers = signed(body)) {
      const answer = await fetch(`${lines[0]}/hooks/device`, { method: 'POST', body, headers });
      return { status: answer.status, text: await answer.text() };
    },
  };
}

test('forwards a genuine delivery once, and refuses a forged one', async () => {
  const host = await start_host('node_proxy', {});
  const body = '{"id":"node-1"}';
  assert.deepEqual(await host.deliver(body), { status: 200, text: 'done' });
  assert.equal((await host.deliver(body)).status, 200);
  assert.equal((await host.deliver('{"id":"node-2"}', signed(body))).status, 401);
  assert.deepEqual(origin.requests.map((request) => request.sha256), [sha256(body)]);
  await until(() => host.lines.filter((line) => line.includes('"verdict"')).length === 3);
});

test('of thirty copies that come together one reaches the origin', async () => {
  const host = await start_host('node_copies', { busy_wait: '2s' });
  origin.answer = (_request, response) => setTimeout(() => response.end('done'), 200);
  const body = '{"id":"node-3"}';
  const answers = await Promise.all(Array.from({ length: 30 }, () => host.deliver(body)));
  assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([200]));
  assert.equal(origin.requests.length, 1);
});

test('in queue mode an origin that is down gets the event when it is up', async () => {
  const host = await start_host('node_queue',
    { queue: '{ schedule = "fixed", first = "1s", attempts = 3 }' });
  origin.answer = (_request, response) => {
    response.statusCode = origin.requests.length < 2 ? 503 : 200;
    response.end();
  };
  const body = '{"id":"node-4"}';
  assert.equal((await host.deliver(body)).status, 200);
  await until(() => origin.requests.length === 2, 15_000);
  assert.equal((await host.deliver(body)).status, 200);
  await until(() => host.lines.some((line) => line.includes('"attempt":2')), 15_000);
  assert.equal(origin.requests.length, 2);
});
