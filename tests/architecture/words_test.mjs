import assert from 'node:assert/strict';
import { test } from 'node:test';

import { read_sources } from './sources.mjs';
import { check_never_words, check_provider_names, provider_slugs } from './words.mjs';

test('no provider is named outside the catalogue, its fixtures, tests and documents', () => {
  const sources = read_sources(/./);
  const slugs = provider_slugs(sources.map(({ path }) => path));
  assert.ok(slugs.length > 0, 'the catalogue is empty');
  assert.deepEqual(check_provider_names(sources, slugs), []);
});

test('nothing can wave deliveries through when the gate has failed', () => {
  const sources = read_sources(/^(?!tests\/architecture\/|docs\/|CHANGELOG\.md$)/);
  assert.deepEqual(check_never_words(sources), []);
});

test('finds a provider in a name, in capitals and in a comment', () => {
  for (const text of ['is_acme_delivery()', 'ACME', '// As Acme does.']) {
    const source = { path: 'wasm/postern/gate/a.cpp', text };
    assert.equal(check_provider_names([source], ['acme']).length, 1);
  }
});

test('does not find a provider inside another word, nor where it belongs', () => {
  const inside = { path: 'wasm/postern/gate/a.cpp', text: 'pacmeter' };
  const catalogue = { path: 'wasm/providers/acme.toml', text: 'acme' };
  assert.deepEqual(check_provider_names([inside, catalogue], ['acme']), []);
});

test('reads slugs from the paths of the catalogue, but not everyday words', () => {
  const paths = [
    'wasm/providers/acme.toml', 'wasm/providers/line.toml', 'wasm/postern/gate/gate.h'];
  assert.deepEqual(provider_slugs(paths), ['acme']);
});

test('finds the word that must be nowhere', () => {
  const source = { path: 'hosts/worker.mjs', text: 'context.passThroughOnException()' };
  assert.equal(check_never_words([source]).length, 1);
});
