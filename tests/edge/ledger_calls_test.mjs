// What the Worker makes of a shard that fails: nothing. It neither guesses nor asks again.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { make_ledger_calls } from '../../hosts/store/calls.mjs';

/** A namespace whose objects fail every call in this way; it counts calls and stubs. */
function failing(fail) {
  const counts = { calls: 0, stubs: 0 };
  const stub = {
    apply: () => {
      counts.calls += 1;
      return fail();
    },
    accept: () => {
      counts.calls += 1;
      return fail();
    },
  };
  return {
    counts,
    getByName: () => {
      counts.stubs += 1;
      return stub;
    },
  };
}

/** As https://developers.cloudflare.com/durable-objects/best-practices/error-handling/ has them. */
const failures = new Map([
  ['overloaded', { overloaded: true, retryable: false }],
  ['moved or restarted', { retryable: true }],
  ['overloaded, though it claims that a retry may help', { overloaded: true, retryable: true }],
  ['broken in some other way', {}],
]);

const effect = () => ({
  shard: 'device/0', key: new Uint8Array(32), operation: new Uint8Array(45), wait_ms: 0,
  entries: [{ key: new Uint8Array(32), ticket: new Uint8Array(8) }],
});

for (const [what, marks] of failures) {
  for (const name of ['claim', 'accept', 'commit', 'release']) {
    test(`a ${name} at an object that is ${what} is asked once, and has no reply`, async () => {
      const namespace = failing(async () => {
        throw Object.assign(new Error(what), marks);
      });
      const calls = make_ledger_calls(namespace, { is_driven: true });
      assert.equal(await calls[name](effect(), { method: 'POST', body: new Uint8Array(0) }), null);
      assert.deepEqual(namespace.counts, { calls: 1, stubs: 1 });
    });
  }
}
