// A new version over the state of an old one: rows of form 1 are on disk when it starts.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { bucket_ms } from '../../hosts/store/sqlite/durable_rows.mjs';

import {
  compile_policy, device_policy, root, scratch, start_dev, start_origin, worker_at,
} from './edge.mjs';

const config = join(root, 'tests/edge/wrangler.test.toml');
const state = join(scratch, 'old_rows_state');
const hour_ms = 3_600_000;
const now_ms = Date.now();
const week_hence_ms = now_ms + 7 * bucket_ms;

/** The name of the ledger's object for the first policy that a test process goes live with. */
const shard = 'live 1 device/0';

const little = (value, bytes) => {
  const room = Buffer.alloc(8);
  room.writeBigUInt64LE(BigInt(value));
  return room.subarray(0, bytes).toString('hex');
};

/**
 * A row of form 1: version, state, epoch, owner, end of the lease, first seen, expiry, attempts,
 * mark, status. Epochs of that version are a start in milliseconds times 65 536.
 */
function old_row({ state: number, lease_until_ms = 0, expires_ms = 0, mark = 0, status = 0 }) {
  const epoch = BigInt(now_ms - hour_ms) << 16n;
  return '01' + little(number, 1) + little(epoch, 8) + '5a'.repeat(16) +
    little(lease_until_ms, 8) + little(now_ms - hour_ms, 8) + little(expires_ms, 8) +
    little(1, 2) + little(mark, 1) + little(status, 2);
}

const claimed = 1;
const retryable = 2;
const done = 3;

const text = (value) => Buffer.concat([Buffer.from(little(value.length, 4), 'hex'),
  Buffer.from(value)]);

/** The event key, as docs/DUPLICATES.md has it. */
const key_of = (identity) => createHash('sha256')
  .update('postern1').update(text('device')).update(text(identity)).digest('hex');

const events = {
  done: old_row({ state: done, expires_ms: week_hence_ms, status: 201 }),
  forgotten: old_row({ state: done, expires_ms: now_ms - 1, status: 201 }),
  marked: old_row({ state: retryable, expires_ms: week_hence_ms, mark: 1 }),
  leased: old_row({ state: claimed, lease_until_ms: now_ms + hour_ms }),
  over: old_row({ state: claimed, lease_until_ms: now_ms - 1 }),
};

let dev;
let worker;
let origin;

before(async () => {
  rmSync(state, { recursive: true, force: true });
  for (const row of Object.values(events)) {
    assert.equal(row.length, 2 * 55);
  }
  const old_config = join(scratch, 'old_rows.toml');
  const old_main = `main = "${join(root, 'tests/edge/old_rows.worker.mjs')}"`;
  writeFileSync(old_config, readFileSync(config, 'utf8').replace(/^main = .*$/m, old_main));
  const old = await start_dev('old_rows', old_config, state);
  const rows = Object.entries(events).map(([identity, row]) => ({
    bucket: Math.floor(week_hence_ms / bucket_ms), key: key_of(identity), row,
  }));
  const left = await fetch(old.url, { method: 'POST', body: JSON.stringify({ shard, rows }) });
  assert.equal(await left.text(), 'left');
  await old.stop();

  origin = await start_origin();
  dev = await start_dev('new_version', config, state);
  worker = worker_at(dev.url);
  assert.equal(`${await worker.go_live(
    compile_policy('old_rows_test', device_policy(origin.url)))}device/0`, shard);
});

after(async () => {
  origin?.close();
  await dev?.stop();
});

const deliver = (identity) => worker.deliver(JSON.stringify({ id: identity }));

test('what was done before the new version is a duplicate', async () => {
  assert.equal((await deliver('done')).status, 200);
  assert.equal(origin.requests.length, 0);
});

test('a lease of before runs on', async () => {
  const answer = await deliver('leased');
  assert.equal(answer.status, 503);
  assert.match(answer.headers.get('retry-after'), /^[1-9][0-9]*$/);
  assert.equal(origin.requests.length, 0);
});

for (const identity of ['marked', 'over', 'forgotten']) {
  test(`the event "${identity}" is forwarded, with an epoch above the old one`, async () => {
    assert.equal((await deliver(identity)).status, 200);
    const { headers } = origin.requests.at(-1);
    assert.equal(headers['postern-key'], key_of(identity));
    assert.ok(BigInt(headers['postern-attempt']) >= BigInt(now_ms) << 16n);
    assert.equal(headers['postern-maybe-duplicate'], 'true');
  });
}
