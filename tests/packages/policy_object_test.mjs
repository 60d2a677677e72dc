// A policy as an object: what may stand in it, and what becomes of a value that is not set.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { gate, make_hooks, memory, secret, signed } from './served.mjs';

const source_with = (parts) => ({
  path: '/hooks/stripe', provider: 'stripe', secrets: [secret], routes: [{ to() {} }], ...parts,
});

async function status_of(hooks, path = '/hooks/stripe') {
  const { headers, body } = signed();
  const request = new Request(`https://app.example${path}`, { method: 'POST', headers, body });
  return (await hooks.fetch(request)).status;
}

/** Lines of the console while `action` runs. */
function lines_told(context, action) {
  const mocks = ['warn', 'error'].map((name) => context.mock.method(console, name, () => {}));
  const made = action();
  const lines = mocks.flatMap(({ mock }) => mock.calls).map(({ arguments: [text] }) => text);
  context.mock.restoreAll();
  return { made, told: lines.join('\n') };
}

const unset_secrets = {
  'a name': [['env:NOT_SET'], /sources\.other\.secrets/],
  'a value': [[undefined], /sources\.other\.secrets/],
  'no list': [undefined, /sources\.other\.secrets/],
  null: [null, /sources\.other\.secrets/],
  'an empty text': ['', /sources\.other\.secrets/],
  'one of two values': [[secret, undefined], /sources\.other\.secrets\[1\] is not set/],
};
for (const [what, [secrets, says]] of Object.entries(unset_secrets)) {
  test(`a source whose secret is not set (${what}) is told and answers 503, others work`,
    async (context) => {
      const { made: hooks, told } = lines_told(context, () => gate({
        sources: { stripe: source_with(), other: source_with({ path: '/hooks/other', secrets }) },
        ledger: memory(), env: {},
      }));
      assert.match(told, says);
      assert.match(told, /other answers 503/);
      assert.doesNotMatch(told, /POSTERN_|\(\)/);
      assert.equal(await status_of(hooks), 200);
      assert.equal(await status_of(hooks, '/hooks/other'), 503);
      await hooks.close();
    });
}

test('forwards that were to be signed are not sent unsigned when the secret is not set',
  async (context) => {
    const { made: hooks } = lines_told(context, () => gate({
      sources: { stripe: source_with({ routes: [{ to: 'https://origin.example/' }] }) },
      gate: { sign_forwards: undefined }, ledger: memory(),
    }));
    assert.equal(await status_of(hooks), 503);
    await hooks.close();
  });

test('one secret needs no list', async () => {
  const { hooks, events } = make_hooks({ secrets: secret });
  assert.equal(await status_of(hooks), 200);
  assert.equal(events.length, 1);
  await hooks.close();
});

test('the version of a postern.toml may stand in it', async () => {
  const hooks = gate({ version: 1, sources: { stripe: source_with() }, ledger: memory() });
  assert.equal(await status_of(hooks), 200);
  await hooks.close();
});
