// What every ledger is held to, above whichever store: those of hosts/store, and the two of C++,
// the harness's and the simulator's. Cases as in cases.mjs.

import assert from 'node:assert/strict';

import { operation, read_reply, state_of } from '../../edge/operations.mjs';
import { day_ms, key, minute_ms, start_ms } from './times.mjs';

const lease = { lease_ms: 5000 };

/** An operation that no module takes. */
const malformed = '00';

/** `copy` is `[number, operation]` of the row that is asked where the event stands elsewhere. */
const ask = async (at, number, asked, copy = null) => read_reply(await at.call('apply', {
  key: key(number), operation: asked,
  copy: copy && { key: key(copy[0]), operation: copy[1] },
}));
const apply = (at, number, verb, fields) => ask(at, number, operation(verb, fields));
const answer_of = async (at, number, verb, fields) =>
  (await apply(at, number, verb, fields)).answer;
const row_of = (at, number) => at.call('look_up', { key: key(number) });
const owed_at = async (at, number) =>
  (await at.call('read_owed', { key: key(number) }))?.ticket ?? null;
const list = async (at, which) => (await at.call('list', { which })).map((each) => each.key);

/** Accepts an event for each of `entries`: a number, or what goes into its entry besides. */
async function accept(at, entries) {
  return read_reply(await at.call('accept', {
    entries: entries.map((entry) => {
      const { number, ...rest } = typeof entry === 'number' ? { number: entry } : entry;
      return { key: key(number), ticket: key(number), operation: operation('accept'), ...rest };
    }),
    body: 'b0d1',
  }));
}

/** The event is taken, and its last delivery fails. */
async function bury(at, number) {
  const { epoch } = await apply(at, number, 'take', lease);
  assert.equal(await answer_of(at, number, 'bury', { epoch, status: 500 }), 'done');
}

const leases = [
  {
    name: 'of claims at once one is granted',
    async run(at) {
      const claims = await Promise.all(Array.from({ length: 12 }, (_, number) =>
        apply(at, 1, 'claim', { owner: number + 1, ...lease })));
      const told = claims.map(({ answer }) => answer).sort();
      assert.deepEqual(told, [...Array(11).fill('busy'), 'granted']);
    },
  },
  {
    name: 'a claim that waits is told when the event is done',
    needs: ['waiting'],
    async run(at) {
      const { epoch } = await apply(at, 1, 'claim', { owner: 1, ...lease });
      const waiting = at.call('apply',
        { key: key(1), operation: operation('claim', { owner: 99, ...lease }), wait_ms: 4000 });
      assert.equal(await answer_of(at, 1, 'commit', { epoch, status: 201 }), 'done');
      const told = read_reply(await waiting);
      assert.deepEqual([told.answer, told.status], ['duplicate', 201]);
    },
  },
  {
    name: 'whoever lost the reply to a claim gets the same lease again',
    async run(at) {
      const first = await apply(at, 1, 'claim', { owner: 7, ...lease });
      assert.deepEqual(await apply(at, 1, 'claim', { owner: 7, ...lease }), first);
      assert.equal(await answer_of(at, 1, 'claim', { owner: 8, ...lease }), 'busy');
    },
  },
  {
    name: 'a lease that was taken over is ended by its new owner only, and a success counts',
    async run(at) {
      const old = await apply(at, 1, 'claim', { owner: 1, ...lease });
      await at.set_clock(start_ms + 6000);
      const next = await apply(at, 1, 'claim', { owner: 2, ...lease });
      assert.deepEqual([next.answer, next.is_marked, next.epoch > old.epoch],
        ['granted', true, true]);
      assert.equal(await answer_of(at, 1, 'release', { epoch: old.epoch }), 'ignored');
      assert.equal(await answer_of(at, 1, 'claim', { owner: 3, ...lease }), 'busy');
      assert.equal(await answer_of(at, 1, 'commit', { epoch: old.epoch, status: 200 }), 'done');
      assert.equal(await answer_of(at, 1, 'claim', { owner: 3, ...lease }), 'duplicate');
    },
  },
  {
    name: 'what was released goes on at once, and is marked where nobody knows what it did',
    async run(at) {
      for (const [number, outcome] of [[1, 0], [2, 1]]) {
        const { epoch } = await apply(at, number, 'claim', { owner: 1, ...lease });
        assert.equal(await answer_of(at, number, 'release', { epoch, outcome }), 'done');
        const next = await apply(at, number, 'claim', { owner: 2, ...lease });
        assert.deepEqual([next.answer, next.is_marked], ['granted', outcome === 1]);
      }
    },
  },
  {
    name: 'a lease that was over stays over, although the clock goes back',
    async run(at) {
      await apply(at, 1, 'claim', { owner: 1, ...lease });
      await at.set_clock(start_ms + 6000);
      await apply(at, 2, 'claim', { owner: 1, ...lease });
      await at.set_clock(start_ms + 1000);
      const { answer, is_marked } = await apply(at, 1, 'claim', { owner: 2, ...lease });
      assert.deepEqual([answer, is_marked], ['granted', true]);
    },
  },
  {
    name: 'what is done is remembered for as long as was asked, and no longer',
    async run(at) {
      const { epoch } = await apply(at, 1, 'claim', { owner: 1, ...lease });
      await apply(at, 1, 'commit', { epoch, status: 200, retain_ms: day_ms });
      await at.set_clock(start_ms + day_ms - 1);
      assert.equal(await answer_of(at, 1, 'claim', { owner: 2, ...lease }), 'duplicate');
      await at.set_clock(start_ms + day_ms);
      assert.equal(await answer_of(at, 1, 'claim', { owner: 2, ...lease }), 'granted');
    },
  },
  {
    name: 'what no module takes is refused, and changes nothing',
    async run(at) {
      await assert.rejects(ask(at, 1, malformed));
      assert.equal(await row_of(at, 1), null);
      assert.equal(await answer_of(at, 1, 'claim', { owner: 1, ...lease }), 'granted');
    },
  },
];

const many = { copies_max: 2, ...lease };
const claim_of = (owner, hint, more) => operation('claim', { owner, hint, ...many, ...more });
const beside = (owner, hint) => claim_of(owner, hint, { is_copy: 1 });

const copies = [
  {
    name: 'a copy of a content is granted beside it and marked, and each is done for itself',
    async run(at) {
      const first = await ask(at, 1, claim_of(1, 1), [2, beside(1, 1)]);
      const copy = await ask(at, 1, claim_of(2, 2), [3, beside(2, 2)]);
      assert.deepEqual([first, copy].map(({ answer, is_marked, is_copy }) =>
        [answer, is_marked, is_copy]), [['granted', false, false], ['granted', true, true]]);
      assert.equal(await row_of(at, 2), null);
      const commit = (number, { epoch }, hint) =>
        answer_of(at, number, 'commit', { epoch, status: 200, hint });
      assert.equal(await commit(3, copy, 2), 'done');
      const again = () => ask(at, 1, claim_of(3, 2), [3, beside(3, 2)]);
      assert.equal((await again()).answer, 'duplicate');
      assert.equal((await ask(at, 1, claim_of(3, 1), [2, beside(3, 1)])).answer, 'busy');
      assert.equal(await commit(1, first, 1), 'done');
      assert.equal((await ask(at, 1, claim_of(3, 1), [2, beside(3, 1)])).answer, 'duplicate');
    },
  },
  {
    name: 'a minute has room for as many copies as were asked',
    async run(at) {
      await ask(at, 1, claim_of(1, 1));
      const copy = async (hint) =>
        (await ask(at, 1, claim_of(hint, hint), [hint, beside(hint, hint)])).answer;
      assert.deepEqual([await copy(2), await copy(3), await copy(4)],
        ['granted', 'granted', 'limited']);
      assert.equal(await row_of(at, 4), null);
      await at.set_clock(start_ms + minute_ms);
      assert.equal(await copy(4), 'granted');
    },
  },
  {
    name: 'a copy whose own row fails leaves its content as it was',
    async run(at) {
      await ask(at, 1, claim_of(1, 1));
      const before = await row_of(at, 1);
      await assert.rejects(ask(at, 1, claim_of(2, 2), [2, malformed]));
      assert.deepEqual([await row_of(at, 1), await row_of(at, 2)], [before, null]);
    },
  },
  {
    name: 'a copy is accepted beside its content, for every destination or none',
    async run(at) {
      const under = (hint, number, copy_number, more) => {
        const accepted = (is_copy) => operation('accept', { hint, copies_max: 2, is_copy });
        const copy = { key: key(copy_number), ticket: key(copy_number), operation: accepted(1) };
        return { number, operation: accepted(0), copy: { ...copy, ...more } };
      };
      assert.equal((await accept(at, [under(1, 1, 11), under(1, 2, 12)])).answer, 'accepted');
      await assert.rejects(accept(at, [under(2, 1, 3), under(2, 2, 4, { operation: malformed })]));
      assert.deepEqual([await row_of(at, 3), await owed_at(at, 3)], [null, null]);
      // The second destination knows nothing of the content: it is a copy there all the same.
      const told = await accept(at, [under(2, 1, 3), under(2, 5, 6)]);
      assert.deepEqual([told.answer, told.is_copy], ['accepted', true]);
      assert.deepEqual(await list(at, 'owed'), [1, 2, 3, 6].map(key));
      assert.equal((await accept(at, [under(2, 1, 3), under(2, 5, 6)])).answer, 'duplicate');
    },
  },
];

const owed = [
  {
    name: 'what is accepted is owed to each destination, until each is done',
    async run(at) {
      assert.equal((await accept(at, [1, 2])).answer, 'accepted');
      for (const number of [2, 1]) {
        assert.equal(await owed_at(at, number), key(number));
        const { epoch } = await apply(at, number, 'take', lease);
        assert.equal(await answer_of(at, number, 'commit', { epoch, status: 200 }), 'done');
        assert.equal(await owed_at(at, number), null);
      }
      assert.equal((await accept(at, [1, 2])).answer, 'duplicate');
    },
  },
  {
    name: 'nothing is accepted when the first destination is not, or when one of them fails',
    async run(at) {
      await apply(at, 1, 'commit', { status: 200 });
      assert.equal((await accept(at, [1, 2])).answer, 'duplicate');
      await assert.rejects(accept(at, [3, { number: 4, operation: malformed }]));
      assert.deepEqual([await row_of(at, 2), await row_of(at, 3), await row_of(at, 4),
        await owed_at(at, 3)], [null, null, null, null]);
      assert.equal((await accept(at, [3, 4])).answer, 'accepted');
    },
  },
  {
    name: 'no event is owed without its delivery',
    async run(at) {
      await assert.rejects(apply(at, 1, 'accept'));
      assert.equal(await row_of(at, 1), null);
    },
  },
  {
    name: 'what failed is not taken before it is due again',
    async run(at) {
      await accept(at, [1]);
      const { epoch } = await apply(at, 1, 'take', lease);
      await apply(at, 1, 'fail', { epoch, status: 500, delay_ms: minute_ms });
      const early = await apply(at, 1, 'take', { owner: 2, ...lease });
      assert.deepEqual([early.answer, early.wait_ms], ['busy', minute_ms]);
      await at.set_clock(start_ms + minute_ms);
      const next = await apply(at, 1, 'take', { owner: 2, ...lease });
      assert.deepEqual([next.answer, next.is_marked, next.epoch > epoch], ['granted', false, true]);
    },
  },
  {
    name: 'what was given up is dead, absorbs its repeats, and can be taken up again or dropped',
    async run(at) {
      await accept(at, [1, 2]);
      await bury(at, 1);
      assert.deepEqual([await list(at, 'dead'), await list(at, 'owed')], [[key(1)], [key(2)]]);
      assert.equal((await accept(at, [1, 2])).answer, 'duplicate');
      assert.equal(await answer_of(at, 2, 'drop'), 'ignored');
      assert.equal(await answer_of(at, 1, 'redrive'), 'done');
      assert.deepEqual([await list(at, 'dead'), await list(at, 'owed')],
        [[], [key(1), key(2)]]);
      await bury(at, 1);
      assert.equal(await answer_of(at, 1, 'drop'), 'done');
      assert.deepEqual([await list(at, 'dead'), await owed_at(at, 1)], [[], null]);
      assert.equal((await accept(at, [1, 2])).answer, 'duplicate');
    },
  },
  {
    name: 'an event whose runs fail five times is given up, with all its bytes',
    needs: ['runs'],
    async run(at) {
      await accept(at, [1]);
      const ends = [];
      for (let run = 0; run < 5; run += 1) {
        ends.push(await at.call('note_failed_run', { key: key(1) }));
      }
      assert.deepEqual(ends, [false, false, false, false, true]);
      const [dead] = await at.call('list', { which: 'dead' });
      assert.deepEqual([dead.ticket, state_of(dead.row)], [key(1), 'dead']);
    },
  },
  {
    name: 'what nobody drives gets a fresh message, and another when that was lost',
    async run(at) {
      await accept(at, [1, 2]);
      assert.deepEqual(await at.call('sweep', {}), []);
      await at.set_clock(start_ms + 2 * minute_ms);
      assert.deepEqual((await at.call('sweep', {})).sort(), [key(1), key(2)]);
      assert.deepEqual(await at.call('sweep', {}), []);
      const { epoch } = await apply(at, 2, 'take', lease);
      await apply(at, 2, 'commit', { epoch });
      await at.set_clock(start_ms + 20 * minute_ms);
      assert.deepEqual(await at.call('sweep', {}), [key(1)]);
    },
  },
  {
    name: 'a fresh message that the queue does not take is sent by the next sweep',
    needs: ['queue'],
    async run(at) {
      await accept(at, [1]);
      await at.set_clock(start_ms + 2 * minute_ms);
      assert.deepEqual(await at.call('sweep', { is_queue_down: true }), []);
      assert.deepEqual(await at.call('sweep', {}), [key(1)]);
    },
  },
];

const restarts = [
  {
    name: 'what is done or dead is so after a restart, and an event that is owed is owed',
    needs: ['disk'],
    async run(at) {
      await apply(at, 1, 'commit', { status: 200 });
      await accept(at, [2]);
      await bury(at, 2);
      await accept(at, [3]);
      const lost = await apply(at, 3, 'take', { owner: 1, lease_ms: 60_000 });
      await at.restart();
      assert.equal(await answer_of(at, 1, 'claim', { owner: 2, ...lease }), 'duplicate');
      assert.deepEqual(await list(at, 'dead'), [key(2)]);
      const next = await apply(at, 3, 'take', { owner: 2, lease_ms: 60_000 });
      assert.ok(next.answer === 'busy' || (next.is_marked && next.epoch > lost.epoch));
      assert.equal(await owed_at(at, 3), key(3));
    },
  },
  {
    name: 'of a burst of leases a restart keeps each, or marks the next and raises its epoch',
    needs: ['disk'],
    async run(at) {
      const numbers = [1, 2, 3, 4, 5, 6, 7, 8, 9];
      const claim = (owner) => Promise.all(
        numbers.map((number) => apply(at, number, 'claim', { owner, lease_ms: 60_000 })));
      const before = await claim(1);
      await at.set_clock(start_ms - day_ms);
      await at.restart();
      for (const [place, { answer, is_marked, epoch }] of (await claim(2)).entries()) {
        assert.ok(answer === 'busy' || (is_marked && epoch > before[place].epoch), `${place}`);
      }
    },
  },
];

export const ledger_cases = [...leases, ...copies, ...owed, ...restarts];
