// The parts of a store by themselves, in workerd's SQLite.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { chunk_bytes_max, inline_bytes_max } from '../../hosts/store/sqlite/outbox.mjs';

import { start_worker } from './edge.mjs';

let worker;
before(async () => {
  worker = await start_worker();
});
after(() => worker?.close());

for (const count of [1, 5, 6, 31, 120]) {
  test(`rows of ${count} days are all found`, async () => {
    const days = Array.from({ length: count }, (_, day) => day);
    assert.deepEqual(await worker.probe('days_found', count), [days, days]);
  });
}

const mebibyte = 1 << 20;

/** `[bytes, rows of one delivery]`: a large body is in rows of its own, in pieces. */
const bodies = [
  [0, 1], [1, 1], [inline_bytes_max, 1], [inline_bytes_max + 1, 2], [chunk_bytes_max, 2],
  [chunk_bytes_max + 1, 3], [20 * mebibyte, 15], [25 * mebibyte, 19],
];
for (const [bytes, rows] of bodies) {
  test(`a body of ${bytes} bytes is kept in ${rows} rows and comes back as it was`, async () => {
    assert.deepEqual(await worker.probe('keep_body', bytes, 1), [rows, true, null, null, 0]);
  });
}

for (const [bytes, rows] of [[0, 4], [5, 4], [2 * mebibyte, 5]]) {
  test(`three deliveries share a body of ${bytes} bytes until the last is done`, async () => {
    assert.deepEqual(await worker.probe('keep_body', bytes, 3),
      [rows, true, null, true, null, true, null, null, 0]);
  });
}

test('what is owed for long is overdue, and what was given up is dead', async () => {
  assert.deepEqual(await worker.probe('list', [0, 99, 100, 300, 0, 40]), {
    next_ms: 40,
    overdue: [1, 5],
    overdue_first: [1],
    dead: [0, 4],
    dead_first: [0],
    dead_behind_first: [4],
    owed: [1, 2, 3, 5],
    owed_behind_first: [2, 3],
    next_ms_after: 100,
  });
});
