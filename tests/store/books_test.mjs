// The reconciliation finds what is wrong in books, and only that. Books written by hand.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { reconcile } from './books.mjs';

const event = (fields) => (
  { id: 'a', sha256: 'aa', mode: 'proxy', acknowledged_at: 3_000_000, ...fields });
const forward = (at, fields) => ({
  id: 'a', at, sha256: 'aa', key: 'k', attempt: String(at), is_marked: false, outcome: 'ok',
  ...fields,
});
const restart = { killed_at: 2_000_000, up_at: 2_100_000 };

function books_of({ events = [event()], forged = [], book = [], restarts = [], told = [] }) {
  return reconcile({
    events, forged: new Set(forged), book, restarts, lease_ms: 7000, told: new Map(told),
  });
}

const balanced = {
  'one forward before the answer': { book: [forward(1_000_000)] },
  'an event that nobody took, and nobody said so': { events: [event({ acknowledged_at: null })] },
  'a queued event that arrives after the answer': {
    events: [event({ mode: 'queue', acknowledged_at: 1 })], book: [forward(1_000_000)],
  },
  'a forward again after the origin failed': {
    book: [forward(1_000_000, { outcome: 'failed' }), forward(1_500_000)],
  },
  'a marked forward after a restart': {
    book: [forward(1_000_000), forward(2_500_000, { is_marked: true })], restarts: [restart],
  },
  'an unmarked forward more than a lease after the restart': {
    book: [forward(1_000_000), forward(9_200_000)], restarts: [restart],
  },
  'a marked forward after a commit that failed, as the gate says': {
    book: [forward(1_000_000), forward(1_500_000, { is_marked: true })],
    told: [['k 1000000', 'commit_failed']],
  },
};

const unbalanced = {
  'an answer of 2xx for an event that never arrived': {},
  'an answer of 2xx for an event that the origin failed to take': {
    book: [forward(1_000_000, { outcome: 'failed' })],
  },
  'an answer of 2xx before the origin had it': { book: [forward(3_500_000)] },
  'other bytes': { book: [forward(1_000_000, { sha256: 'bb' })] },
  'a forgery that arrived': { forged: ['b'], book: [forward(1), forward(2, { id: 'b' })] },
  'an event that nobody sent': { book: [forward(1), forward(2, { id: 'b' })] },
  'a forward again without a cause': { book: [forward(1), forward(2)] },
  'a forward again whose restart was before the first one': {
    book: [forward(2_700_000), forward(2_800_000)], restarts: [restart],
  },
  'a forward again without a mark after a restart': {
    book: [forward(1_000_000), forward(2_500_000)], restarts: [restart],
  },
  'a forward again without a mark after a connection that broke off': {
    book: [forward(1_000_000, { outcome: 'reset' }), forward(1_500_000)],
  },
  'a forward again without a mark after a commit that failed': {
    book: [forward(1_000_000), forward(1_500_000)], told: [['k 1000000', 'commit_failed']],
  },
  'attempts that do not rise': {
    book: [forward(1_000_000, { outcome: 'failed', attempt: '10' }),
      forward(1_500_000, { attempt: '9' })],
  },
  'two keys for one event': {
    book: [forward(1_000_000, { outcome: 'failed' }), forward(1_500_000, { key: 'l' })],
  },
};

for (const [what, books] of Object.entries(balanced)) {
  test(`books balance with ${what}`, () => assert.deepEqual(books_of(books).faults, []));
}

for (const [what, books] of Object.entries(unbalanced)) {
  test(`books do not balance with ${what}`, () => assert.equal(books_of(books).faults.length, 1));
}

test('counts forwards that were made again by their cause', () => {
  const book = [forward(1_000_000, { outcome: 'failed' }), forward(1_500_000),
    forward(2_500_000, { is_marked: true })];
  const { counts } = books_of({ book, restarts: [restart] });
  assert.deepEqual([counts.repeats, counts.causes.failed, counts.causes.restart, counts.marked],
    [2, 1, 1, 1]);
});
