// The ledger as one sequential thing, written from the tables of docs/DUPLICATES.md and from what
// it says of stores. It shares nothing with the module and the hosts: it is what they are held to.

/** A start of the store lifts epochs above its time in Unix milliseconds times this. */
const epochs_per_ms = 65_536n;

/** Copies of a content are counted for so long, and remembered for so much longer than they ask. */
const copies_window_ms = 60_000;
const copies_step_ms = 60 * 60 * 1000;

const absent = Object.freeze({
  state: 'absent', epoch: 0n, owner: 0, until: 0, expires: 0, attempts: 0, mark: false, status: 0,
  due: 0, hint: 0, copies: 0, copies_since: 0, copies_until: 0,
});

/** What is known of a key before anything has happened. */
export const beginning = Object.freeze({
  row: absent,
  // What of it stands on disk, which is what a restart leaves.
  kept: absent,
  start: -1, started: 0, settled: 0, at: 0,
});

const nothing = {
  answer: '', epoch: 0n, mark: false, wait: 0, status: 0, attempts: 0, is_copy: false,
};
const replied = (answer, fields) => ({ ...nothing, answer, ...fields });

/**
 * The states that may follow `state` when `event` has its effect: none when it cannot have had the
 * effect that was seen. `call` is the operation; `reply` what came back, null when nothing did:
 * then its effect may be lost altogether, which is no step. `seen` is what the store told of the
 * operation: the time `at` which it was done, in milliseconds; the number of the store's `start`
 * and the time `started` that it gives for it; how often leases were `settled` on disk since then;
 * whether the operation `wrote` to disk at once, and, with a reply, whether its row `is_kept` there
 * before that. `settled_by_start` says how often leases were settled
 * in each start up to its end.
 */
export function step(state, { call, reply, seen, settled_by_start }) {
  const met = meet(state, seen, settled_by_start);
  if (met === null) {
    return [];
  }
  return as_found(met, seen.at).flatMap((found) => {
    const { row, keep, reply: told } = apply(found, call, seen);
    const expected = { ...told, is_copy: call.is_copy };
    if (reply !== null && !is_same_reply(reply, expected)) {
      return [];
    }
    return keep_row(met, row, keep, { ...seen, is_lost: reply === null });
  });
}

/** `state` when the operation comes: after a restart, if there was one. Null if it cannot be. */
function meet(state, { at, start, started, settled }, settled_by_start) {
  if (at < state.at || start < state.start) {
    return null;
  }
  const is_new = start > state.start;
  const has_settled = (is_new ? settled_by_start[state.start] : settled) > state.settled;
  // What has expired was settled or not, which `as_found` minds.
  const kept = has_settled && !is_over(state.row, at) ? state.row : state.kept;
  const row = is_new && !has_settled ? kept : state.row;
  const is_possible = is_new
    ? started > state.started || (started === state.started && row === state.row)
    : started === state.started && settled >= state.settled;
  return is_possible ? { row, kept, start, started, settled, at } : null;
}

/** A row past its retention counts as absent, but for its epoch. Memory may forget it wholly. */
function as_found({ row, kept }, at) {
  const rows = is_over(row, at) && row !== kept ? [row, kept] : [row];
  return rows.map((each) => (is_over(each, at) ? { ...absent, epoch: each.epoch } : each));
}

function is_over({ state, expires }, at) {
  return (state === 'done' || state === 'retryable') && expires !== 0 && at >= expires;
}

/**
 * Durable is written before the reply; a lease or a release may be; what did not change is not.
 * Whether what waited to be written with others was written nobody knows without a reply.
 */
function keep_row(met, row, keep, { wrote, is_kept = false, is_lost }) {
  if (keep === 'unchanged') {
    return wrote ? [] : [met];
  }
  if (wrote || is_kept) {
    return [{ ...met, row, kept: row }];
  }
  if (keep === 'durable' && !is_lost) {
    return [];
  }
  return keep === 'durable' ? [{ ...met, row }, { ...met, row, kept: row }] : [{ ...met, row }];
}

function is_same_reply(one, other) {
  return one.answer === other.answer && one.epoch === other.epoch && one.mark === other.mark &&
    one.wait === other.wait && one.status === other.status && one.attempts === other.attempts &&
    one.is_copy === other.is_copy;
}

// ---- the tables, by operation -------------------------------------------------------------------

const unchanged = (row, answer, fields) => (
  { row, keep: 'unchanged', reply: replied(answer, fields) });
const is_leased = ({ state }) => state === 'claimed' || state === 'delivering';
const is_owed = ({ state }) => ['accepted', 'delivering', 'dead'].includes(state);
const runs = (row, at) => is_leased(row) && at < row.until;
const expiry = (row, at, retain) => (retain === 0 ? 0 : Math.max(at + retain, row.copies_until));
const larger = (one, other) => (one > other ? one : other);
const no_lease = { owner: 0, until: 0 };

const rules = { claim, commit, release, accept, take, fail, bury, reopen, drop, redrive };

/** What comes under another hint than the row's is a copy, or tells of one. */
function apply(row, call, seen) {
  const is_another =
    row.state !== 'absent' && row.hint !== 0 && call.hint !== 0 && row.hint !== call.hint;
  if (!is_another) {
    return rules[call.verb]({ ...row, hint: row.hint || call.hint }, call, seen);
  }
  return call.verb === 'claim' || call.verb === 'accept'
    ? copy(row, call, seen)
    : doubt(row, { ...call, is_unknown: call.is_unknown || call.verb === 'commit' }, seen.at);
}

function copy(row, { copies_max, retain }, { at }) {
  if (copies_max === 0) {
    return unchanged(row, 'elsewhere');
  }
  const ends = row.copies_since + copies_window_ms;
  const is_first = row.copies === 0 || at >= ends;
  if (!is_first && row.copies >= copies_max) {
    return unchanged(row, 'limited', { wait: ends - at });
  }
  const counted = {
    ...row, mark: true, copies: is_first ? 1 : row.copies + 1,
    copies_since: is_first ? at : row.copies_since,
  };
  const reply = replied('elsewhere');
  if (at + retain <= row.copies_until) {
    return { row: counted, keep: 'in memory', reply };
  }
  const until = at + retain + copies_step_ms;
  const expires = row.expires === 0 ? 0 : Math.max(row.expires, until);
  return { row: { ...counted, copies_until: until, expires }, keep: 'durable', reply };
}

function claim(row, call, seen) {
  switch (row.state) {
    case 'absent':
    case 'retryable':
      return grant(row, 'claimed', call, seen);
    case 'claimed':
      return runs(row, seen.at)
        ? refuse(row, call, seen) : grant(row, 'claimed', call, seen);
    default:
      return unchanged(row, 'duplicate', { status: row.status });
  }
}

function take(row, call, seen) {
  switch (row.state) {
    case 'accepted':
      return seen.at < row.due
        ? unchanged(row, 'busy', { wait: row.due - seen.at })
        : grant(row, 'delivering', call, seen);
    case 'delivering':
      return runs(row, seen.at)
        ? refuse(row, call, seen)
        : grant({ ...row, attempts: row.attempts + 1 }, 'delivering', call, seen);
    case 'done':
    case 'dead':
      return unchanged(row, 'duplicate', { status: row.status });
    default:
      return unchanged(row, 'ignored');
  }
}

/** The epoch rises above all of former starts. Marked after a lost lease and soon after a start. */
function grant(row, state, { owner, lease, is_copy }, { at, started }) {
  const lowest = BigInt(started) * epochs_per_ms;
  const next = {
    ...row, state, owner,
    epoch: larger(row.epoch + 1n, lowest),
    until: at + lease, expires: 0, due: 0,
    mark: row.mark || is_leased(row) || is_copy || at < started + lease,
  };
  return { row: next, keep: 'in memory', reply: granted(next) };
}

function granted({ state, epoch, mark, attempts }) {
  return replied('granted', { epoch, mark, attempts: state === 'delivering' ? attempts : 0 });
}

/** Its owner gets the running lease once more, another one is told how long it runs. */
function refuse(row, { owner }, { at }) {
  return row.owner === owner
    ? { row, keep: 'unchanged', reply: granted(row) }
    : unchanged(row, 'busy', { wait: row.until - at });
}

function accept(row, { delay, is_copy }, { at }) {
  if (row.state === 'done' || is_owed(row)) {
    return unchanged(row, 'duplicate', { status: row.status });
  }
  if (runs(row, at)) {
    return unchanged(row, 'busy', { wait: row.until - at });
  }
  const next = {
    ...absent, state: 'accepted', epoch: row.epoch, due: at + delay,
    mark: row.mark || row.state === 'claimed' || is_copy,
    hint: row.hint, copies: row.copies, copies_since: row.copies_since,
    copies_until: row.copies_until,
  };
  return { row: next, keep: 'durable', reply: replied('accepted') };
}

function commit(row, { epoch, status, retain }, { at }) {
  if (row.state === 'done') {
    return unchanged(row, 'done', { status: row.status });
  }
  const next = {
    ...row, ...no_lease, state: 'done', epoch: larger(row.epoch, epoch), status, due: 0,
    expires: expiry(row, at, retain),
  };
  return { row: next, keep: 'durable', reply: replied('done', { status }) };
}

function release(row, call, { at }) {
  if (row.state !== 'claimed' || row.epoch !== call.epoch) {
    return doubt(row, call, at);
  }
  const next = { ...end(row, 'retryable', call), expires: expiry(row, at, call.retain) };
  return { row: next, keep: next.mark ? 'durable' : 'in memory', reply: replied('done') };
}

function fail(row, call, { at }) {
  if (row.state !== 'delivering' || row.epoch !== call.epoch) {
    return doubt(row, call, at);
  }
  const next = { ...end(row, 'accepted', call), due: at + call.delay };
  return { row: next, keep: 'durable', reply: replied('done') };
}

function bury(row, call, { at }) {
  if (row.state !== 'delivering' || row.epoch !== call.epoch) {
    return doubt(row, call, at);
  }
  return { row: end(row, 'dead', call), keep: 'durable', reply: replied('done') };
}

function end(row, state, { is_unknown }) {
  return {
    ...row, ...no_lease, state, attempts: row.attempts + 1, mark: row.mark || is_unknown,
  };
}

/** Of an outcome that is unknown the mark is kept, whoever says so; a lease stays whose it is. */
function doubt(row, { verb, epoch, is_unknown, retain }, at) {
  if (!is_unknown || row.mark || row.state === 'done') {
    return unchanged(row, 'ignored');
  }
  const marked = { ...row, mark: true };
  const reply = replied(verb === 'release' ? 'done' : 'ignored');
  if (is_leased(row)) {
    return { row: marked, keep: 'in memory', reply };
  }
  const next = { ...marked, epoch: larger(row.epoch, epoch) };
  return {
    row: is_owed(row) ? next : { ...next, state: 'retryable', expires: expiry(row, at, retain) },
    keep: 'durable', reply,
  };
}

function reopen(row, { retain }, { at }) {
  if (row.state === 'absent') {
    return unchanged(row, 'ignored');
  }
  const next = is_owed(row)
    ? {
      ...row, ...no_lease, state: 'accepted', attempts: 0, due: at,
      mark: row.mark || row.state === 'delivering',
    }
    : {
      ...row, ...no_lease, state: 'retryable', mark: true, status: 0,
      expires: expiry(row, at, retain),
    };
  return { row: next, keep: 'durable', reply: replied('done') };
}

function redrive(row, call, seen) {
  return is_owed(row) ? reopen(row, call, seen) : unchanged(row, 'ignored');
}

function drop(row, { retain }, { at }) {
  if (row.state !== 'dead') {
    return unchanged(row, 'ignored');
  }
  const next = { ...row, state: 'done', status: 0, expires: expiry(row, at, retain) };
  return { row: next, keep: 'durable', reply: replied('done') };
}
