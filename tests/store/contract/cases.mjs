// What every store is held to, as docs/STORES.md has it; ledger_cases.mjs has what stands above.
// A case is `{ name, needs, run(at) }`: `at` is a store as adapters.mjs opens it, whose calls are
// those of door.mjs, and of its own `restart`, `fail_next` and `alarm_ms`; `needs` is what it must
// have for the case to make sense.

import assert from 'node:assert/strict';

import { ledger_cases } from './ledger_cases.mjs';
import { day_ms, key, minute_ms, start_ms } from './times.mjs';

const nothing = '';

/** Finds rows, writes them in one swap, and says whether they were kept. */
async function put(at, writes, { parcel, now_ms = start_ms } = {}) {
  const found = await Promise.all(writes.map((write) => at.call('find', { key: write.key })));
  return at.call('swap', {
    seen: found.map(({ id }) => id), parcel, now_ms,
    writes: writes.map(({ key: _key, ...write }, place) => ({ id: found[place].id, ...write })),
  });
}

/** The row that stands: what a store believes may be out of date until it has looked. */
async function row_of(at, number) {
  const find = () => at.call('find', { key: key(number) });
  const { id, row } = await find();
  const { now_ms } = await at.call('times');
  return await at.call('swap', { seen: [id], now_ms }) ? row : (await find()).row;
}

const rows_of = (at, numbers) => Promise.all(numbers.map((number) => row_of(at, number)));
const done = { expires_ms: start_ms + 7 * day_ms, is_settled: true };

/** Owes the deliveries of `numbers`, due at `due_ms`, with one body. */
async function owe(at, numbers, { due_ms = start_ms, body = 'b0d1' } = {}) {
  assert.equal(await put(at, numbers.map((number) =>
    ({ key: key(number), row: 'ac', due_ms, ticket: `0${number}` })),
  { parcel: { body, keys: numbers.map(key) } }), true);
}

const rows = [
  {
    name: 'a row that is absent has no bytes, and one that was put has its own',
    async run(at) {
      assert.equal(await row_of(at, 1), nothing);
      assert.equal(await put(at, [{ key: key(1), row: 'aa01', ...done }]), true);
      assert.deepEqual(await rows_of(at, [1, 2]), ['aa01', nothing]);
    },
  },
  {
    name: 'a swap that saw an older row keeps nothing, and finds what stands',
    async run(at) {
      const { id } = await at.call('find', { key: key(1) });
      await put(at, [{ key: key(1), row: 'aa', ...done }]);
      const late = { seen: [id], now_ms: start_ms, writes: [{ id, row: 'bb', ...done }] };
      assert.equal(await at.call('swap', late), false);
      assert.equal(await row_of(at, 1), 'aa');
      assert.equal(await put(at, [{ key: key(1), row: 'bb', ...done }]), true);
      assert.equal(await row_of(at, 1), 'bb');
    },
  },
  {
    name: 'of swaps at once that saw the same row one is kept',
    async run(at) {
      const found = await Promise.all(
        Array.from({ length: 20 }, () => at.call('find', { key: key(1) })));
      const kept = await Promise.all(found.map(({ id }, number) => at.call('swap', {
        seen: [id], now_ms: start_ms, writes: [{ id, row: `c${number % 10}`, ...done }],
      })));
      assert.equal(kept.filter((is_kept) => is_kept).length, 1);
      assert.equal(await row_of(at, 1), `c${kept.indexOf(true) % 10}`);
    },
  },
  {
    name: 'a swap that only looks says whether what it saw stands',
    async run(at) {
      const { id } = await at.call('find', { key: key(1) });
      assert.equal(await at.call('swap', { seen: [id], now_ms: start_ms }), true);
      await put(at, [{ key: key(1), row: 'aa', ...done }]);
      assert.equal(await at.call('swap', { seen: [id], now_ms: start_ms }), false);
    },
  },
  {
    name: 'rows of one swap are all kept, or none when one of them has changed',
    async run(at) {
      const found = await Promise.all([1, 2, 3].map((each) => at.call('find', { key: key(each) })));
      await put(at, [{ key: key(3), row: 'aa', ...done }]);
      assert.equal(await at.call('swap', {
        seen: found.map(({ id }) => id), now_ms: start_ms,
        writes: found.map(({ id }) => ({ id, row: 'bb', ...done })),
      }), false);
      assert.deepEqual(await rows_of(at, [1, 2, 3]), [nothing, nothing, 'aa']);
      await put(at, [1, 2, 3].map((each) => ({ key: key(each), row: 'cc', ...done })));
      assert.deepEqual(await rows_of(at, [1, 2, 3]), ['cc', 'cc', 'cc']);
    },
  },
  {
    name: 'what is over is forgotten, and nothing else',
    async run(at) {
      await put(at, [
        { key: key(1), row: 'aa', expires_ms: start_ms + day_ms, is_settled: true },
        { key: key(2), row: 'bb', expires_ms: start_ms + 5 * day_ms, is_settled: true },
        { key: key(3), row: 'cc', is_lease: true, is_durable: false },
      ]);
      await owe(at, [4], { due_ms: start_ms });
      await at.call('drop_expired', { now_ms: start_ms + 3 * day_ms });
      assert.deepEqual(await rows_of(at, [1, 2, 3, 4]), [nothing, 'bb', 'cc', 'ac']);
    },
  },
  {
    name: 'a store that is full, or whose disk fails, keeps nothing and says so',
    needs: ['failure'],
    async run(at) {
      await put(at, [{ key: key(1), row: 'aa', ...done }]);
      await at.fail_next();
      await assert.rejects(put(at, [1, 2].map((each) => ({ key: key(each), row: 'bb', ...done }))));
      assert.deepEqual(await rows_of(at, [1, 2]), ['aa', nothing]);
      assert.equal(await put(at, [{ key: key(2), row: 'bb', ...done }]), true);
    },
  },
];

const deliveries = [
  {
    name: 'a delivery is kept with its row, and goes when that is settled',
    async run(at) {
      await owe(at, [1]);
      assert.deepEqual(await at.call('read_owed', { key: key(1) }),
        { ticket: '01', method: 'PUT', body: 'b0d1' });
      assert.deepEqual(await at.call('read_owed', { key: key(1), bytes_max: 1 }),
        { ticket: '01', method: 'PUT', body: null });
      assert.deepEqual(await at.call('locate', { key: key(1) }), { key: key(1), shard: 's/0' });
      await put(at, [{ key: key(1), row: 'dd', due_ms: start_ms + minute_ms }]);
      assert.equal((await at.call('read_owed', { key: key(1) })).ticket, '01');
      await put(at, [{ key: key(1), row: 'ee', ...done }]);
      assert.equal(await at.call('read_owed', { key: key(1) }), null);
      assert.equal(await at.call('locate', { key: key(1) }), null);
      assert.equal(await row_of(at, 1), 'ee');
    },
  },
  {
    name: 'an event that is owed without its delivery is refused with all that came along',
    async run(at) {
      await assert.rejects(put(at, [
        { key: key(1), row: 'aa', ...done }, { key: key(2), row: 'ac', due_ms: start_ms },
      ]));
      assert.deepEqual(await rows_of(at, [1, 2]), [nothing, nothing]);
    },
  },
  {
    name: 'deliveries that share a body have it until the last of them is settled',
    async run(at) {
      const body = 'ab'.repeat(3000);
      await owe(at, [1, 2, 3], { body });
      for (const number of [2, 1, 3]) {
        assert.equal((await at.call('read_owed', { key: key(number) })).body, body);
        await put(at, [{ key: key(number), row: 'dd', ...done }]);
        assert.equal(await at.call('read_owed', { key: key(number) }), null);
      }
    },
  },
  {
    name: 'what was given up stays with its delivery, is dead, and is listed by key',
    async run(at) {
      await owe(at, [1, 2, 3, 4]);
      await put(at, [{ key: key(3), row: 'de' }, { key: key(1), row: 'de' }]);
      const list = async (which, more) =>
        (await at.call('list', { which, ...more })).map((each) => each.key);
      assert.deepEqual(await list('dead'), [key(1), key(3)]);
      assert.deepEqual(await list('dead', { after: key(1) }), [key(3)]);
      assert.deepEqual(await list('owed'), [key(2), key(4)]);
      assert.deepEqual(await list('owed', { count: 1 }), [key(2)]);
      assert.deepEqual((await at.call('list', { which: 'dead' }))[0], {
        key: key(1), row: 'de', ticket: '01', at_ms: start_ms, method: 'PUT', body_bytes: 2,
      });
      assert.equal(await at.call('locate', { key: key(1) }), null);
      assert.equal((await at.call('read_owed', { key: key(1) })).body, 'b0d1');
      await at.call('drop_expired', { now_ms: start_ms + 400 * day_ms });
      assert.deepEqual(await list('dead'), [key(1), key(3)]);
    },
  },
  {
    name: 'what nobody drives is overdue until it is postponed, or written',
    async run(at) {
      await owe(at, [1], { due_ms: start_ms });
      await owe(at, [2], { due_ms: start_ms + minute_ms });
      await owe(at, [3], { due_ms: start_ms });
      const before_ms = start_ms + 1;
      assert.deepEqual((await at.call('list_overdue', { before_ms })).sort(), [key(1), key(3)]);
      assert.equal((await at.call('list_overdue', { before_ms, count: 1 })).length, 1);
      await at.call('postpone', { key: key(1), before_ms, due_ms: start_ms + day_ms });
      await at.call('postpone', { key: key(2), before_ms, due_ms: start_ms + day_ms });
      assert.deepEqual(await at.call('list_overdue', { before_ms }), [key(3)]);
      assert.deepEqual((await at.call('list_overdue', { before_ms: start_ms + 2 * minute_ms }))
        .sort(), [key(2), key(3)]);
      await put(at, [{ key: key(3), row: 'dd', ...done }]);
      assert.deepEqual(await at.call('list_overdue', { before_ms }), []);
    },
  },
  {
    name: 'failed runs are counted until the row is written, and only of what has to be driven',
    async run(at) {
      const count = (number) => at.call('count_failed_run', { key: key(number) });
      await owe(at, [1, 2]);
      assert.deepEqual([await count(1), await count(1), await count(2)], [1, 2, 1]);
      await put(at, [{ key: key(1), row: 'dd', due_ms: start_ms }]);
      assert.equal(await count(1), 1);
      await put(at, [{ key: key(2), row: 'de' }]);
      assert.deepEqual([await count(2), await count(3)], [0, 0]);
    },
  },
  {
    name: 'its alarm rings when the first delivery is overdue',
    async run(at) {
      await owe(at, [1], { due_ms: start_ms + 10 * minute_ms });
      assert.equal(await at.alarm_ms(), start_ms + 11 * minute_ms);
      await owe(at, [2], { due_ms: start_ms });
      assert.equal(await at.alarm_ms(), start_ms + minute_ms);
    },
  },
];

const restarts = [
  {
    name: 'what is durable outlives the store, deliveries too',
    needs: ['disk'],
    async run(at) {
      await put(at, [{ key: key(1), row: 'aa', ...done }]);
      await owe(at, [2, 3], { body: 'cd'.repeat(20_000) });
      await put(at, [{ key: key(3), row: 'de' }]);
      await at.call('count_failed_run', { key: key(2) });
      await at.restart();
      assert.deepEqual(await rows_of(at, [1, 2, 3]), ['aa', 'ac', 'de']);
      assert.equal((await at.call('read_owed', { key: key(2) })).body.length, 40_000);
      const dead = await at.call('list', { which: 'dead' });
      assert.deepEqual(dead.map((each) => each.key), [key(3)]);
      assert.equal(await at.call('count_failed_run', { key: key(2) }), 2);
    },
  },
  {
    name: 'a lease that a restart loses is told by a later start, and one that it keeps by none',
    async run(at) {
      const before = await at.call('times');
      for (let number = 1; number <= 9; number += 1) {
        await put(at, [{ key: key(number), row: `a${number}`, is_lease: true, is_durable: false }]);
      }
      await at.set_clock(start_ms + 1000);
      await at.restart();
      const after = await at.call('times');
      const lost = (await rows_of(at, [1, 2, 3, 4, 5, 6, 7, 8, 9])).includes(nothing);
      assert.ok(lost ? after.started_ms > before.started_ms
        : after.started_ms === before.started_ms, JSON.stringify([before, after]));
      assert.ok(after.now_ms >= before.now_ms);
    },
  },
  {
    name: 'its time is not below what it has kept, although the clock goes back',
    needs: ['disk'],
    async run(at) {
      for (let number = 1; number <= 9; number += 1) {
        await put(at, [{ key: key(number), row: `a${number}`, is_lease: true, is_durable: false }]);
      }
      await at.set_clock(start_ms - day_ms);
      await at.restart();
      const { started_ms, now_ms } = await at.call('times');
      assert.ok(now_ms >= start_ms, `${now_ms}`);
      assert.ok(started_ms === 0 || started_ms >= start_ms, `${started_ms}`);
    },
  },
];

const of_rows = [...rows, ...deliveries, ...restarts].map((one) =>
  ({ ...one, needs: ['rows', ...(one.needs ?? [])] }));

export const cases = [...of_rows, ...ledger_cases];
