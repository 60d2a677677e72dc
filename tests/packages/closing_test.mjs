// What becomes of a gate and its ledger when it is closed, or when the ledger's file is gone: the
// process lives on, and a gate that is opened next has lost nothing.

import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { mock, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

import { folder, gate, secret, signed, sqlite } from './served.mjs';

const request_of = ({ headers, body }) =>
  new Request('https://app.example/hooks/stripe', { method: 'POST', headers, body });

function remove(file) {
  ['', '-wal', '-shm'].forEach((end) => rmSync(`${file}${end}`, { force: true }));
}

const gate_of = (ledger, to = () => {}) => gate({
  sources: {
    stripe: { path: '/hooks/stripe', provider: 'stripe', secrets: [secret], routes: [{ to }] },
  },
  ledger,
});

/** More deliveries at once than leases are written to the disk for. */
const burst = (hooks) => Promise.all(Array.from({ length: 20 }, async () =>
  (await hooks.fetch(request_of(signed()))).status));

/** Lets timers of ten seconds and more ring a hundred times sooner, and the clock go with them. */
async function in_a_hurry(action) {
  const { setTimeout: usual } = globalThis;
  mock.timers.enable({ apis: ['Date'], now: Date.now() });
  globalThis.setTimeout = (ring, ms, ...values) =>
    usual(ring, ms >= 10_000 ? ms / 100 : ms, ...values);
  try {
    await action((ms) => mock.timers.setTime(Date.now() + ms));
  } finally {
    globalThis.setTimeout = usual;
    mock.timers.reset();
  }
}

for (const [what, end] of Object.entries({
  'a gate that was closed': (hooks) => hooks.close(),
  'a ledger whose file is gone': (_, file) => remove(file),
})) {
  test(`${what} is not written to when the burst before is over`, async () => {
    const file = join(folder, 'burst.db');
    remove(file);
    await in_a_hurry(async (pass) => {
      const hooks = gate_of(sqlite(file));
      assert.ok((await burst(hooks)).every((status) => status === 200));
      await end(hooks, file);
      pass(60_000);
      await sleep(500);
      await hooks.close();
    });
  });
}

test('a gate that is opened after a burst has lost no lease', async () => {
  const file = join(folder, 'leases.db');
  remove(file);
  const marks = [];
  const first = gate_of(sqlite(file), () => { throw new Error('not now'); });
  first.on('failure', () => {});
  assert.ok((await burst(first)).every((status) => status === 503));
  await first.close();
  const second = gate_of(sqlite(file), ({ maybeDuplicate }) => { marks.push(maybeDuplicate); });
  assert.ok((await burst(second)).every((status) => status === 200));
  await second.close();
  assert.deepEqual(new Set(marks), new Set([false]));
});

test('a body that comes while the gate is closing is not begun with', async () => {
  const file = join(folder, 'late.db');
  remove(file);
  const told = [];
  let runs = 0;
  const hooks = gate_of(sqlite(file), async () => {
    runs += 1;
    await sleep(300);
  });
  hooks.on('failure', (text) => told.push(text));
  const records = [];
  hooks.on('record', ({ verdict }) => records.push(verdict));
  const { headers, body } = signed();
  let send_body;
  const slow = hooks.fetch(new Request('https://app.example/hooks/stripe', {
    method: 'POST', headers, duplex: 'half',
    body: new ReadableStream({
      start(controller) {
        send_body = () => {
          controller.enqueue(new TextEncoder().encode(body));
          controller.close();
        };
      },
    }),
  }));
  const under_way = hooks.fetch(request_of(signed()));
  await sleep(50);
  const closed = hooks.close();
  send_body();
  const late = await slow;
  assert.deepEqual([late.status, late.headers.get('retry-after')], [503, '1']);
  assert.equal((await under_way).status, 200);
  await closed;
  assert.deepEqual([runs, records, told], [1, ['forwarded'], []]);
});

test('a gate that is closed says so to whoever goes on with it', async () => {
  const file = join(folder, 'closed.db');
  remove(file);
  const hooks = gate_of(sqlite(file));
  for (const grace of [-1, NaN, '100', null]) {
    await assert.rejects(hooks.close({ grace }), { name: 'TypeError', message: /milliseconds/ });
  }
  await hooks.close({ grace: 0 });
  const closed = { message: /gate is closed/ };
  await assert.rejects(hooks.drive(), closed);
  await assert.rejects(hooks.redrive('0'.repeat(64)), closed);
  await assert.rejects(async () => Array.fromAsync(hooks.dead()), closed);
  await hooks.close(null);
});
