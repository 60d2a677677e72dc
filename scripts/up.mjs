// `./dev up`: a gate in workerd with its ledger, and a demo origin, on loopback and without a
// network. Replays the fixtures against it, then stays until Ctrl-C. Needs what `./dev build`
// leaves.

import { execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { accessSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join, relative, resolve } from 'node:path';
import { parseArgs } from 'node:util';

import { Children } from './children.mjs';
import {
  admin_token_name, make_dev_settings, read_settings, write_settings,
} from './dev_settings.mjs';
import { choose_port } from './ports.mjs';

const root = join(import.meta.dirname, '..');
const postern = join(root, 'build/postern');
const wrangler = join(root, 'node_modules/wrangler/bin/wrangler.js');

/** Everything that belongs to this command, never to a deployment: policy, secrets, logs. */
const folder = join(root, 'build/dev');
const in_folder = (name) => join(folder, name);

/** The rows of the ledger. They outlive a run, so that a duplicate is one tomorrow too. */
const state = join(root, 'build/state');

/**
 * How long a child may take until it answers. A cold start of workerd takes some seconds, and on a
 * machine that is busy with a build a minute or more; a child that ends is noticed at once.
 */
const start_ms_max = 180_000;

const exit = Object.freeze({ ok: 0, usage: 2, unavailable: 4, interrupted: 130 });

const usage = `Usage: ./dev up [OPTIONS] [FIXTURES...]

Starts a gate and a demo origin on loopback, replays the fixtures against them
and stays up. Whatever the policy's destinations are, what is forwarded goes to
the demo origin.
  --once               stop after the replay, with its exit code
  --policy FILE        another policy than postern.toml
  --providers DIR      provider files, in place of the built-in catalogue
  --real-destinations  forward to the destinations that stand in the policy
  FIXTURES             files or folders to replay (fixtures)
`;

const children = new Children();
let is_up = false;

async function main() {
  const { once, policy, providers, fixtures, 'real-destinations': is_real } = read_arguments();
  const catalogue = providers === undefined ? [] : ['--providers', resolve(providers)];
  await refuse_second();
  const needs = needs_of(resolve(root, policy), catalogue);
  const origin_port = await choose_port('The demo origin', 8788);
  const gate_port = await choose_port('The gate', 8787);
  const session = write_session(policy, needs, gate_port, origin_port);
  await compile_policy(session, [...catalogue, ...(is_real ? [] : ['--origin', session.origin])]);
  stop_on_signals();

  say('Starting the demo origin and the gate');
  children.start('origin', postern, ['origin', '--port', String(origin_port)],
    { cwd: root, log: in_folder('origin.log') });
  children.start('gate', process.execPath, [wrangler, 'dev', ...flags_of_wrangler(gate_port)],
    { cwd: root, env: { ...process.env, ...offline }, log: session.records });
  await Promise.all([children.answers('origin', `${session.origin}/_postern/calls`, start_ms_max),
    children.answers('gate', session.gate, start_ms_max)]);

  say(`Replaying the fixtures against ${session.gate}`);
  const code = await replay(session, [...catalogue, ...fixtures]);
  if (once) {
    await stop(code);
  }
  is_up = true;
  say_what_next(session, needs, providers);
}

/** What the policy needs of its host; ends this when the policy has an error. */
function needs_of(policy, catalogue) {
  try {
    return JSON.parse(execFileSync(postern, ['compile', policy, '--names', '--json', ...catalogue],
      { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] }));
  } catch (fault) {
    return process.exit(fault.status ?? exit.unavailable);
  }
}

const offline = {
  CI: '1', WRANGLER_SEND_METRICS: 'false', CLOUDFLARE_CF_FETCH_ENABLED: 'false', NO_COLOR: '1',
  WRANGLER_LOG_PATH: in_folder('wrangler'),
};

function flags_of_wrangler(port) {
  return [
    '--config', in_folder('wrangler.toml'), '--persist-to', state,
    '--ip', '127.0.0.1', '--port', String(port), '--inspector-port', '0',
    '--show-interactive-dev-session=false',
  ];
}

function read_arguments() {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: {
        once: { type: 'boolean' },
        policy: { type: 'string', default: 'postern.toml' },
        providers: { type: 'string' },
        'real-destinations': { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h' },
      },
    });
    if (values.help) {
      process.stdout.write(usage);
      process.exit(exit.ok);
    }
    accessSync(resolve(root, values.policy));
    return { ...values, fixtures: positionals.length === 0 ? ['fixtures'] : positionals };
  } catch (fault) {
    process.stderr.write(`${fault.message}\n${usage}`);
    return process.exit(exit.usage);
  }
}

/** Two runs would write the same rows. Whoever has this name is up; it goes with its process. */
function refuse_second() {
  const name = createHash('sha256').update(root).digest('hex').slice(0, 32);
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => {
      const { gate } = running_session();
      process.stderr.write(`It is up already${gate === undefined ? '' : `: ${gate}`}.\n`);
      process.exit(exit.unavailable);
    });
    // A socket without a file (a Linux name that begins with a zero byte): nothing stays behind.
    server.listen(`\0postern up ${name}`, () => {
      server.unref();
      resolve();
    });
  });
}

/** Of another process. Empty as long as it has not written one. */
function running_session() {
  try {
    return JSON.parse(readFileSync(in_folder('session.json'), 'utf8'));
  } catch {
    return {};
  }
}

/** Leaves what the children and `postern send` read, and gives the session. */
function write_session(policy, needs, gate_port, origin_port) {
  mkdirSync(folder, { recursive: true });
  const session = {
    pid: process.pid,
    gate: `http://127.0.0.1:${gate_port}`,
    origin: `http://127.0.0.1:${origin_port}`,
    settings_file: in_folder('secrets.env'),
    policy: resolve(root, policy),
    records: in_folder('gate.log'),
  };
  const settings = make_dev_settings({
    values: needs.values,
    kept: read_settings(session.settings_file),
    gate: session.gate,
    origin: session.origin,
  });
  write_settings(session.settings_file, settings);
  write_settings(in_folder('.dev.vars'), settings);
  writeFileSync(in_folder('policy.mjs'), "export { default } from './policy.bin';\n");
  writeFileSync(in_folder('wrangler.toml'), dev_config(needs));
  writeFileSync(in_folder('session.json'), `${JSON.stringify(session, null, 2)}\n`);
  return session;
}

/**
 * The deployed configuration with the policy of this command, which must never be deployed. Its
 * Worker sees no setting but the required ones: those of this policy, and the admin token, whose
 * door is open to plain HTTP, which loopback has and a deployment must not.
 */
function dev_config({ values, rate_bindings }) {
  const deployed = readFileSync(join(root, 'wrangler.toml'), 'utf8');
  const names = [admin_token_name, ...values.map(({ name }) => name)];
  const limits = rate_bindings.filter((name) => !deployed.includes(`name = "${name}"`))
    .map((name, i) => {
      const [, limit, period] = name.split('_');
      return `\n[[ratelimits]]\nname = "${name}"\nnamespace_id = "${4000 + i}"\n` +
        `simple = { limit = ${limit}, period = ${period} }\n`;
    });
  return deployed
    .replace(/^main = ".*"$/m, 'main = "../../scripts/dev_worker.mjs"')
    .replace(/^"postern-policy" = .*$/m, '"postern-policy" = "./policy.mjs"')
    .replace(/^required = \[[^\]]*\]$/m, `required = ${JSON.stringify(names)}`)
    .concat(...limits, '\n[vars]\nPOSTERN_ADMIN_PLAIN_HTTP = "allowed"\n');
}

/** Lets plain HTTP and private origins in: loopback needs them, a deployment must not have them. */
async function compile_policy({ policy }, options) {
  const code = await run(postern,
    ['compile', '--development', policy, '-o', in_folder('policy.bin'), ...options]);
  if (code !== 0) {
    await stop(code);
  }
}

async function replay({ gate, origin, settings_file, policy, records }, args) {
  const code = await run(postern, ['replay', '--table', '--engine', gate, '--policy', policy,
    '--settings', settings_file, '--origin', origin, '--records', records, ...args]);
  if (code !== 0) {
    say(`The replay ended with ${code}.`);
  }
  return code;
}

/** Runs a command in the foreground and gives its exit code. */
function run(command, args) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd: root, stdio: 'inherit' });
    child.on('error', () => resolve(exit.unavailable));
    child.on('exit', (code) => resolve(code ?? exit.interrupted));
  });
}

function say_what_next({ gate, origin }, needs, providers) {
  say('The gate is up');
  process.stdout.write(`  gate    ${gate}   log: build/dev/gate.log
  origin  ${origin}   log: build/dev/origin.log

Try, in another terminal:
${send_commands(needs, providers).join('\n')}

docs/DEPLOYING.md goes on from here: a queue, its dead letters, other policies.
Ctrl-C stops everything.
`);
}

/** Lines for the shell, for the first source that has a secret. */
function send_commands({ values }, providers) {
  const secret = values.find(({ kind }) => kind === 'secret');
  const name = secret === undefined ? 'SOURCE' : secret.provider || secret.source;
  const catalogue = providers === undefined ? '' : ` --providers ${quoted(resolve(providers))}`;
  const lines = [[catalogue, 'a genuine delivery of a new event'],
    [' --again', 'the same once more: a duplicate'],
    [`${catalogue} --forge`, 'signed by somebody else: refused']];
  return lines.map(([options, what]) => `  build/postern send ${name}${options}   # ${what}`);
}

const quoted = (text) =>
  /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;

function stop_on_signals() {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => stop(is_up ? exit.ok : exit.interrupted));
  }
  children.on_death((name, log) => {
    process.stderr.write(`\nThe ${name} has ended by itself. Its log: ${relative(root, log)}\n`);
    stop(exit.unavailable);
  });
}

async function stop(code) {
  await children.stop_all();
  rmSync(in_folder('session.json'), { force: true });
  process.exit(code);
}

function say(text) {
  const is_bold = process.stdout.isTTY && !process.env.NO_COLOR;
  process.stdout.write(is_bold ? `\n\x1b[1m${text}\x1b[0m\n` : `\n${text}\n`);
}

main().catch((fault) => {
  process.stderr.write(`\n${fault.message}\n`);
  stop(exit.unavailable);
});
