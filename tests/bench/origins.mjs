// The origin of the benchmarks, in a process of its own.

import { join } from 'node:path';

import { root, start_process, stop_process } from './workerd.mjs';

export async function start_origin() {
  const child = start_process([process.execPath, join(root, 'tests/bench/origin.mjs')],
    { stdio: ['ignore', 'pipe', 'inherit'] });
  const port = await new Promise((resolve) => {
    child.stdout.once('data', (line) => resolve(Number(line)));
  });
  return { url: `http://127.0.0.1:${port}/`, stop: () => stop_process(child) };
}
