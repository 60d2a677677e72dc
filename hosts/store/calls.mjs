// The effects `claim`, `accept`, `commit` and `release`: one call each to the shard.

/**
 * How long a shard may take beyond what a claim may wait. A shard that writes answers in some
 * milliseconds; one that is being moved takes seconds, and then the sender had better come back.
 */
export const call_timeout_ms = 5000;

/**
 * `namespace` is the binding of the shards: `getByName(shard)` gives what has the functions of
 * `Ledger`, here or elsewhere. Nothing is accepted where nobody would drive it.
 */
export function make_ledger_calls(namespace, { is_driven }) {
  const call = ({ shard, key, operation, wait_ms = 0, copy = null }) => null_unless_replied(
    call_shard(namespace, shard, wait_ms + call_timeout_ms,
      // A view would take the whole frame that it looks into along.
      (stub) => stub.apply(key.slice(), operation.slice(), wait_ms,
        copy && { key: copy.key.slice(), operation: copy.operation.slice() })));
  const accept = async ({ shard, entries }, { method, body }) => (is_driven
    ? null_unless_replied(call_shard(
      namespace, shard, call_timeout_ms, (stub) => stub.accept(entries, { shard, method, body })))
    : null);
  return { claim: call, accept, commit: call, release: call };
}

/**
 * Gives what `call` makes of the shard. Rejects when that fails or takes longer than `timeout_ms`.
 * A stub that has failed may stay broken, so that each call has its own.
 */
export async function call_shard(namespace, shard, timeout_ms, call) {
  const { promise, resolve, reject } = Promise.withResolvers();
  const timer = setTimeout(() => reject(new Error('a shard takes too long')), timeout_ms);
  try {
    // By hand, because `Promise.race` costs as much as the timer.
    call(namespace.getByName(shard)).then(resolve, reject);
    return await promise;
  } finally {
    clearTimeout(timer);
  }
}

/** Null for every failure, overload included: whether and when to try again is not ours to say. */
async function null_unless_replied(called) {
  try {
    return await called;
  } catch {
    return null;
  }
}
