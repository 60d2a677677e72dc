// The effects `claim`, `commit` and `release`: one call each to the shard's Durable Object.

/**
 * How long a shard may take beyond what a claim may wait. A shard that writes answers in some
 * milliseconds; one that is being moved takes seconds, and then the sender had better come back.
 */
export const call_timeout_ms = 5000;

/** `namespace` is the binding of the class in ledger.mjs. */
export function make_ledger_calls(namespace) {
  const call = ({ shard, key, operation, wait_ms = 0 }) =>
    null_unless_replied(() => call_shard(namespace, shard, key, operation, wait_ms), wait_ms);
  return { claim: call, commit: call, release: call };
}

/** A stub that has failed may stay broken, so that each call has its own. */
function call_shard(namespace, shard, key, operation, wait_ms) {
  const stub = namespace.get(namespace.idFromName(shard));
  return stub.ledger(key, operation, wait_ms);
}

/** Null for every failure, overload included: whether and when to try again is not ours to say. */
async function null_unless_replied(call, wait_ms) {
  let timer;
  const timeout = new Promise((resolve) => {
    timer = setTimeout(resolve, wait_ms + call_timeout_ms, null);
  });
  try {
    return await Promise.race([call(), timeout]);
  } catch {
    return null;
  } finally {
    clearTimeout(timer);
  }
}
