// A Worker of these tests in a process of its own, with its objects on disk: one that can be killed
// and started again on what it left.

import { copyFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { join } from 'node:path';

import { bundle, root, start_process, stop_process } from '../bench/workerd.mjs';

/** Where these tests leave their files. */
export const scratch = join(root, 'build/store');

const workerd = join(root, 'node_modules/workerd/bin/workerd');

/** The same as in wrangler.toml. */
const compatibility_date = '2026-11-01';

const start_ms_max = 30_000;

/**
 * Bundles `entry`, a file of workers/, and writes a configuration into an empty folder `name`.
 * Gives what `start` takes. `settings` are texts in the Worker's environment; `queues` are
 * addresses on loopback that take what is sent to the binding of their name; `policy` is a
 * compiled one or null.
 */
export async function prepare(name, entry, { settings = {}, queues = {}, policy = null } = {}) {
  const folder = join(scratch, name);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(join(folder, 'disk'), { recursive: true });
  const { code, files } = await bundle(join(import.meta.dirname, 'workers', entry), policy);
  writeFileSync(join(folder, 'worker.js'), code);
  files.forEach((file, base) => copyFileSync(file, join(folder, base)));
  const config = join(folder, 'config.capnp');
  writeFileSync(config, config_text(folder, [...files.keys()], settings, queues));
  return config;
}

function config_text(folder, files, settings, queues) {
  const modules = files.map((file) => (file.endsWith('.wasm')
    ? `(name = "${file}", wasm = embed "${file}")` : `(name = "${file}", data = embed "${file}")`));
  const texts = Object.entries(settings).map(([name, value]) =>
    `(name = "${name}", text = ${JSON.stringify(value)})`);
  const senders = Object.keys(queues).map((name) => `(name = "${name}", queue = "${name}")`);
  const services = Object.entries(queues).map(([name, address]) =>
    `(name = "${name}", external = (address = "${address}", http = ()))`);
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "main", worker = .main),
    ${services.map((service) => `${service},`).join('\n    ')}
    (name = "loopback", network = (allow = ["local"])),
    (name = "disk", disk = (path = "${join(folder, 'disk')}", writable = true))],
  sockets = [(name = "main", address = "127.0.0.1:0", http = (), service = "main")],
);
const main :Workerd.Worker = (
  modules = [${['(name = "worker.js", esModule = embed "worker.js")', ...modules].join(', ')}],
  compatibilityDate = "${compatibility_date}",
  compatibilityFlags = ["service_binding_extra_handlers"],
  bindings = [${[...texts, ...senders,
    '(name = "LEDGER", durableObjectNamespace = "Ledger")',
    '(name = "SELF", service = "main")'].join(', ')}],
  durableObjectNamespaces = [(className = "Ledger", uniqueKey = "ledger", enableSql = true)],
  durableObjectStorage = (localDisk = "disk"),
  globalOutbound = "loopback",
);
`;
}

/**
 * Runs a configuration. `on_line` sees each line of its log. `kill` ends it without a warning, as a
 * machine's fault does; `stop` asks it first.
 */
export async function start(config, on_line = () => {}) {
  const child = start_process([workerd, 'serve', '--control-fd=3', '--experimental', config],
    { stdio: ['ignore', 'pipe', 'pipe', 'pipe'] });
  let is_ending = false;
  const ended = new Promise((resolve) => {
    child.once('exit', (code, signal) => {
      if (!is_ending) {
        on_line(`workerd has ended by itself: ${signal ?? code}`);
      }
      resolve();
    });
  });
  createInterface({ input: child.stdout }).on('line', on_line);
  createInterface({ input: child.stderr }).on('line', on_line);
  const port = await listening_port(child);
  return {
    pid: child.pid, port,
    url: `http://127.0.0.1:${port}`,
    async kill() {
      is_ending = true;
      process.kill(child.pid, 'SIGKILL');
      await ended;
    },
    stop() {
      is_ending = true;
      return stop_process(child);
    },
  };
}

function listening_port(child) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('workerd does not listen')), start_ms_max);
    child.once('exit', (code) => reject(new Error(`workerd ended with ${code}`)));
    createInterface({ input: child.stdio[3] }).on('line', (line) => {
      const { event, port } = JSON.parse(line);
      if (event === 'listen') {
        clearTimeout(timer);
        resolve(port);
      }
    });
  });
}
