// `fixtures()` of `postern/testing`: what `verify` says of each is what the fixture expects.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { signing_of, slugs } from '../provider_texts.mjs';

import { import_packed, make_project } from './packed.mjs';

const folder = make_project('testing_fixtures');
const [{ verify }, { fixtures }] = await import_packed(folder, ['postern', 'postern/testing']);

/**
 * What is not a gate's alone: `verify` has no policy and takes each request by itself. It knows a
 * fetched key by its address, under which some fixtures have another one.
 */
const plain_keys = ['provider', 'secrets', 'url', 'parameters'];
const is_plain = ({ name, source, gate, fetch }) => Object.keys(gate).length === 0 &&
  Object.keys(source).every((key) => plain_keys.includes(key)) &&
  (fetch.size === 0 || name.includes('/derived/'));

/** What it throws at: a secret that a program has wrong. */
const is_usable = ({ expected: { reason } }) => reason !== 'source_unavailable';

async function judge(fixture, step) {
  const outside = globalThis.fetch;
  globalThis.fetch = async (address) => new Response(fixture.fetch.get(String(address)));
  try {
    return await verify(fixture.provider, step.request(), fixture.secrets,
      {
        url: fixture.url ?? undefined, now: () => step.at.getTime(),
        parameters: fixture.source.parameters,
      });
  } finally {
    globalThis.fetch = outside;
  }
}

// Where the path is signed, a gate says it, and verify that it cannot: verify_test.mjs.
for (const provider of slugs.filter((slug) => !signing_of(slug).signs_path)) {
  test(`${provider}: verify says of every fixture what it expects`, async (t) => {
    const counts = { ok: 0, refused: 0 };
    for (const fixture of fixtures({ provider }).filter(is_plain)) {
      for (const step of fixture.steps.filter(is_usable)) {
        if (step.copies !== 1 || step.expected.verdict === undefined) {
          continue;
        }
        const { ok, reason, status } = await judge(fixture, step);
        const { verdict } = step.expected;
        if (verdict === 'refused') {
          // Of several secrets each is tried by itself, and may fail in its own way.
          const is_told = fixture.secrets.length === 1 && step.expected.reason !== undefined;
          assert.deepEqual([ok, reason, status], [false, is_told ? step.expected.reason : reason,
            step.expected.status ?? status], fixture.name);
          counts.refused += 1;
        } else if (verdict === 'handshake') {
          assert.equal(reason, 'challenge', fixture.name);
        } else if (verdict === 'forwarded' || verdict === 'duplicate') {
          assert.equal(ok, true, `${fixture.name}: ${verdict}, ${reason}`);
          counts.ok += 1;
        }
      }
    }
    assert.ok(counts.ok >= 5 && counts.refused >= 5, JSON.stringify(counts));
    t.diagnostic(JSON.stringify(counts));
  });
}

test('all of them can be listed, and each request is a new one', async () => {
  const all = fixtures();
  assert.ok(all.length >= 600);
  assert.equal(new Set(all.map(({ name }) => name)).size, all.length);
  const { steps: [step] } = all.find(({ name }) => name === 'stripe/derived/duplicate');
  const [one, other] = [step.request(), step.request('http://127.0.0.1:1/hooks?a=1')];
  assert.equal(await one.text(), await other.text());
  assert.equal(other.url, 'http://127.0.0.1:1/hooks?a=1');
  assert.ok(step.at instanceof Date && step.at.getTime() > 1e12);
  const without = [];
  let requests = 0;
  for (const { name, steps } of all) {
    for (const { copies, request } of steps) {
      try {
        requests += request() instanceof Request ? 1 : 0;
      } catch (fault) {
        assert.match(fault.message, copies === 0 ? /only time passes/ : /cannot have body/);
        without.push(name);
      }
    }
  }
  assert.ok(requests > 1000 && without.length < 50, `${requests}, without: ${without}`);
});

test('what there is no fixture of is told', () => {
  assert.throws(() => fixtures({ provider: 'strip' }), /no provider "strip".*stripe/);
  assert.throws(() => fixtures({ providers: 'stripe' }), /no option "providers".*provider/);
  assert.throws(() => fixtures({ provider: 'stripe', filter: 'zzz' }), /No fixture/);
  assert.throws(() => fixtures({ folder: '/none' }), /No fixture/);
});
