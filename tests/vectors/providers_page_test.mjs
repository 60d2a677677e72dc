// docs/PROVIDERS.md says what the files of the catalogue say: one line for each provider, and the
// command that renews them.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { page, providers_now, renewal, with_table } from '../../scripts/providers_page.mjs';
import { slugs } from '../provider_texts.mjs';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
const text = readFileSync(page, 'utf8');
const rows = text.slice(text.indexOf('## All of them')).split('\n')
  .filter((line) => line.startsWith('| `'));

test('the table is that of the catalogue', () => {
  assert.ok(with_table(text, providers_now()) === text,
    `docs/PROVIDERS.md is not that of wasm/providers. This renews it: ${renewal}`);
});

test('each file has a line, with its own name, manual and day', () => {
  assert.ok(slugs.length >= 15);
  assert.deepEqual(rows.map((row) => /^\| `([^`]+)`/.exec(row)[1]), slugs, renewal);
  slugs.forEach((slug, at) => {
    const file = readFileSync(resolve(root, `wasm/providers/${slug}.toml`), 'utf8');
    for (const key of ['manual', 'checked', 'confidence']) {
      const [, fact] = new RegExp(`^${key} = "?([^"\n]+)"?$`, 'm').exec(file);
      assert.ok(rows[at].includes(fact), `${slug}: ${key}. ${renewal}`);
    }
  });
});
