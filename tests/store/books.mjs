// Reconciles books: what senders were told, what the origin got, and what was done to the gate in
// between. Pure: books in, findings out. Times are microseconds of one clock.

/** Causes after which nobody at the gate can know what the origin did, or no longer does. */
const doubtful = new Set(['reset', 'slow', 'restart', 'timed_out', 'commit_failed']);

/**
 * `events` are the senders' genuine ones, `{ id, sha256, mode, acknowledged_at }`, where the last
 * is null for one that was never answered 2xx; `forged` are ids of nothing but forgeries;
 * `book` is the origin's, in its order; `restarts` are `{ killed_at, up_at }`; `lease_ms` is how
 * long a grant after a restart is marked; `told` has what the gate's own records say went wrong,
 * `timed_out` or `commit_failed`, by `name_of_forward`.
 *
 * Gives `{ faults, counts }`: sentences, none when the books balance, and what was counted.
 */
export function reconcile({ events, forged, book, restarts, lease_ms, told }) {
  const by_id = Map.groupBy(book, ({ id }) => id);
  const faults = [];
  const counts = {
    events: events.length, forwards: book.length, repeats: 0, marked: 0, unmarked: 0,
    causes: { failed: 0, reset: 0, slow: 0, restart: 0, timed_out: 0, commit_failed: 0 },
  };
  const known = new Set(events.map(({ id }) => id));
  for (const id of by_id.keys()) {
    if (forged.has(id)) {
      faults.push(`${id} is forged and reached the origin`);
    } else if (!known.has(id)) {
      faults.push(`${id} reached the origin and nobody sent it`);
    }
  }
  for (const event of events) {
    const forwards = by_id.get(event.id) ?? [];
    faults.push(...check_arrival(event, forwards), ...check_forwards(event, forwards));
    forwards.slice(1).forEach((forward, before) => {
      faults.push(...check_repeat(forwards[before], forward, { restarts, lease_ms, told, counts }));
    });
  }
  return { faults, counts };
}

export const name_of_forward = ({ key, attempt }) => `${key} ${attempt}`;

/** S1, and S2: 2xx only after the origin's; in queue mode what was accepted gets there later. */
function check_arrival({ id, sha256, mode, acknowledged_at }, forwards) {
  const faults = forwards.filter((forward) => forward.sha256 !== sha256)
    .map(() => `${id} reached the origin with other bytes`);
  if (acknowledged_at === null) {
    return faults;
  }
  const arrived = forwards.find(({ outcome }) => outcome === 'ok' || outcome === 'slow');
  if (arrived === undefined) {
    faults.push(`${id} was answered 2xx and never reached the origin`);
  } else if (mode === 'proxy' && arrived.at > acknowledged_at) {
    faults.push(`${id} was answered 2xx before the origin had it`);
  }
  return faults;
}

/** All forwards of an event carry its one key, and attempts that rise. */
function check_forwards({ id }, forwards) {
  const faults = new Set(forwards.map(({ key }) => key)).size > 1 ? [`${id} has two keys`] : [];
  const has_fallen = forwards.some((forward, place) => place > 0 &&
    BigInt(forward.attempt) <= BigInt(forwards[place - 1].attempt));
  return has_fallen ? [...faults, `${id} was forwarded, and its attempt did not rise`] : faults;
}

/** S5: a cause for every forward after the first; and a mark where the cause leaves a doubt. */
function check_repeat(former, forward, { restarts, lease_ms, told, counts }) {
  counts.repeats += 1;
  const restart = restarts.findLast(({ killed_at, up_at }) =>
    killed_at >= former.at - reading_us_max && up_at <= forward.at);
  const cause = former.outcome !== 'ok' ? former.outcome
    : restart !== undefined ? 'restart' : told.get(name_of_forward(former));
  if (cause === undefined) {
    return [`${forward.id} was forwarded again without a cause`];
  }
  counts.causes[cause] += 1;
  counts[forward.is_marked ? 'marked' : 'unmarked'] += 1;
  // The one case that docs/DUPLICATES.md gives up: nobody was left to tell, and the restart is
  // longer ago than a lease.
  const is_given_up = restart !== undefined && forward.at - restart.up_at > 1000 * lease_ms;
  return doubtful.has(cause) && !forward.is_marked && !is_given_up
    ? [`${forward.id} was forwarded again after ${cause} without a mark`] : [];
}

/** The origin may read a delivery, and write it down, this much after its sender was killed. */
const reading_us_max = 500_000;
