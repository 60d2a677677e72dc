// `postern serve`: a gate in a process of its own, in front of an origin.

import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { isDeepStrictEqual, parseArgs } from 'node:util';

import * as local_limits from '../../build/contract/local.mjs';
import { load_compiler } from '../lib/load/compiler/node.mjs';
import { provider_files, provider_names } from '../lib/catalogue/files.mjs';
import { compile_policy } from '../lib/compiler.mjs';
import { gate } from '../lib/index.mjs';
import { memory } from '../lib/ledger/memory.mjs';
import { sqlite } from '../lib/ledger/sqlite.mjs';
import { node } from '../lib/adapters/node.mjs';

import { exit } from './exit_codes.mjs';
import { Refused, told } from './refused.mjs';
import { run_names } from './run_commands.mjs';
import { read_settings } from './settings.mjs';

export const help = `Usage: postern serve [OPTIONS]

Run the gate of a policy in front of its origins.

Options:
  -h, --help       This text
  --policy FILE    The policy (postern.toml)
  --settings FILE  File of NAME=VALUE lines: secrets and origins that the policy
                   names (else the process environment; its values come first)
  --host ADDRESS   Where to listen (127.0.0.1)
  --port N         The port (8787)
  --ledger URL     sqlite:FILE or memory: (what POSTERN_LEDGER says, else
                   sqlite:postern.db)
  --proxy          A proxy in front ends TLS and sets X-Forwarded-Proto always
  --development    Let plain http in and allow private origins
  --grace SECONDS  How long what is at an origin may take when it ends (10)

Examples:
  postern serve --settings production.env --proxy
  postern serve --development --settings .dev.vars --ledger memory:

Prints one decision record a line. /healthz answers 200 when it can take a
delivery. SIGTERM and SIGINT end it: new deliveries get 503, what is under way
has its grace; a second one ends it at once.

Ends with 0: ended by a signal, 2: usage, 3: a policy with errors or a file that
cannot be read, 4: the port or the ledger cannot be had.
`;

/** Longest time that a sender may take for its headers, and for all of a request. */
const headers_ms = 10_000;
const request_ms = 60_000;

/**
 * Who has sent nothing, or not all, when all that was taken is answered has this time to hear that
 * it is to come back.
 */
const linger_ms = 2000;

/** Most bytes of all headers: above what the module lets in, which answers 431 itself. */
const header_bytes_max = 64 << 10;

/** Runs until a signal ends it; gives the exit code. */
export const serve = (args) => told(async () => {
  const options = read_options(args);
  if (options.help) {
    process.stdout.write(help);
    return exit.ok;
  }
  return run(options);
});

function read_options(args) {
  try {
    const { values } = parseArgs({
      args,
      options: {
        help: { type: 'boolean', short: 'h' },
        policy: { type: 'string', default: 'postern.toml' },
        settings: { type: 'string' },
        host: { type: 'string', default: '127.0.0.1' },
        port: { type: 'string', default: '8787' },
        ledger: { type: 'string', default: process.env.POSTERN_LEDGER ?? 'sqlite:postern.db' },
        proxy: { type: 'boolean', default: false },
        development: { type: 'boolean', default: false },
        grace: { type: 'string', default: '10' },
      },
    });
    for (const name of ['policy', 'settings', 'host', 'ledger']) {
      if (values[name] === '') {
        throw new TypeError(`--${name} takes something, and this is empty.`);
      }
    }
    return {
      ...values,
      port: whole_number('--port', values.port, 65_535),
      grace: whole_number('--grace', values.grace, 3600),
    };
  } catch (failure) {
    throw new Refused(exit.usage, `${failure.message}\npostern serve --help shows the options.`);
  }
}

function whole_number(name, text, most) {
  if (!/^\d{1,6}$/.test(text) || Number(text) > most) {
    throw new TypeError(`${name} takes a whole number up to ${most}, not ${text}.`);
  }
  return Number(text);
}

function read_file(file, what, cure) {
  try {
    return readFileSync(file, 'utf8');
  } catch (failure) {
    throw new Refused(exit.unreadable,
      `${file}: ${what} cannot be read (${failure.code}). ${cure}`);
  }
}

/** A process of a policy alone: it has no functions of its own. */
const host = { name: 'serve', ...local_limits, handlers: false };

/**
 * The policy's bytes. Errors end it as `postern lint` tells them; warnings are shown, and so is
 * what is wrong with values of `env`: their sources answer 503, and the others work.
 */
function compile({ policy: file, development }, env) {
  const asked = {
    text: read_file(file, 'the policy', '`postern init` writes one, --policy names another.'),
    file, development, providers: provider_files(provider_names()), host,
  };
  const { policy, diagnostics } = compile_policy(load_compiler(), asked);
  diagnostics.forEach((one) => show(file, one));
  if (policy === null) {
    throw new Refused(exit.unreadable, `${file} has errors.`);
  }
  show_values(asked, env, diagnostics);
  return policy;
}

/** Values are looked at as in earnest, but for private addresses in development. */
function show_values(asked, env, known) {
  const values = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
  compile_policy(load_compiler(), { ...asked, development: false, values }).diagnostics
    .filter(({ code }) => code === 'missing-value' || !asked.development)
    .filter((one) => !known.some((other) => isDeepStrictEqual(one, other)))
    .forEach((one) => show(asked.file, { ...one, severity: 'warning' }));
}

function show(file, { severity, code, line, column, message, hint }) {
  process.stderr.write(`${file}:${line}:${column}: ${severity}: ${message} [${code}]\n` +
    (hint ? `  hint: ${hint}\n` : ''));
}

/** The environment of the process, and before it what a file of settings says. */
function read_environment({ settings: file }) {
  if (file === undefined) {
    return { ...process.env };
  }
  const text = read_file(file, 'the file of settings', '--settings names another.');
  const settings = read_settings(text);
  const has_lines = text.split('\n').some((line) => /^\s*[^\s#]/.test(line));
  if (has_lines && Object.keys(settings).length === 0) {
    throw new Refused(exit.unreadable, `${file}: no line of it is NAME=VALUE.`);
  }
  return { ...process.env, ...settings };
}

/** What the compiler says; of a policy for development alone nothing, and then the gate says it. */
async function needs_queue(file) {
  const { exit: code, out } = await run_names({ FILE: file, '--json': true });
  return code === exit.ok && JSON.parse(Buffer.from(out).toString()).queue;
}

function ledger_of(url) {
  if (url === 'memory:') {
    return memory();
  }
  if (!/^sqlite:./.test(url)) {
    throw new Refused(exit.usage, '--ledger takes sqlite:FILE or memory:.');
  }
  return sqlite(url.slice('sqlite:'.length));
}

async function run(options) {
  const env = read_environment(options);
  const policy = compile(options, env);
  if (options.ledger === 'memory:' && await needs_queue(options.policy)) {
    throw new Refused(exit.usage,
      'Queue mode answers before the work is done: --ledger sqlite:FILE keeps what is owed.');
  }
  const hooks =
    open(() => gate({ policy, ledger: ledger_of(options.ledger), env }));
  live_without_readers();
  hooks.on('record', (record) => process.stdout.write(`${JSON.stringify(record)}\n`));
  hooks.on('failure', (text) => process.stderr.write(`${text}\n`));
  const handle = node(hooks, { https: options.proxy ? 'x-forwarded-proto' : 'connection' });
  let is_ending = false;
  const server = createServer(
    { headersTimeout: headers_ms, requestTimeout: request_ms, maxHeaderSize: header_bytes_max },
    (incoming, outgoing) => {
      if (is_ending) {
        outgoing.writeHead(503, { connection: 'close', 'retry-after': '1' }).end();
      } else if (incoming.url === '/healthz' && ['GET', 'HEAD'].includes(incoming.method)) {
        outgoing.writeHead(hooks.is_ready() ? 200 : 503).end();
      } else {
        handle(incoming, outgoing);
      }
    });
  const ending = signalled(() => process.exit(exit.interrupted));
  await listen(server, options);
  const { address, port } = server.address();
  const host = address.includes(':') ? `[${address}]` : address;
  process.stderr.write(`postern serves ${options.policy} at http://${host}:${port}, ` +
    `ledger ${options.ledger.replace(/\/\/.*@/, '//')}\n`);
  await ending;
  is_ending = true;
  await hooks.close({ grace: options.grace * 1000 });
  await end(server);
  return exit.ok;
}

/** Deliveries are taken also when nobody reads what is told of them any more. */
function live_without_readers() {
  process.stderr.on('error', () => {});
  process.stdout.once('error', ({ code }) => {
    process.stdout.on('error', () => {});
    process.stderr.write(`postern: nobody reads the records any more (${code}).\n`);
  });
}

/** Who waits for an answer gets it; a connection that is idle is closed. */
async function end(server) {
  const closed = new Promise((resolve) => {
    server.close(resolve);
  });
  server.closeIdleConnections();
  const timer = setTimeout(() => server.closeAllConnections(), linger_ms);
  await closed;
  clearTimeout(timer);
}

function open(make) {
  try {
    return make();
  } catch (failure) {
    throw failure instanceof Refused
      ? failure : new Refused(exit.unavailable, failure.message);
  }
}

function listen(server, { host, port }) {
  return new Promise((resolve, reject) => {
    server.once('error', ({ code }) => reject(new Refused(exit.unavailable,
      `${host}:${port} cannot be listened on (${code}): ${['EADDRINUSE', 'EACCES'].includes(code)
        ? '--port chooses another.' : '--host takes an address of this machine.'}`)));
    server.listen(port, host, resolve);
  });
}

/** Resolves at the first signal; at the second one `end_at_once`. */
function signalled(end_at_once) {
  return new Promise((resolve) => {
    let count = 0;
    for (const signal of ['SIGTERM', 'SIGINT']) {
      process.on(signal, () => {
        count += 1;
        if (count > 1) {
          end_at_once();
        }
        resolve();
      });
    }
  });
}
