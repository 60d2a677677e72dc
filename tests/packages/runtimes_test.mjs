// The same gate behind node:http in Node, Deno and Bun, with each ledger of the package: what is
// genuine is worked on once, also after a restart where the ledger is a file.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, test } from 'node:test';

import { make_project, root } from './packed.mjs';
import { body_bytes_max, request_bytes, secret, send_raw, signed } from './served.mjs';

const program = `import process from 'node:process';
import { createServer } from 'node:http';
import { gate } from 'postern';
import { memory } from 'postern/ledger/memory';
import { sqlite } from 'postern/ledger/sqlite';
import { node } from 'postern/node';

const [file, secret] = process.argv.slice(2);
const hooks = gate({
  gate: { max_body: '64KiB' },
  sources: {
    stripe: {
      path: '/hooks/stripe', provider: 'stripe', secrets: [secret],
      routes: [{ events: ['invoice.*'], to: (event) => console.log('event ' + event.id) }],
    },
  },
  ledger: file === 'memory' ? memory() : sqlite(file),
});
const server = createServer(node(hooks, { https: 'x-forwarded-proto' }));
server.listen(0, '127.0.0.1', () => console.log('port ' + server.address().port));
process.on('SIGTERM', async () => {
  await hooks.close();
  process.exit(0);
});
`;

const folder = make_project('servers_of_runtimes', { files: { 'server.mjs': program } });

const runtimes = {
  Node: [process.execPath],
  Deno: [join(root, 'node_modules/.bin/deno'), 'run', '--allow-all', '--no-remote',
    '--node-modules-dir=manual'],
  Bun: [join(root, 'node_modules/.bin/bun'), 'run'],
};

const running = new Set();
after(() => running.forEach((child) => child.kill('SIGKILL')));

async function start([command, ...options], file) {
  const child = spawn(command, [...options, 'server.mjs', file, secret], {
    cwd: folder, stdio: ['ignore', 'pipe', 'ignore'],
    env: { ...process.env, DENO_NO_UPDATE_CHECK: '1', DENO_DIR: join(folder, 'deno') },
  });
  running.add(child);
  const ended = once(child, 'exit');
  ended.then(() => running.delete(child));
  const events = [];
  const port = await new Promise((resolve, reject) => {
    ended.then(([code]) => reject(new Error(`it ended with ${code}`)));
    createInterface({ input: child.stdout }).on('line', (line) => {
      const [what, value] = line.split(' ');
      if (what === 'port') {
        resolve(Number(value));
      } else {
        events.push(value);
      }
    });
  });
  return {
    events,
    send({ headers, body }) {
      const https = { ...headers, 'x-forwarded-proto': 'https' };
      return send_raw(port, request_bytes({ headers: https, body }));
    },
    async stop() {
      child.kill('SIGTERM');
      const [code] = await ended;
      assert.equal(code, 0);
    },
  };
}

const chunked = ({ headers, body }) => ({
  headers: { ...headers, 'transfer-encoding': 'chunked' },
  body: `${Buffer.byteLength(body).toString(16)}\r\n${body}\r\n0\r\n\r\n`,
});

for (const [name, command] of Object.entries(runtimes)) {
  for (const file of ['memory', `${name}.db`]) {
    test(`${name}, the ledger ${file === 'memory' ? 'in memory' : 'in a file'}`, async () => {
      const server = await start(command, file);
      const delivery = signed({ bytes: 1000 });
      assert.equal(await server.send(delivery), 200);
      assert.equal(await server.send(delivery), 200);
      assert.equal(await server.send(chunked(signed({ bytes: 30_000 }))), 200);
      assert.equal(await server.send(signed({ key: 'whsec_of_nobody_0123456789abcd' })), 401);
      const large = signed({ bytes: 4 * body_bytes_max });
      assert.equal(await server.send(large), 413);
      assert.equal(await server.send(chunked(large)), 413);
      await server.stop();
      assert.equal(server.events.length, 2);
      if (file !== 'memory') {
        const again = await start(command, file);
        assert.equal(await again.send(delivery), 200);
        await again.stop();
        assert.deepEqual(again.events, []);
      }
    });
  }
}
