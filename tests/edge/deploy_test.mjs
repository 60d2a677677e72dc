// What would be deployed: built as `wrangler deploy` builds it, with no account and no network.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { gzipSync } from 'node:zlib';

import { unstable_readConfig as read_config } from 'wrangler';

import { read_policy_head } from '../../hosts/fetch/effects.mjs';

import { offline, root, run_postern, scratch } from './edge.mjs';

const out = join(scratch, 'deploy');
const bundle = () => readFileSync(join(out, 'worker.js'), 'utf8');
const config = read_config({ config: join(root, 'wrangler.toml') });
const digest = (bytes) => createHash('sha256').update(bytes).digest('hex');

let report;
before(() => {
  run_postern('compile', 'postern.toml', '-o', 'build/policy.bin');
  rmSync(out, { recursive: true, force: true });
  report = execFileSync(process.execPath, [
    join(root, 'node_modules/wrangler/bin/wrangler.js'), 'deploy', '--dry-run', '--outdir', out,
  ], { cwd: root, encoding: 'utf8', env: { ...process.env, ...offline } });
});

test('wrangler would deploy it, with the ledger bound', () => {
  assert.match(report, /env\.LEDGER/);
  assert.match(report, /--dry-run: exiting now/);
  assert.doesNotMatch(report, /WARNING|ERROR/);
  const glue = gzipSync(bundle()).length;
  const module = gzipSync(readFileSync(join(root, 'build/postern.wasm'))).length;
  console.log(report.match(/Total Upload.*/)[0]);
  console.log(`gzip: ${module} bytes of module, ${glue} of glue`);
});

test('it carries the module and the policy that were built, and nothing else', () => {
  const files = readdirSync(out).filter((name) => /\.(wasm|bin)$/.test(name));
  const found = files.map((name) => digest(readFileSync(join(out, name)))).sort();
  const built = ['build/postern.wasm', 'build/policy.bin']
    .map((name) => digest(readFileSync(join(root, name)))).sort();
  assert.deepEqual(found, built);
});

test('it has none of the doors that the tests have', () => {
  const doors = /-test\/|ScriptedWorld|ring_at|rows_written|shard_prefix|is_trapping|postern_trap/;
  assert.match(readFileSync(join(root, 'tests/edge/worker.test-entry.mjs'), 'utf8'), doors);
  assert.doesNotMatch(bundle(), doors);
});

test('it lets nothing past a gate that failed', () => {
  assert.doesNotMatch(bundle(), /passThrough/);
});

test('it has one way in, a limit on its time, and logs without secrets of URLs', () => {
  assert.equal(config.workers_dev, false);
  assert.equal(config.preview_urls, false);
  assert.ok(config.limits.cpu_ms > 0 && config.limits.cpu_ms <= 1000);
  assert.equal(config.observability.enabled, true);
  assert.equal(config.observability.redact_query_string, true);
});

test('it consumes what it sends, and a slow forward does not hold up the queue', () => {
  const producers = config.queues.producers.map(({ binding, queue }) => [binding, queue]);
  assert.deepEqual(producers,
    [['DELIVERIES', 'postern-deliveries'], ['DEAD_LETTERS', 'postern-dead-letters']]);
  const [consumer, ...others] = config.queues.consumers;
  assert.deepEqual(others, []);
  assert.deepEqual([consumer.queue, consumer.dead_letter_queue, consumer.max_retries],
    ['postern-deliveries', 'postern-dead-letters', 100]);
  assert.deepEqual(config.compatibility_flags, ['queue_consumer_no_wait_for_wait_until']);
});

test('it requires the settings that the sample policy reads', () => {
  const policy = new Uint8Array(readFileSync(join(root, 'build/policy.bin')));
  const wanted = read_policy_head(policy).setting_names;
  assert.notEqual(wanted.length, 0);
  assert.deepEqual([...config.secrets.required].sort(), wanted.sort());
});
