// Processes that run beside a command, each in a group of its own, so that stopping one stops all
// that it started. They end with the command, also when it is killed and can stop nothing.

import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';

/** How long a child may take to stop when it is asked, before it is made to. */
const stop_ms_max = 5000;

/**
 * Runs "$@" in this process, and beside it a watch that reads from a pipe that the command holds:
 * its end is the command's end. The watch then stops its group, after five seconds by force.
 */
const until_the_pipe_ends = `
(trap '' TERM; read -r _ <&3; kill -TERM 0; sleep 5; kill -KILL 0) >/dev/null 2>&1 &
exec 3<&-
exec "$@"`;

export class Children {
  #running = new Map();
  #on_death = () => {};
  #is_stopping = false;

  /** `(name, log) => …` for a child that ends although nobody stopped it. */
  on_death(call) {
    this.#on_death = call;
  }

  start(name, command, args, { cwd, env = process.env, log }) {
    const file = openSync(log, 'w');
    const child = spawn('sh', ['-c', until_the_pipe_ends, 'sh', command, ...args],
      { cwd, env, detached: true, stdio: ['ignore', file, file, 'pipe'] });
    closeSync(file);
    const ended = new Promise((resolve) => {
      child.once('exit', resolve);
      child.once('error', resolve);
    });
    this.#running.set(name, { child, ended, log });
    ended.then(() => {
      this.#running.delete(name);
      if (!this.#is_stopping) {
        // What it started would stay behind.
        signal_group(child, 'SIGKILL');
        this.#on_death(name, log);
      }
    });
  }

  /** Waits until `url` answers anything. */
  async answers(name, url, longest_ms) {
    const give_up_at = Date.now() + longest_ms;
    while (this.#running.has(name)) {
      try {
        await (await fetch(url)).arrayBuffer();
        return;
      } catch {
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
      if (Date.now() > give_up_at) {
        const { log } = this.#running.get(name);
        throw new Error(
          `The ${name} does not answer at ${url} after ${longest_ms / 1000} s. Its log: ${log}`);
      }
    }
    // It has died, and `on_death` says so.
    await new Promise(() => {});
  }

  async stop_all() {
    this.#is_stopping = true;
    const running = [...this.#running.values()];
    running.forEach(({ child }) => signal_group(child, 'SIGTERM'));
    const timer = setTimeout(() => {
      running.forEach(({ child }) => signal_group(child, 'SIGKILL'));
    }, stop_ms_max);
    await Promise.all(running.map(({ ended }) => ended));
    clearTimeout(timer);
    // What a child left behind in its group.
    running.forEach(({ child }) => signal_group(child, 'SIGKILL'));
  }
}

function signal_group(child, signal) {
  try {
    process.kill(-child.pid, signal);
  } catch {
    // Nobody of that group is left.
  }
}
