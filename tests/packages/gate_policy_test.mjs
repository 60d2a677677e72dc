// What a program may have wrong in the policy of gate(): it throws, with the path and a cure.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { import_packed, make_project } from './packed.mjs';

const [{ gate, PolicyError }, { memory }] =
  await import_packed(make_project('gate_policy'), ['postern', 'postern/ledger/memory']);

const secret = 'whsec_f1c7e5ec2e70f1c7e5ec2e70f1c7e5e1';

const mistakes = {
  'no ledger': [{ sources: {} }, /needs a ledger.*sqlite\('postern\.db'\)/],
  'no source': [{}, /no source/],
  'an unknown provider': [{ sources: { a: source_with({ provider: 'strip' }) } },
    /sources\.a\.provider: no provider "strip"/],
  'an unknown key': [{ sources: { a: { ...source_with({}), rotes: [] } } }, /sources\.a\.rotes/],
  'a destination that is none': [
    { sources: { a: source_with({ routes: [{ events: ['x'], to: () => {} }, { to: 3 }] }) } },
    /sources\.a\.routes\[1\]\.to: a destination is/],
  'a private destination': [
    { sources: { a: source_with({ routes: [{ to: 'http://10.0.0.1/' }] }) } },
    /sources\.a\.routes\[0\]\.to: /],
  'a function where none can be': [{ sources: { a: source_with({ secrets: [() => secret] }) } },
    /sources\.a\.secrets\[0\] is a function, which no policy takes there\./],
  'null': [{ sources: { a: source_with({ max_body: null }) } }, /sources\.a\.max_body is null/],
  'a number that is none': [{ sources: { a: source_with({ routes: [{ answer: NaN }] }) } },
    /sources\.a\.routes\[0\]\.answer is the number NaN/],
  'queue mode in memory': [
    { sources: { a: source_with({ routes: [{ to: () => {}, deliver: 'queue' }] }) } },
    /sources\.a\.routes: queue mode.*sqlite/],
};

function source_with(parts) {
  return {
    path: '/a', provider: 'stripe', secrets: [secret], routes: [{ to: () => {} }], ...parts,
  };
}

for (const [what, [options, message]] of Object.entries(mistakes)) {
  test(`throws for ${what}, with the path and a cure, and without a secret`, () => {
    const ledger = what === 'no ledger' ? undefined : memory();
    assert.throws(() => gate({ ledger, ...options }), (failure) => {
      assert.ok(failure instanceof TypeError);
      assert.match(failure.message, message);
      assert.doesNotMatch(failure.message, new RegExp(secret));
      return true;
    });
  });
}

test('a policy error has its diagnostics, and a secret stands in no policy', () => {
  try {
    gate({ ledger: memory(), sources: { a: source_with({ provider: 'strip' }) } });
    assert.fail('it did not throw');
  } catch (failure) {
    assert.ok(failure instanceof PolicyError);
    const [{ path, severity, code }] = failure.diagnostics;
    assert.deepEqual([path, severity, code], ['sources.a.provider', 'error', 'unknown-provider']);
    assert.doesNotMatch(JSON.stringify(failure.diagnostics), new RegExp(secret));
  }
});

const weak = {
  'is the text of nothing': 'undefined', 'everybody knows': 'changeme',
  'ends with a line end': `${secret}\n`,
};
for (const [what, value] of Object.entries(weak)) {
  test(`throws for a secret that ${what}, and does not show it`, () => {
    const sources = { a: source_with({ secrets: [value] }) };
    assert.throws(() => gate({ ledger: memory(), sources }),
      (failure) => failure instanceof PolicyError && /^sources\.a\.secrets/.test(failure.message) &&
        !failure.message.includes(value));
  });
}

test('refuses a function in a list, which has no name to be found by', () => {
  const routes = [{ deliver: 'queue', to: [() => {}, () => {}] }];
  assert.throws(() => gate({ ledger: memory(), sources: { a: source_with({ routes }) } }),
    /sources\.a\.routes\[0\]\.to\[0\] is a function: a route has one handler/);
});

test('bytes that are no policy are told as such', () => {
  assert.throws(() => gate({ ledger: memory(), policy: new Uint8Array(64) }),
    (failure) => failure instanceof PolicyError && /compile it again/.test(failure.message));
});
