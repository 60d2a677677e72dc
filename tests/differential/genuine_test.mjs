// The genuine deliveries that all other cases of a provider are made of: where the vendor has a
// library, that library itself accepts them, and none with one character more.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { senders } from './senders.mjs';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
const folder = mkdtempSync(join(tmpdir(), 'postern-genuine-'));
after(() => rmSync(folder, { recursive: true }));

/** Who verifies for providers without a library of their own: the scheme is the same. */
const verifiers = new Map(senders.map((sender) => [sender.provider, sender]));
verifiers.set('gitlab', verifiers.get('standard-webhooks'));

function genuine_of(provider) {
  const files = readdirSync(join(root, 'fixtures', provider))
    .filter((name) => name.endsWith('.toml'))
    .map((name) => join('fixtures', provider, name))
    .filter((file) => /^genuine = /m.test(readFileSync(join(root, file), 'utf8')));
  assert.equal(files.length, 1, `${files}`);
  const text = readFileSync(join(root, files[0]), 'utf8');
  const [, secret] = /^secrets = \["(.*)"\]$/m.exec(text);
  const [, url] = /^url = "([^"?]*)/m.exec(text) ?? [];
  return { file: files[0], secret, url };
}

/** The first delivery of a fixture, byte for byte, as its plan has it. */
function first_delivery(file) {
  const plan = join(folder, 'plan.json');
  const { status, stderr } = spawnSync(join(root, 'build/postern'),
    ['replay', file, '--plan', plan], { cwd: root, encoding: 'utf8' });
  assert.equal(status, 0, stderr);
  const [{ now_ms, arrivals: [{ request }] }] =
    JSON.parse(readFileSync(plan, 'utf8')).cases[0].steps;
  return {
    now_ms,
    query: request.query,
    headers: Object.fromEntries(request.headers),
    body: Buffer.from(request.body_b64, 'base64'),
  };
}

for (const [provider, sender] of verifiers) {
  test(`${sender.name} accepts the genuine delivery of ${provider}`, async () => {
    const { file, secret, url } = genuine_of(provider);
    const delivery = first_delivery(file);
    const secrets = [provider === 'discord' ? { public_hex: secret } : secret];
    assert.equal(await sender.accepts(delivery, secrets, { url }), true);
    const body = Buffer.concat([delivery.body, Buffer.from('0')]);
    assert.equal(await sender.accepts({ ...delivery, body }, secrets, { url }), false);
  });
}
