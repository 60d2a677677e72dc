// Whether a history of one key can be put into one order, in which each operation has its effect at
// one moment between its beginning and its end. The search goes through the history in time and
// keeps every order that is still possible, as sets of what has had its effect.

/** Possible orders at one moment of one history. Honest ones stay far below it. */
export const orders_max = 20_000;

/**
 * `events` are what clients saw, `{ began, ended, reply, … }` with `began < ended`, moments of one
 * counter that no two share. An operation whose reply was lost, null, had its effect in between or
 * never. `step(state, event)` lists the states that may follow.
 *
 * Gives `{ is_linearizable, orders, event, states }`: the most orders that were possible at a time,
 * and if there is none in the end, the event that does not fit, and the states before it.
 */
export function check_history(events, beginning, step) {
  const pending = new Set();
  let orders = [{ state: beginning, effected: new Set() }];
  let most = 1;
  for (const { event, is_end } of moments(events)) {
    if (!is_end) {
      pending.add(event);
      continue;
    }
    const without = event.reply === null ? orders : [];
    const next = [...orders_with(event, orders, pending, step), ...without];
    if (next.length === 0) {
      const states = orders.map(({ state }) => state);
      return { is_linearizable: false, orders: most, event, states };
    }
    pending.delete(event);
    next.forEach(({ effected }) => effected.delete(event));
    orders = unique(next);
    most = Math.max(most, orders.length);
  }
  return { is_linearizable: true, orders: most, event: null, states: [] };
}

function moments(events) {
  return events
    .flatMap((event) => [
      { event, is_end: false, time: event.began }, { event, is_end: true, time: event.ended },
    ])
    .sort((one, other) => one.time - other.time);
}

/** The orders in which `event` has had its effect: at once, or after others that are pending. */
function orders_with(event, orders, pending, step) {
  const found = [];
  const seen = new Set();
  const open = [...orders];
  while (open.length > 0) {
    const order = open.pop();
    if (order.effected.has(event)) {
      found.push({ ...order, effected: new Set(order.effected) });
      continue;
    }
    for (const other of pending) {
      if (order.effected.has(other)) {
        continue;
      }
      for (const state of step(order.state, other)) {
        const next = { state, effected: new Set(order.effected).add(other) };
        const name = name_of(next);
        if (!seen.has(name)) {
          seen.add(name);
          open.push(next);
        }
      }
    }
    if (seen.size > orders_max) {
      throw new RangeError('a history has too many possible orders');
    }
  }
  return unique(found);
}

function unique(orders) {
  const by_name = new Map(orders.map((order) => [name_of(order), order]));
  return [...by_name.values()];
}

function name_of({ state, effected }) {
  const marks = [...effected].map(({ began }) => began).sort((one, other) => one - other);
  return JSON.stringify([state, marks],
    (_name, value) => (typeof value === 'bigint' ? String(value) : value));
}
