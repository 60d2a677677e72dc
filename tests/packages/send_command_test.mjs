// `npx postern send` of the packed tarball, and the native command beside it: what they send is
// genuine to who receives it, and they say the same of it.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  closeSync, mkdirSync, openSync, readFileSync, statSync, symlinkSync, writeFileSync,
} from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { pathToFileURL } from 'node:url';

import { root } from '../architecture/sources.mjs';
import { folder, native, packed, run, run_all, unpacked } from './both_commands.mjs';
import { free_ports } from './pages.mjs';

const { verify } = await import(pathToFileURL(join(unpacked, 'npm/lib/index.mjs')));

const commands = { native: [native], packed: [process.execPath, packed] };
const home = join(folder, 'home');
const work = join(folder, 'work');
[home, work].forEach((path) => mkdirSync(path));
// The native command has its samples there.
symlinkSync(join(root, 'fixtures'), join(work, 'fixtures'));

const env = { HOME: home, SECRET: 'whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=' };
const send = (which, words) => {
  const [file, ...before] = commands[which];
  return run(file, [...before, 'send', ...words], { cwd: work, env });
};

/** A receiver that keeps what it gets, and answers `status`. */
const got = [];
let status = 200;
const receiver = createServer(async (request, response) => {
  const pieces = [];
  for await (const piece of request) {
    pieces.push(piece);
  }
  const { method, url, headers } = request;
  got.push({ method, url, headers, body: Buffer.concat(pieces) });
  response.writeHead(status).end();
});
receiver.listen(0, '127.0.0.1');
await once(receiver, 'listening');
const base = `http://127.0.0.1:${receiver.address().port}`;
after(() => receiver.close());

/** What the receiver got since it was last asked. */
const taken = () => got.splice(0);

const judged = (provider, { method, url, headers, body }, options) => verify(provider,
  new Request(base + url, { method, headers, body: body.length === 0 ? null : body }),
  env.SECRET, options);

/** Both say the same, but for how long it took and how they are called. */
const plain = (text) => text.replace(/ \d+ ms\n/, ' N ms\n')
  .replaceAll(/^ {2}\S*(?:build\/postern|npx postern) send/gm, '  postern send');

test('a new event is signed for each provider that has a shared secret, and sent', async () => {
  for (const provider of ['stripe', 'github', 'shopify', 'slack', 'svix', 'standard-webhooks',
    'pagerduty', 'gitlab', 'twilio', 'woocommerce']) {
    const url = provider === 'twilio' ? ['--url', 'https://app.example/hooks?a=1'] : [];
    const said = await Promise.all(Object.keys(commands).map((which) => send(which,
      [provider, '--to', `${base}/hooks/it%20?b=%41`, '--secret-env', 'SECRET', ...url])));
    const [one, other] = said.map(({ code, out, err }) => ({ code, out: plain(out), err }));
    assert.deepEqual(other, one);
    assert.equal(one.code, 0, one.err);
    assert.match(one.out,
      new RegExp(`^${provider}: answered, status 200, N ms\nNext:\n.*--again `));
    const options = provider === 'twilio' ? { url: 'https://app.example/hooks?a=1' } : {};
    const requests = taken();
    assert.equal(requests.length, 2);
    const keys = new Set();
    for (const request of requests) {
      assert.equal(request.method, 'POST');
      assert.equal(request.url,
        provider === 'twilio' ? '/hooks/it%20?a=1' : '/hooks/it%20?b=%41');
      const result = await judged(provider, request, options);
      assert.ok(result.ok, `${provider}: ${JSON.stringify(result)}`);
      keys.add(result.event.key);
    }
    assert.equal(keys.size, 2, `${provider} has one event twice`);
  }
});

test('the same bytes again, and what another secret has signed', async () => {
  const to = ['--to', `${base}/hooks`];
  for (const which of Object.keys(commands)) {
    await send(which, ['stripe', ...to, '--secret-env', 'SECRET', '--event-type', 'invoice.paid']);
    const again = await send(which, ['stripe', ...to, '--again']);
    assert.equal(again.out, plain(again.out).replace(' N ms', / \d+ ms/.exec(again.out)[0]));
    await send(which, ['stripe', ...to, '--secret-env', 'SECRET', '--forge']);
    const [first, second, forged] = taken();
    const { date: _, ...headers } = first.headers;
    assert.deepEqual({ ...second, headers: { ...second.headers, date: undefined } },
      { ...first, headers: { ...headers, date: undefined } });
    assert.equal((await judged('stripe', first)).event.type, 'invoice.paid');
    assert.equal((await judged('stripe', forged)).reason, 'bad_signature');
    // A header may be a token.
    const kept = join(home, '.cache/postern/last-stripe.json');
    assert.equal(statSync(kept).mode & 0o777, 0o600);
  }
});

test('the answer is what is expected, or the exit code is 1', async () => {
  status = 401;
  const to = ['github', '--to', base, '--secret-env', 'SECRET'];
  for (const which of Object.keys(commands)) {
    const words = [['--expect', '401'], ['--expect', '200'], []];
    const codes = [];
    for (const more of words) {
      codes.push((await send(which, [...to, ...more])).code);
    }
    assert.deepEqual(codes, [0, 1, 0]);
  }
  status = 200;
  taken();
});

test('what cannot be sent is told in the same words', async () => {
  const [closed] = await free_ports(1);
  const to = ['--to', `${base}/hooks`];
  const secret = ['--secret-env', 'SECRET'];
  const nothing = join(folder, 'nothing');
  const wrong = join(folder, 'wrong.json');
  writeFileSync(wrong, '[]');
  writeFileSync(join(folder, 'policy.toml'), 'version = 1\n');
  const results = await run_all([
    ['stripe'], ['stripe', ...to], ['strpe', ...to, ...secret], ['stripe', ...secret],
    ['stripe', '--to', 'app.example', ...secret], ['stripe', ...to, '--secret-env', 'NONE'],
    ['stripe', ...to, '--secret-file', nothing], ['twilio', '--to', 'http:', ...secret],
    ['stripe', ...to, '--gate', base], ['stripe', ...to, ...secret, '--expect', 'yes'],
    ['stripe', ...to, ...secret, '--expect', 'refused'], ['datadog', ...to, '--again'],
    ['stripe', ...to, '--again', '--forge'], ['stripe', ...to, '--again', '--event-type', 'x'],
    ['stripe', ...to, '--again', ...secret], ['stripe', ...to, '--again', '--body', 'package.json'],
    ['stripe', ...to, ...secret, '--body', nothing], ['discord', ...to, ...secret],
    ['paypal', ...to, ...secret], ['stripe', '--session', wrong],
    ['stripe', '--gate', base, '--policy', nothing],
    ['stripe', '--gate', base, '--policy', join(folder, 'policy.toml')],
    ['stripe', '--gate', base, '--policy', 'postern.toml'],
    ['stripe', '--gate', base, '--policy', wrong], ['stripe', ...to, ...secret, '--providers', 'x'],
    ['stripe', ...to, ...secret, '--records', nothing],
    ['stripe', '--to', `http://${'a'.repeat(9000)}`, ...secret],
  ].map((words) => [['send', ...words], { env }]));
  assert.deepEqual(results.filter(({ code }) => ![2, 3, 4].includes(code)), []);
  assert.deepEqual(taken(), []);
  for (const which of Object.keys(commands)) {
    const url = `http://127.0.0.1:${closed}/hooks`;
    const { code, err } = await send(which, ['stripe', '--to', `${url}?token=x`, ...secret]);
    assert.equal(code, 4);
    assert.ok(err.startsWith(`${url}: `), err);
  }
});

test('an address that cannot be reached is told without its password', async () => {
  for (const which of Object.keys(commands)) {
    const { code, out, err } = await send(which,
      ['stripe', '--to', 'http://user:hunter2@127.0.0.1:1/in', '--secret-env', 'SECRET']);
    assert.notEqual(code, 0);
    assert.match(err, /127\.0\.0\.1:1\/in/);
    assert.doesNotMatch(out + err, /hunter2/);
  }
});

test('a gate that runs is sent to by its policy and its settings', async () => {
  const [port] = await free_ports(1);
  const file = (name) => join(work, name);
  writeFileSync(file('postern.toml'), [
    'version = 1', '[sources.payments]', 'path = "/hooks/stripe"', 'provider = "stripe"',
    'secrets = ["env:SECRET"]', '[[sources.payments.routes]]', 'events = ["*"]',
    `to = "${base}/origin"`, 'deliver = "proxy"', '',
  ].join('\n'));
  writeFileSync(file('gate.env'), `SECRET=${env.SECRET}\n`);
  const log = openSync(file('gate.log'), 'w');
  const gate = spawn(process.execPath, [packed, 'serve', '--policy', 'postern.toml', '--settings',
    'gate.env', '--development', '--ledger', 'memory:', '--port', String(port)],
  { cwd: work, stdio: ['ignore', log, 'inherit'] });
  closeSync(log);
  try {
    await answers(`http://127.0.0.1:${port}/healthz`);
    const to = ['--gate', `http://127.0.0.1:${port}`, '--policy', 'postern.toml', '--settings',
      'gate.env', '--records', 'gate.log'];
    for (const which of Object.keys(commands)) {
      for (const [words, verdict] of [
        [['stripe'], 'forwarded'], [['stripe', '--again'], 'duplicate'],
        [['payments', '--forge'], 'refused'],
      ]) {
        const { code, out, err } = await send(which, [...words, ...to, '--expect', verdict]);
        assert.equal(code, 0, `${which} ${words}: ${out}${err}`);
        assert.match(out, new RegExp(`^${words[0]}: ${verdict}( \\(bad_signature\\))?, status `));
      }
    }
    assert.equal(taken().filter(({ url }) => url === '/origin').length, 2);
  } finally {
    gate.kill('SIGTERM');
    await once(gate, 'exit');
  }
  assert.ok(!readFileSync(file('gate.log'), 'utf8').includes(env.SECRET));
});

/** Waits until somebody answers there. */
async function answers(url) {
  const deadline = Date.now() + 30_000;
  while (Date.now() < deadline) {
    try {
      if ((await fetch(url)).ok) {
        return;
      }
    } catch {
      // Not yet.
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  assert.fail(`nobody answers at ${url}`);
}
