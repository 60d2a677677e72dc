import assert from 'node:assert/strict';
import { test } from 'node:test';

import { read_sources } from './sources.mjs';
import { catalogue_facts, check_never_words, check_provider_names, facts_of } from './words.mjs';

test('no code knows a provider', () => {
  const sources = read_sources(/./);
  const facts = catalogue_facts(sources);
  assert.ok(facts.length > 0, 'the catalogue is empty');
  assert.deepEqual(facts.filter(({ marks, names }) => marks.length + names.length < 2), []);
  assert.deepEqual(check_provider_names(sources, facts), []);
});

test('nothing can wave deliveries through when the gate has failed', () => {
  const sources = read_sources(/^(?!tests\/architecture\/|docs\/|CHANGELOG\.md$)/);
  assert.deepEqual(check_never_words(sources), []);
});

const acme = facts_of({
  path: 'wasm/providers/acme-pay.toml',
  text: `name = "AcmePay (token)"
headers = ["user-agent", "x-acme-event-*",
  "acme-pay-attempt"]
from = { header = "authorization" }
fetch = { url = { header = "x-acme-certificate" } }
hosts = ["keys.acme.example"]
`,
});
const line = facts_of({
  path: 'wasm/providers/line.toml', text: 'name = "Line"\nfrom = { header = "x-line-signature" }\n',
});
const found = (text, path = 'wasm/postern/gate/a.cpp') =>
  check_provider_names([{ path, text }], [acme, line]).length;

test("finds a provider's headers, hosts and unmistakable names, wherever they stand", () => {
  for (const text of ['find("x-acme-certificate")', 'starts_with("x-acme-event-")',
    '// As AcmePay.', '"Acme-Pay-Attempt"', 'keys.acme.example', 'X-Line-Signature',
    'is("acme-pay")']) {
    assert.equal(found(text), 1, text);
  }
});

test('finds what is compared with a name, even where that is a word of any program', () => {
  for (const text of ['if (provider == "line") {', 'case "line":', "'line' === slug",
    'name != "Line"']) {
    assert.equal(found(text), 1, text);
  }
});

test('leaves words alone that are no names there, and every word where it belongs', () => {
  for (const text of ['const line = lines[0];', '{"line", failure.line}', 'a line of "user-agent"',
    'set("authorization", value)', '// https://acme.example/AcmePay says so.', 'x-max-line']) {
    assert.equal(found(text), 0, text);
  }
  assert.equal(found('x-line-signature', 'wasm/providers/line.toml'), 0);
  assert.equal(found('x-line-signature', 'docs/POLICY.md'), 0);
});

test('finds the word that must be nowhere', () => {
  const source = { path: 'hosts/worker.mjs', text: 'context.passThroughOnException()' };
  assert.equal(check_never_words([source]).length, 1);
});
