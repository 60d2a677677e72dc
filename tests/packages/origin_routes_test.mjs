// The routes of frameworks that the examples for origins have: a forward of the gate arrives, and
// what is not from it is refused.

import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

import express from 'express';

import { webhooks as express_route } from '../../examples/origin/express.mjs';
import {
  build_go, examples, gate, is_missing, new_ledger, now, other, send, sender_secret, senders,
} from './origins/support.mjs';
import { free_ports } from './pages.mjs';

/** One forward of the gate to `url`, and what became of it and of one with a byte more. */
async function statuses_at(url) {
  const hooks = gate({
    development: true, ledger: new_ledger(), gate: { sign_forwards: 'env:A' }, env: { A: now },
    sources: {
      stripe: {
        path: '/hooks/stripe', provider: 'stripe', secrets: [sender_secret], routes: [{ to: url }],
      },
    },
  });
  const genuine = await send(hooks, senders.stripe('evt_3'));
  await hooks.close();
  const forged = await fetch(url, {
    method: 'POST', body: '{}',
    headers: { 'webhook-id': '0'.repeat(64), 'webhook-timestamp': '1', 'postern-source': 'stripe' },
  });
  return [genuine, forged.status];
}

/** A process that listens at `port`, until `then` is done. */
async function while_running(command, port, env, then) {
  const child = spawn(command[0], command.slice(1), {
    env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  child.stdout.on('data', (text) => {
    said += text;
  });
  child.stderr.on('data', (text) => {
    said += text;
  });
  const is_up = () => new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => resolve(true)).on('error', () =>
      resolve(false));
    socket.on('connect', () => socket.destroy());
  });
  for (let tries = 0; !await is_up(); tries += 1) {
    assert.ok(tries < 500 && child.exitCode === null, said);
    await sleep(20);
  }
  try {
    return await then();
  } finally {
    child.kill('SIGKILL');
    await once(child, 'close');
  }
}

test('the route for Express takes a forward, whatever parses bodies behind it', async () => {
  const booked = [];
  const [port] = await free_ports(1);
  const url = `http://127.0.0.1:${port}/webhooks`;
  const app = express();
  app.post('/webhooks', ...express_route({
    url, secrets: [now], book: (event, body) => booked.push([event, body]),
  }));
  app.use(express.json());
  const server = app.listen(port, '127.0.0.1');
  await once(server, 'listening');
  assert.deepEqual(await statuses_at(url), [200, 401]);
  assert.deepEqual(booked.map(([{ type, id }, body]) => [type, id, JSON.parse(body).id]),
    [['invoice.paid', 'evt_3', 'evt_3']]);
  server.close();
  server.closeAllConnections();
});

test('the page of plain PHP takes a forward', async (t) => {
  if (is_missing(t, 'PHP')) {
    return;
  }
  const [port] = await free_ports(1);
  const url = `http://127.0.0.1:${port}/webhooks.php`;
  await while_running(['php', '-S', `127.0.0.1:${port}`, '-t', examples], port,
    { POSTERN_DESTINATION: url, POSTERN_SECRETS: `${other} ${now}` }, async () =>
      assert.deepEqual(await statuses_at(url), [200, 401]));
});

test('the handler in Go takes a forward', async (t) => {
  if (is_missing(t, 'Go')) {
    return;
  }
  const [program] = build_go();
  const [port] = await free_ports(1);
  const url = `http://127.0.0.1:${port}/webhooks`;
  await while_running([program, String(port), url, now], port, {}, async () =>
    assert.deepEqual(await statuses_at(url), [200, 401]));
});

// Neither framework is here: that their routes are of the language is all that is tried.
for (const [name, command] of [
  ['Python', ['python3', '-c', 'import ast, sys; ast.parse(open(sys.argv[1]).read())',
    'django_view.py']],
  ['Ruby', ['ruby', '-c', 'rails_controller.rb']],
]) {
  test(`the route of a framework in ${name} can be parsed`, (t) => {
    if (!is_missing(t, name)) {
      const { status, stderr } = spawnSync(command[0], command.slice(1),
        { cwd: examples, encoding: 'utf8' });
      assert.equal(status, 0, stderr);
    }
  });
}
