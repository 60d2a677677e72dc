// The checker and the model that the ledger's objects are held to: they accept what may be, and
// refuse what must not. Every history is written out by hand.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { check_history } from './linearizable.mjs';
import { beginning, step } from './model.mjs';

/** An object started long before the histories, so that no grant is marked for it. */
const started = 1_700_000_000_000;
const at = started + 3_600_000;
const first_epoch = BigInt(started) * 65_536n;

const day = 24 * 60 * 60 * 1000;
const nothing = {
  answer: '', epoch: 0n, mark: false, wait: 0, status: 0, attempts: 0, is_copy: false,
};

/** An operation between the moments `began` and `ended`. */
function event(began, ended, call, reply, seen = {}) {
  return {
    began, ended,
    call: {
      owner: 1, lease: 5000, retain: 7 * day, epoch: 0n, status: 0, is_unknown: false, delay: 0,
      hint: 0, copies_max: 0, is_copy: false,
      ...call,
    },
    reply: reply && { ...nothing, ...reply },
    seen: { at, start: 0, started, settled: 0, wrote: false, ...seen },
    settled_by_start: [0, 0, 0],
  };
}

const claim = { verb: 'claim' };
const by_another = { verb: 'claim', owner: 2 };
const commit = { verb: 'commit', epoch: first_epoch, status: 200 };
const granted = (above = 0n, mark = false) => (
  { answer: 'granted', epoch: first_epoch + above, mark });
const done = { answer: 'done', status: 200 };
const duplicate = { answer: 'duplicate', status: 200 };
const busy = { answer: 'busy', wait: 5000 };
const wrote = { wrote: true };
const after_restart = { start: 1, started: at + 1000, at: at + 1000 };
const new_epoch = BigInt(at + 1000) * 65_536n;
const marked_anew = { answer: 'granted', epoch: new_epoch, mark: true };

const accepted = {
  'a delivery and its duplicate': [
    event(1, 2, claim, granted()), event(3, 4, commit, done, wrote),
    event(5, 6, by_another, duplicate),
  ],
  'two claims at once, where the later one to begin was granted': [
    event(1, 4, claim, busy), event(2, 3, by_another, granted()),
  ],
  'a commit whose reply was lost, and which had its effect': [
    event(1, 2, claim, granted()), event(3, 4, commit, null, wrote),
    event(5, 6, by_another, duplicate),
  ],
  'a commit whose reply was lost, and which had none': [
    event(1, 2, claim, granted()), event(3, 4, commit, null, wrote),
    event(5, 6, by_another, busy),
  ],
  'a commit whose reply was lost, seen by another before': [
    event(1, 2, claim, granted()), event(3, 6, commit, null, wrote),
    event(4, 5, by_another, duplicate),
  ],
  'a commit that waited to be written, and was before its reply': [
    event(1, 2, claim, granted()), event(3, 4, commit, done, { is_kept: true }),
    event(5, 6, by_another, duplicate, after_restart),
  ],
  'a commit that waited to be written, and was, but whose reply was lost': [
    event(1, 2, claim, granted()), event(3, 4, commit, null),
    event(5, 6, by_another, duplicate, after_restart),
  ],
  'a commit that waited to be written, and was lost with its reply': [
    event(1, 2, claim, granted()), event(3, 4, commit, null),
    event(5, 6, by_another, marked_anew, after_restart),
  ],
  'a lease in memory that a restart loses: granted again, and marked': [
    event(1, 2, claim, granted()), event(3, 4, by_another, marked_anew, after_restart),
  ],
  'a lease on disk that a restart leaves': [
    event(1, 2, claim, granted(), wrote),
    event(3, 4, by_another, { answer: 'busy', wait: 4000 }, { start: 1, at: at + 1000 }),
  ],
  'a lease in memory that was settled on disk before the restart': [
    event(1, 2, claim, granted()),
    {
      ...event(3, 4, by_another, { answer: 'busy', wait: 4000 }, { start: 1, at: at + 1000 }),
      settled_by_start: [1, 0],
    },
  ],
  'an event that is forgotten when its retention is over': [
    event(1, 2, { ...commit, retain: 10 }, done, wrote),
    event(3, 4, claim, granted(1n), { at: at + 10 }),
  ],
  'an accepted event that is taken, fails, is taken again and buried': [
    event(1, 2, { verb: 'accept', delay: 5 }, { answer: 'accepted' }, wrote),
    event(3, 4, { verb: 'take' }, { answer: 'busy', wait: 5 }),
    event(5, 6, { verb: 'take' }, granted(), { at: at + 5 }),
    event(7, 8, { verb: 'fail', epoch: first_epoch, is_unknown: true }, { answer: 'done' },
      { at: at + 6, wrote: true }),
    event(9, 10, { verb: 'take', owner: 2 }, { ...granted(1n, true), attempts: 1 },
      { at: at + 6 }),
    event(11, 12, { verb: 'bury', epoch: first_epoch + 1n }, { answer: 'done' },
      { at: at + 7, wrote: true }),
    event(13, 14, claim, { answer: 'duplicate' }, { at: at + 8 }),
  ],
};

const refused = {
  'a double grant': [
    event(1, 2, claim, granted()), event(3, 4, by_another, granted(1n)),
  ],
  'a double grant of claims that come together': [
    event(1, 3, claim, granted()), event(2, 4, by_another, granted()),
  ],
  'a grant of the same epoch after a release': [
    event(1, 2, claim, granted()),
    event(3, 4, { verb: 'release', epoch: first_epoch }, { answer: 'done' }),
    event(5, 6, by_another, granted()),
  ],
  'a lost done': [
    event(1, 2, claim, granted()), event(3, 4, commit, done, wrote),
    event(5, 6, by_another, granted(1n)),
  ],
  'a done that was lost with a restart': [
    event(1, 2, claim, granted()), event(3, 4, commit, done, wrote),
    event(5, 6, by_another, marked_anew, after_restart),
  ],
  'a done that was never written': [
    event(1, 2, claim, granted()), event(3, 4, commit, done),
  ],
  'a lease that is lost without a restart': [
    event(1, 2, claim, granted()), event(3, 4, by_another, granted(1n, true)),
  ],
  'a lease on disk that a restart loses': [
    event(1, 2, claim, granted(), wrote), event(3, 4, by_another, marked_anew, after_restart),
  ],
  'a lease that was lost with a start that looks like the one before': [
    event(1, 2, claim, granted()),
    event(3, 4, by_another, granted(), { start: 1, at: at + 1000 }),
  ],
  'a grant soon after a start without a mark': [
    event(1, 2, claim, granted()),
    event(3, 4, by_another, { ...marked_anew, mark: false }, after_restart),
  ],
  'a grant after a start whose epoch is below it': [
    event(1, 2, claim, granted()),
    event(3, 4, by_another, { ...marked_anew, epoch: new_epoch - 1n }, after_restart),
  ],
  'a stale read: busy, although the commit had ended before': [
    event(1, 2, claim, granted()), event(3, 4, commit, done, wrote), event(5, 6, by_another, busy),
  ],
  'a stale read: ignored, although the event was owed before': [
    event(1, 2, { verb: 'accept' }, { answer: 'accepted' }, wrote),
    event(3, 4, { verb: 'take' }, { answer: 'ignored' }),
  ],
  'an answer from the future: duplicate before the commit began': [
    event(1, 2, claim, granted()), event(3, 4, by_another, duplicate),
    event(5, 6, commit, done, wrote),
  ],
  'a lost commit that had its effect after it was known to be lost': [
    event(1, 2, claim, granted()), event(3, 4, commit, null, wrote),
    event(5, 6, by_another, busy), event(7, 8, by_another, duplicate),
  ],
  'time that goes back': [
    event(1, 2, claim, granted()),
    event(3, 4, by_another, { answer: 'busy', wait: 5001 }, { at: at - 1 }),
  ],
  'a mark that got lost': [
    event(1, 2, { verb: 'release', is_unknown: true }, { answer: 'done' }, wrote),
    event(3, 4, claim, granted()),
  ],
  'a delivery that is handed out before it is due': [
    event(1, 2, { verb: 'accept', delay: 5 }, { answer: 'accepted' }, wrote),
    event(3, 4, { verb: 'take' }, granted(), { at: at + 4 }),
  ],
  'what was given up and is granted all the same': [
    event(1, 2, { verb: 'accept' }, { answer: 'accepted' }, wrote),
    event(3, 4, { verb: 'take' }, granted()),
    event(5, 6, { verb: 'bury', epoch: first_epoch }, { answer: 'done' }, wrote),
    event(7, 8, { verb: 'take', owner: 2 }, granted(1n)),
  ],
};

for (const [what, events] of Object.entries(accepted)) {
  test(`accepts ${what}`, () => {
    const { is_linearizable, event: misfit } = check_history(events, beginning, step);
    assert.ok(is_linearizable, `the operation at ${misfit?.began} does not fit`);
  });
}

for (const [what, events] of Object.entries(refused)) {
  test(`refuses ${what}`, () => {
    assert.equal(check_history(events, beginning, step).is_linearizable, false);
  });
}

test('refuses no history for its end: each one is accepted up to its last operation', () => {
  for (const [what, events] of Object.entries(refused)) {
    const { is_linearizable } = check_history(events.slice(0, -1), beginning, step);
    // The one that must be refused before its end.
    assert.equal(is_linearizable, !what.startsWith('an answer from the future'), what);
  }
});
