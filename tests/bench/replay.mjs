// Deliveries replayed natively per second: replay_bench.cpp, which the native build makes.

import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { push_like_bytes, secret } from './deliveries.mjs';
import { format_count, format_ratio, median, median_ratio, print_table } from './measure.mjs';
import { compile_policy } from './policy.mjs';
import { root } from './workerd.mjs';

const program = process.env.POSTERN_REPLAY_BENCH ??
  join(root, 'build/native/tests/bench/replay_bench');

export function run_replay({ replay_rounds }) {
  if (!existsSync(program)) {
    console.log('\nReplay: not measured, for there is no build/native/tests/bench/replay_bench.');
    return null;
  }
  const policy = compile_policy('replay', 'http://127.0.0.1:9/');
  const lines = execFileSync(program, [policy, String(replay_rounds), String(push_like_bytes)],
    { encoding: 'utf8', env: { ...process.env, STRIPE_WEBHOOK_SECRET: secret } });
  const results = lines.trim().split('\n').map((line) => JSON.parse(line));
  print_table(
    `Replayed natively: ${push_like_bytes} bytes, verified, read, routed, claimed in memory; ` +
      `one core, ${replay_rounds} rounds`,
    [['', 'bodies/s', 'time to SHA-256'], ...results.map(({ name, us }) =>
      [name, format_count(1e6 / median(us)), format_ratio(median_ratio(us, results[0].us))])]);
  return results;
}
