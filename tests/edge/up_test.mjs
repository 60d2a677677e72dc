// `./dev up` from its start to its end. Only one can run at a time in a tree.

import assert from 'node:assert/strict';
import { execFile, execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request as send } from 'node:http';
import { join } from 'node:path';
import { test } from 'node:test';

import { read_settings } from '../../scripts/dev_settings.mjs';

import { root, start_origin, until } from './edge.mjs';

const session_file = join(root, 'build/dev/session.json');

/** Starts it with `args`: `{ child, output(), ended }`, `ended` with the exit code or signal. */
function up(...args) {
  const child = spawn(process.execPath, [join(root, 'scripts/up.mjs'), ...args], { cwd: root });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      text += chunk;
    });
  }
  const ended = new Promise((resolve) => {
    child.on('exit', (code, signal) => resolve(code ?? signal));
  });
  return { child, output: () => text, ended };
}

/** The status of the answer to a request with a body, which Fetch has with some methods only. */
const status_of_odd = (method, url) => new Promise((resolve, reject) => {
  const request = send(url, { method, headers: { 'content-length': 2 } },
    (answer) => resolve(answer.resume().statusCode));
  request.on('error', reject);
  request.end('{}');
});

const one_fixture = 'fixtures/stripe/derived/duplicate';

const processes = () => execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' }).split('\n')
  .filter((line) => line.includes(join(root, 'build/dev/wrangler.toml')) ||
    line.startsWith(join(root, 'build/postern')));

test('replays all fixtures, prints the table, and with --once ends as the replay did', async () => {
  const { ended, output } = up('--once');
  assert.equal(await ended, 0, output());
  assert.match(output(), /pass stripe +derived\/duplicate/);
  assert.match(output(), /pass twilio +derived\/duplicate/, 'signs an address with a query');
  assert.match(output(), /\n\d{3} passed, 0 failed, \d+ skipped\n/);
  assert.deepEqual(processes(), []);
  assert.doesNotMatch(readFileSync(join(root, 'build/dev/gate.log'), 'utf8'), /"rehearsal"/,
    'what is deployed rehearses before its first event, where little is allowed');
});

test('answers that no origin can be told to give are left out', async (context) => {
  const folder = join(root, 'build/init');
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  mkdirSync(folder, { recursive: true });
  execFileSync(join(root, 'build/postern'),
    ['init', 'stripe', 'standard-webhooks', 'github', '--folder', folder, '--force']);
  // All statuses that are none, and a GET with a body.
  const { ended, output } = up('--policy', 'build/init/postern.toml', '--once',
    'fixtures/gate/answers-504-*.toml', one_fixture, 'fixtures/attacks/A27-other-methods.toml');
  assert.equal(await ended, 0, output());
  assert.match(output(), /\n2 passed, 0 failed, \d+ skipped\n/);
  assert.match(output(), /says-600 +scripts the origin\n/);
  assert.match(output(), /pass attacks +A27/);
});

test('replays to a source in queue mode too, and waits for the origin', async () => {
  const { ended, output } = up('--once', 'fixtures/github/derived/duplicate');
  assert.equal(await ended, 0, output());
  assert.match(output(), /pass github +derived\/duplicate +accepted +200 +1\n/);
  assert.match(output(), /\n +duplicate +200 +0\n/);
});

test('stays up, refuses a second one, and Ctrl-C stops all that it started', async () => {
  const { child, ended, output } = up(one_fixture);
  await until(() => output().includes('Ctrl-C stops everything'), 180_000);
  const { gate, settings_file } = JSON.parse(readFileSync(session_file, 'utf8'));
  assert.equal((await fetch(gate)).status, 404);
  const { POSTERN_ADMIN_TOKEN: token } = read_settings(settings_file);
  const listed = await fetch(`${gate}/.postern/ledger`, {
    method: 'POST', headers: { authorization: `Bearer ${token}` },
    body: JSON.stringify({ shard: 'stripe/0', list: 'dead' }),
  });
  assert.deepEqual(await listed.json(), { dead: [] });
  const text = 'x'.repeat(12 << 20);
  for (const body of [text, new Blob([text]).stream()]) {
    const large = await fetch(`${gate}/hooks/stripe`, { method: 'POST', body, duplex: 'half' });
    assert.equal(large.status, 413, 'the local proxy hands on what the gate answers');
  }
  for (const method of ['GET', 'HEAD', 'PUT']) {
    assert.equal(await status_of_odd(method, `${gate}/hooks/stripe`), 405, method);
  }
  const second = up('--once', one_fixture);
  assert.equal(await second.ended, 4);
  assert.match(second.output(), /up already/);
  assert.notDeepEqual(processes(), []);
  child.kill('SIGINT');
  assert.equal(await ended, 0, output());
  assert.deepEqual(processes(), []);
  assert.equal(existsSync(session_file), false);
});

test('of two that start at once, one is up and the other leaves it alone', async () => {
  const both = [up(one_fixture), up(one_fixture)];
  const code = await Promise.race(both.map(({ ended }) => ended));
  assert.equal(code, 4);
  const winner = both.find(({ child }) => child.exitCode === null);
  await until(() => winner.output().includes('Ctrl-C stops everything'), 180_000);
  const { gate } = JSON.parse(readFileSync(session_file, 'utf8'));
  assert.equal((await fetch(gate)).status, 404);
  winner.child.kill('SIGINT');
  assert.equal(await winner.ended, 0, winner.output());
});

test('a kill that it cannot see coming leaves nothing behind', async () => {
  const { child, ended, output } = up(one_fixture);
  await until(() => output().includes('Ctrl-C stops everything'), 180_000);
  child.kill('SIGKILL');
  assert.equal(await ended, 'SIGKILL');
  await until(() => processes().length === 0, 15_000);
});

const own_policy = (destination) => `version = 1
[sources.mine]
path = "/hooks/mine"
provider = "parcelbird"
secrets = ["env:A_NAME_OF_MY_OWN"]
rate_limit = { requests = 50, per = "10s", by = "source" }
[[sources.mine.routes]]
to = "${destination}"
`;

test("a policy of one's own has its names, and its destinations get nothing", async (context) => {
  const files = ['mine.toml', 'mine/parcelbird.toml'].map((name) => join(root, 'build', name));
  context.after(() => files.forEach((file) => rmSync(file, { force: true })));
  const provider = readFileSync(join(root, 'docs/ADDING_A_PROVIDER.md'), 'utf8')
    .split('## Step by step')[1].match(/```toml\n([^]*?)```/)[1];
  mkdirSync(join(root, 'build/mine'), { recursive: true });
  writeFileSync(files[1], provider);
  const real = await start_origin();
  context.after(() => real.close());
  writeFileSync(files[0], own_policy(`${real.url}/real?key=1`));
  for (const [options, calls] of [[[], 0], [['--real-destinations'], 1]]) {
    const { child, ended, output } = up('--policy', 'build/mine.toml', '--providers', 'build/mine',
      ...options, one_fixture);
    await until(() => output().includes('Ctrl-C stops everything'), 180_000);
    const lines = [...output().matchAll(/^ {2}(build\/postern send .*)$/gm)]
      .map(([, line]) => line);
    assert.equal(lines.length, 3);
    const statuses = [];
    for (const line of lines) {
      statuses.push(await new Promise((resolve) => {
        execFile('sh', ['-c', line], { cwd: root }, (_fault, stdout) =>
          resolve(Number(/status (\d+)/.exec(stdout)?.[1])));
      }));
    }
    child.kill('SIGINT');
    assert.equal(await ended, 0, output());
    assert.deepEqual(statuses, [200, 200, 401], output());
    assert.equal(real.requests.length, calls);
    const log = readFileSync(join(root, 'build/dev/origin.log'), 'utf8');
    assert.equal(/ \/http\/127\.0\.0\.1:\d+\/real\?key=1 /.test(log), calls === 0, log);
  }
});

test('a policy with an error ends it, by file, line and column', async (context) => {
  const policy = join(root, 'build/broken.toml');
  context.after(() => rmSync(policy));
  writeFileSync(policy, 'version = 1\n[gate]\nmax_bdy = "1MiB"\n[sources]\n');
  const { ended, output } = up('--policy', 'build/broken.toml');
  assert.equal(await ended, 3);
  assert.match(output(), /broken\.toml:3:1: error: .*max_bdy/);
  assert.equal(existsSync(session_file), false);
});

test('is not kept from starting by a process that got the number of a killed run', async () => {
  writeFileSync(session_file, JSON.stringify({ pid: process.pid, gate: 'http://127.0.0.1:1' }));
  const { ended, output } = up('--once', one_fixture);
  assert.equal(await ended, 0, output());
});

test('an argument that it does not know is a mistake of usage', async () => {
  const { ended, output } = up('--sometimes');
  assert.equal(await ended, 2);
  assert.match(output(), /Usage: \.\/dev up/);
});
