// What commands print for others to use: lines for a shell, reports, the calls of the demo origin.

import assert from 'node:assert/strict';
import { execFile, spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';

import { root, sha256, until } from './edge.mjs';

const folder = mkdtempSync(join(tmpdir(), 'postern-pasted-'));
after(() => rmSync(folder, { recursive: true }));

const env = { ...process.env, TEST_SECRET: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw' };
const run = (args, options = {}) => spawnSync(join(root, 'build/postern'), args,
  { cwd: root, encoding: 'utf8', timeout: 60_000, env, input: '', ...options });

const sign = (args, input) => run(['sign', ...args, '--secret-env', 'TEST_SECRET'], { input });

/** Runs a line in a shell while a server of ours takes what it sends. */
async function pasted(line) {
  const got = [];
  const server = createServer((request, response) => {
    const chunks = [];
    request.on('data', (chunk) => chunks.push(chunk));
    request.on('end', () => {
      got.push({ method: request.method, url: request.url, headers: request.headers,
        body: Buffer.concat(chunks) });
      response.end();
    });
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const shell = line.replaceAll('http://gate.test', `http://127.0.0.1:${server.address().port}`);
  const failure = await new Promise((resolve) => execFile('sh', ['-c', shell], resolve));
  server.close();
  assert.equal(failure, null, shell);
  assert.equal(got.length, 1, shell);
  return got[0];
}

test('a curl command of sign sends what was signed, byte for byte, and a type', async () => {
  const bodies = [
    ['{"id":"evt_1","a":"it\'s $HOME `x`"}', 'application/json'], ['@/etc/passwd=1', undefined],
    ['a=1&b=%20c', 'application/x-www-form-urlencoded'], ['\u0000\u00ff\n', ''], ['', ''],
    ['<a b="c"/>', ''], [' [1]\n', 'application/json'],
  ];
  for (const [body, type] of bodies) {
    const { stdout, status, stderr } =
      sign(['github', '--curl', 'http://gate.test/a?b=c&d=$e'], body);
    assert.equal(status, 0, stderr);
    const got = await pasted(stdout);
    assert.equal(got.body.toString('hex'), Buffer.from(body).toString('hex'), stdout);
    assert.equal(got.url, '/a?b=c&d=$e');
    if (type !== undefined) {
      assert.equal(got.headers['content-type'], type, stdout);
    }
    assert.match(got.headers['x-hub-signature-256'], /^sha256=/);
  }
  const { stdout } = sign(['github', '--curl', 'http://gate.test/', '--header', 'X-Empty=',
    '--header=content-type=text/plain', '--header', "x-quote=it's", '--method', 'PUT'], '{}');
  const { method, headers } = await pasted(stdout);
  assert.deepEqual([method, headers['x-empty'], headers['content-type'], headers['x-quote']],
    ['PUT', '', 'text/plain', "it's"]);
});

test('an option that changes nothing of what is signed is refused', () => {
  const json = '{"id":"evt_1"}';
  for (const [provider, option] of [['github', ['--at', '5']], ['stripe', ['--id', 'x']],
    ['stripe', ['--url', 'https://a.test/']], ['stripe', ['--event-type', 'x']],
    ['stripe', ['--method', 'POST']]]) {
    const { status, stderr } = sign([provider, ...option], json);
    assert.equal(status, 2, `${provider} ${option}`);
    assert.match(stderr, new RegExp(`^${option[0]} changes nothing of what ${provider} sends`));
  }
  for (const args of [['stripe', '--at', '0'], ['standard-webhooks', '--id', 'msg_1'],
    ['github', '--event-type', 'push'], ['stripe', '--method', 'POST', '--json'],
    ['twilio', '--url', 'https://a.test/', '--header',
      'content-type=application/x-www-form-urlencoded'], ['slack', '--at', '5']]) {
    assert.equal(sign(args, args[0] === 'twilio' ? 'a=b' : json).status, 0, args.join(' '));
  }
});

test('a header is one, goes into what is signed, and is not set by the signature itself', () => {
  for (const header of ['a', '=b', 'a b=c', 'a:=c', 'a\n=c', 'é=c', 'a=b\nx: y', 'a=\u0001']) {
    const { status, stderr } = sign(['stripe', '--header', header], '{}');
    assert.equal(status, 2, header);
    assert.match(stderr, /^--header wants NAME=VALUE/);
  }
  for (const header of ['Stripe-Signature=v1', 'stripe-signature=']) {
    const { status, stderr } = sign(['stripe', '--header', header], '{}');
    assert.equal(status, 2, header);
    assert.match(stderr, /^--header .* changes nothing of what stripe sends/);
  }
  for (const header of ['a=', "x!#$%&'*+-.^_`|~0=é\t=", 'content-type=text/plain']) {
    assert.equal(sign(['stripe', '--header', header], '{}').status, 0, header);
  }
});

test('what has a shared secret is not signed by a private key', () => {
  const key = join(folder, 'key');
  writeFileSync(key, 'ab'.repeat(32));
  for (const [provider, status] of [['stripe', 2], ['gitlab-token', 2], ['datadog', 2],
    ['discord', 0], ['standard-webhooks', 0]]) {
    const signed = run(['sign', provider, '--key-file', key], { input: '{}' });
    assert.equal(signed.status, status, `${provider}: ${signed.stdout}${signed.stderr}`);
  }
});

test('a report has a form and a place, and no two have one place', () => {
  for (const forms of [['junit='], ['xml=x'], ['text', 'json=-'], ['tap', 'json'],
    [`json=${join(folder, 'r')}`, `tap=${join(folder, 'r')}`]]) {
    const { status, stdout } = run(['replay', 'fixtures/stripe/accepts-the-published-fixture.toml',
      ...forms.flatMap((form) => ['--report', form])]);
    assert.deepEqual([status, stdout], [2, ''], forms.join(' '));
  }
});

test('a log of a gate that is not there is told, and nothing is sent', () => {
  const settings = join(folder, 'settings');
  writeFileSync(settings, `STRIPE_WEBHOOK_SECRET=${env.TEST_SECRET}\n`);
  const { status, stderr } = run(['send', 'stripe', '--gate', 'http://127.0.0.1:1', '--policy',
    'postern.toml', '--settings', settings, '--records', join(folder, 'no log')]);
  assert.equal(status, 3, stderr);
  assert.match(stderr, /^cannot read .*no log/);
});

test('an origin of --origin is one, whether a destination is written or not', () => {
  const compile = (origin) => run(['compile', 'postern.toml', '--development', '--origin', origin,
    '-o', join(folder, 'policy.bin')]);
  for (const origin of ['nothing', 'http://', 'http://a.test/', 'http://a.test/x', 'ftp://a.test',
    'http://a.test?b', 'http://u:p@a.test', 'HTTP://a.test']) {
    const { status, stderr } = compile(origin);
    assert.equal(status, 2, origin);
    assert.match(stderr, /^--origin takes a scheme, a host and a port/);
  }
  for (const origin of ['http://127.0.0.1:8788', 'https://a.test']) {
    assert.equal(compile(origin).status, 0, origin);
  }
});

test('an option about a running gate is refused where none is asked', () => {
  for (const name of ['--policy', '--settings', '--origin', '--records']) {
    for (const engine of [[], ['--engine', 'wasm'], ['--compare']]) {
      const { status, stderr } = run(['replay', 'fixtures/stripe', ...engine, name, 'missing']);
      assert.equal(status, 2, `${engine} ${name}`);
      assert.match(stderr, new RegExp(`^${name} is about a running gate`));
    }
  }
  const table = run(['replay', 'fixtures/stripe', '--table', '--report', 'json=-']);
  assert.match(table.stderr, /^--table is a form of the text report/);
  for (const name of ['--body', '--event-type']) {
    assert.match(run(['send', 'stripe', '--again', name, 'x']).stderr,
      new RegExp(`^${name} does nothing with --again`));
  }
});

test('send expects statuses and verdicts that there are', () => {
  for (const word of ['40', '99', '600', 'forward', '2xx', '0200']) {
    const { stderr } = run(['send', 'stripe', '--expect', word]);
    assert.match(stderr, /^--expect takes a status/, word);
  }
});

test('numbers of a JSON report are numbers', () => {
  const report = join(folder, 'report.json');
  const { status } = run(['replay', '--report', `json=${report}`, 'fixtures/stripe']);
  assert.equal(status, 0);
  const { cases } = JSON.parse(readFileSync(report, 'utf8'));
  const steps = cases.flatMap((one) => one.steps);
  assert.notEqual(steps.length, 0);
  for (const { status: code, origin_calls, run: is_run } of steps) {
    assert.ok(Number.isInteger(origin_calls));
    assert.ok(is_run ? code === null : Number.isInteger(code));
  }
});

test('a fixture without a folder belongs to the one that it is in', () => {
  const own = join(folder, 'someone');
  mkdirSync(own);
  const file = readFileSync(
    join(root, 'fixtures/pagerduty/accepts-any-of-two-signatures.toml'), 'utf8');
  writeFileSync(join(own, 'case.toml'), file);
  const { stdout, stderr } = run(['replay', 'case.toml'], { cwd: own });
  assert.match(stdout, /^\w+ someone\/case$/m, stderr);
});

test('the demo origin remembers the newest calls, and shows them from any number on', async (t) => {
  const child = spawn(join(root, 'build/postern'), ['origin', '--port', '0', '--quiet'],
    { cwd: root });
  t.after(() => child.kill('SIGTERM'));
  let text = '';
  child.stdout.on('data', (chunk) => {
    text += chunk;
  });
  await until(() => text.includes('http://'));
  const url = /http:\S+/.exec(text)[0];
  const calls = async (query) => {
    const response = await fetch(`${url}/_postern/calls${query}`);
    return response.status === 200 ? response.json() : response.status;
  };
  assert.deepEqual(await calls(''), { count: 0, oldest: 1, next: 0, calls: [] });
  const send = async (from, to, headers) => {
    for (let i = from; i <= to; i += 1) {
      await (await fetch(`${url}/${i}`, { method: 'POST', body: `body ${i}`, headers })).text();
    }
  };
  await send(1, 1205);
  const numbers = async (query) => {
    const { count, oldest, next, calls: shown } = await calls(query);
    shown.forEach(({ number, path, body_sha256 }) => {
      assert.deepEqual([path, body_sha256], [`/${number}`, sha256(`body ${number}`)]);
    });
    return [count, oldest, next, shown[0]?.number, shown.at(-1)?.number, shown.length];
  };
  assert.deepEqual(await numbers(''), [1205, 206, 1205, 1106, 1205, 100]);
  assert.deepEqual(await numbers('?after=0'), [1205, 206, 305, 206, 305, 100]);
  assert.deepEqual(await numbers('?after=1200'), [1205, 206, 1205, 1201, 1205, 5]);
  assert.deepEqual(await numbers('?after=1200&limit=2'), [1205, 206, 1202, 1201, 1202, 2]);
  assert.deepEqual(await numbers('?limit=0'), [1205, 206, 1205, undefined, undefined, 0]);
  assert.deepEqual(await numbers('?after=9999'), [1205, 206, 1205, undefined, undefined, 0]);
  for (const query of ['?after=x', '?after=-1', '?limit=101', '?limit=', '?after=1.5']) {
    assert.equal(await calls(query), 400, query);
  }
  await send(1206, 1300, { 'x-large': 'x'.repeat(60_000) });
  const { oldest, count } = await calls('?limit=0');
  assert.equal(count, 1300);
  assert.ok(count - oldest < 80 && count > oldest, `${oldest}`);
  await fetch(`${url}/_postern/calls`, { method: 'DELETE' });
  assert.equal((await calls('')).count, 0);
});

test('a checkout that was moved says what to do', () => {
  const moved = join(folder, 'moved');
  mkdirSync(join(moved, 'build/native'), { recursive: true });
  writeFileSync(join(moved, 'dev'), readFileSync(join(root, 'dev')));
  const cache = (home) => writeFileSync(join(moved, 'build/native/CMakeCache.txt'),
    `# a cache\nCMAKE_HOME_DIRECTORY:INTERNAL=${home}\n`);
  for (const home of ['/somewhere/else', root]) {
    cache(home);
    const { status, stderr } = spawnSync('bash', ['dev', 'build'],
      { cwd: moved, encoding: 'utf8' });
    assert.equal(status, 1);
    assert.match(stderr, /built in .* is now in .*\.\/dev clean/);
  }
  assert.equal(spawnSync('bash', ['dev', 'clean'], { cwd: moved }).status, 0);
});
