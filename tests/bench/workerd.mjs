// Workers for the benchmark: bundled, written next to a configuration, run in workerd on loopback.

import { execFile, spawn } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { build } from 'esbuild';

export const root = join(dirname(fileURLToPath(import.meta.url)), '../..');

/** Where the benchmark leaves its files. */
export const scratch = join(root, 'build/bench');

const workers = join(root, 'tests/bench/workers');
const workerd = join(root, 'node_modules/workerd/bin/workerd');

/** The same as in wrangler.toml. */
const compatibility_date = '2026-11-01';

const start_ms_max = 20_000;

/** The Worker that is deployed. */
export const gate_entry = join(root, 'hosts/cloudflare/worker.mjs');

/** The same with the module that has fewer features. */
export const small_gate_entry = join(root, 'hosts/cloudflare/worker_small.mjs');

/**
 * Bundles `entry` of the folder workers/ (or an absolute path), minified as it would be deployed.
 * Gives `{ code, files }`: modules and policies that it imports stay files beside it, by name.
 */
export function bundle(entry, policy_file) {
  return bundle_from({ entryPoints: [absolute(entry)] }, policy_file);
}

/** The same with the door that `workerd bench` looks for before it times a Worker's start. */
export function bundle_for_start(entry, policy_file) {
  const name = JSON.stringify(absolute(entry));
  const contents = `import worker from ${name}; export * from ${name};
    export default { fetch: worker.fetch, bench(b) { b.run('nothing', () => {}); } };`;
  return bundle_from({ stdin: { contents, resolveDir: workers } }, policy_file);
}

const absolute = (entry) => join(entry.startsWith('/') ? '' : workers, entry);

async function bundle_from(input, policy_file) {
  const files = new Map();
  const keep_files = {
    name: 'keep files',
    setup(builder) {
      const kept = (file) => {
        const name = basename(file);
        files.set(name, file);
        return { path: `./${name}`, external: true };
      };
      builder.onResolve({ filter: /^postern-policy$/ }, () => kept(policy_file));
      builder.onResolve({ filter: /\.wasm$/ }, ({ path, resolveDir }) =>
        kept(join(resolveDir, path)));
    },
  };
  const result = await build({
    ...input,
    bundle: true, minify: true, write: false,
    format: 'esm', target: 'es2024', platform: 'browser',
    conditions: ['workerd', 'worker', 'browser'], external: ['cloudflare:*', 'node:*'],
    plugins: [keep_files], logLevel: 'error', absWorkingDir: root,
  });
  return { code: result.outputFiles[0].contents, files };
}

/**
 * A Worker for `start_workerd`: `{ name, code, files, settings, ledger }`. `settings` are texts in
 * its environment; `ledger` says that it exports the Durable Object class `Ledger`.
 */
function worker_text({ name, files, settings = {}, ledger = false }) {
  const modules = [...files.keys()].map((file) => (file.endsWith('.wasm')
    ? `(name = "${file}", wasm = embed "${file}")` : `(name = "${file}", data = embed "${file}")`));
  const texts = Object.entries(settings).map(([key, value]) =>
    `(name = "${key}", text = ${JSON.stringify(value)})`);
  const durable = `
  durableObjectNamespaces = [(className = "Ledger", uniqueKey = "${name}", enableSql = true)],
  durableObjectStorage = (localDisk = "disk"),`;
  const bindings = ledger
    ? [...texts, '(name = "LEDGER", durableObjectNamespace = "Ledger")'] : texts;
  return `const ${name} :Workerd.Worker = (
  modules = [${[`(name = "worker.js", esModule = embed "${name}.js")`, ...modules].join(', ')}],
  compatibilityDate = "${compatibility_date}",
  bindings = [${bindings.join(', ')}],${ledger ? durable : ''}
  globalOutbound = "loopback",
);`;
}

/** Writes a configuration with one socket per Worker, named after it, and gives its path. */
export function write_config(folder, list) {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(join(folder, 'disk'), { recursive: true });
  for (const { name, code, files } of list) {
    writeFileSync(join(folder, `${name}.js`), code);
    files.forEach((file, base) => copyFileSync(file, join(folder, base)));
  }
  const services = list.map(({ name }) => `(name = "${name}", worker = .${name})`);
  const sockets = list.map(({ name }) =>
    `(name = "${name}", address = "127.0.0.1:0", http = (), service = "${name}")`);
  const text = `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [${services.join(', ')},
    (name = "loopback", network = (allow = ["local"])),
    (name = "disk", disk = (path = "${join(folder, 'disk')}", writable = true))],
  sockets = [${sockets.join(', ')}],
);
${list.map(worker_text).join('\n')}
`;
  const file = join(folder, 'config.capnp');
  writeFileSync(file, text);
  return file;
}

/** Processes that still run; a benchmark that fails leaves none behind. */
const running = new Set();
process.on('exit', () => running.forEach((child) => child.kill('SIGKILL')));

/** Starts a command of ours, to be ended with the benchmark at the latest. */
export function start_process(command, options) {
  const child = spawn(command[0], command.slice(1), options);
  running.add(child);
  child.once('exit', () => running.delete(child));
  return child;
}

export async function stop_process(child) {
  if (child.exitCode === null && child.signalCode === null) {
    const ended = new Promise((resolve) => {
      child.once('exit', resolve);
    });
    child.kill('SIGTERM');
    const hard = setTimeout(() => child.kill('SIGKILL'), 2000);
    await ended;
    clearTimeout(hard);
  }
}

/** Runs the configuration. Gives the port of each Worker by name. */
export async function start_workerd(config) {
  const child = start_process([workerd, 'serve', '--control-fd=3', '--experimental', config],
    { stdio: ['ignore', 'ignore', 'inherit', 'pipe'] });
  const wanted = readFileSync(config, 'utf8').match(/address = /g).length;
  const ports = await listening_ports(child, wanted);
  return { pid: child.pid, ports, stop: () => stop_process(child) };
}

function listening_ports(child, wanted) {
  return new Promise((resolve, reject) => {
    const ports = {};
    let text = '';
    const timer = setTimeout(() => reject(new Error('workerd does not listen')), start_ms_max);
    child.once('exit', (code) => reject(new Error(`workerd ended with ${code}`)));
    child.stdio[3].on('data', (chunk) => {
      text += chunk;
      for (const line of text.split('\n').slice(0, -1)) {
        const { event, socket, port } = JSON.parse(line);
        if (event === 'listen') {
          ports[socket] = port;
        }
      }
      text = text.slice(text.lastIndexOf('\n') + 1);
      if (Object.keys(ports).length === wanted) {
        clearTimeout(timer);
        resolve(ports);
      }
    });
  });
}

/** Runs `workerd bench` on the configuration and gives its report. */
export function run_workerd_bench(config, filter, options) {
  const output = join(dirname(config), 'report.json');
  return new Promise((resolve, reject) => {
    const command = ['bench', '--experimental', '--format=json', `--output=${output}`, ...options,
      config, filter];
    execFile(workerd, command, { encoding: 'utf8' }, (failure, _out, errors) => {
      if (failure) {
        reject(new Error(`workerd bench failed: ${errors}`));
      } else {
        resolve(JSON.parse(readFileSync(output, 'utf8')));
      }
    });
  });
}

/**
 * CPU time of a process's first thread, in microseconds. In workerd it runs all JavaScript, so this
 * is what a sender waits for, without what other processes take of the machine. Exact once the
 * thread sleeps: see `settled_thread_us`.
 */
function thread_us(pid) {
  return Number(readFileSync(`/proc/${pid}/task/${pid}/schedstat`, 'utf8').split(' ')[0]) / 1000;
}

/** The same when the thread has come to rest. */
export async function settled_thread_us(pid) {
  for (let last = -1; ;) {
    const now = thread_us(pid);
    if (now === last) {
      return now;
    }
    last = now;
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

/** CPU time of all threads of a process, in microseconds, when they have come to rest. */
export async function settled_process_us(pid) {
  await settled_thread_us(pid);
  return readdirSync(`/proc/${pid}/task`)
    .map((thread) => readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8'))
    .reduce((sum, text) => sum + Number(text.split(' ')[0]) / 1000, 0);
}
