// Which module a policy or a provider gets, out of the package: `postern build` says what a policy
// needs, the smaller gate takes it or refuses it by name, and a provider names its module itself.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { import_packed, make_project, write_files } from './packed.mjs';

const folder = make_project('editions');
const installed = join(folder, 'node_modules/postern');
const [{ gate }, { gate: small_gate }, { memory }] = await import_packed(folder,
  ['postern/gate', 'postern/gate/small', 'postern/ledger/memory']);

const secret = 'whsec_f1c7e5ec2e70f1c7e5ec2e70f1c7e5e1';

/** The policy of one source, compiled, and what the command said of it. */
function build_policy(name, lines) {
  write_files(folder, { [`${name}.toml`]: ['version = 1', '[sources.a]', 'path = "/a"', ...lines,
    '[[sources.a.routes]]', 'events = ["invoice.*"]', 'to = "handler:book"', 'deliver = "proxy"',
    ''].join('\n') });
  const said = execFileSync(process.execPath,
    [join(installed, 'npm/cli/main.mjs'), 'build', `${name}.toml`, '-o', `${name}.bin`],
    { cwd: folder, encoding: 'utf8' });
  return { said, policy: new Uint8Array(readFileSync(join(folder, `${name}.bin`))) };
}

const common = build_policy('common', ['provider = "stripe"', 'secrets = ["env:SECRET"]']);
const public_keys = build_policy('public', ['provider = "discord"', 'secrets = ["env:SECRET"]']);

/** A delivery signed as Stripe's manual says, by node:crypto. */
function signed(key) {
  const seconds = Math.floor(Date.now() / 1000);
  const body = JSON.stringify({ id: 'evt_1', type: 'invoice.paid' });
  const mac = createHmac('sha256', key).update(`${seconds}.${body}`).digest('hex');
  return new Request('https://app.example/a', {
    method: 'POST', body,
    headers: { 'content-type': 'application/json', 'stripe-signature': `t=${seconds},v1=${mac}` },
  });
}

test('postern build says which gate is enough', () => {
  assert.match(common.said,
    /needs no more than postern\/gate\/small and postern\/cloudflare\/small$/m);
  assert.match(public_keys.said, /needs postern\/gate and postern\/cloudflare$/m);
});

test('the smaller gate takes what is genuine and refuses what is forged', async () => {
  const types = [];
  const hooks = small_gate({
    policy: common.policy, ledger: memory(), env: { SECRET: secret },
    handlers: { book: (event) => { types.push(event.type); } },
  });
  assert.equal((await hooks.fetch(signed(secret))).status, 200);
  assert.equal((await hooks.fetch(signed(`${secret}1`))).status, 401);
  assert.deepEqual(types, ['invoice.paid']);
  await hooks.close();
});

test('the smaller gate refuses a policy that needs more, by name, and the other takes it', () => {
  const options = {
    policy: public_keys.policy, ledger: memory(), handlers: { book() {} },
    env: { SECRET: '3b6a27bcceb6a42d62a3a8d02a6f0d73653215771de243a63ac048a18b59da29' },
  };
  assert.throws(() => small_gate(options),
    /the policy needs ed25519, which .* take postern\.wasm/);
  assert.doesNotThrow(() => gate(options));
});

/**
 * What the module that answers at once is without: public keys, long hashes, hashes that are no
 * MAC, times as text.
 */
const needs_more = new RegExp('^algorithm = "(?:ed25519|ecdsa-|rsa-|hmac-sha384|hmac-sha512|sha)' +
  '|^unit = "(?:rfc3339|iso-utc|http-date)"', 'm');

/** What is answered to a challenge may need more, too. */
const has_challenge = /^\[\[challenge\]\]$/m;

test('each provider is verified by the module that has what it needs', (t) => {
  const ways = { at_once: 0, by_effects: 0 };
  for (const file of readdirSync(join(installed, 'catalogue'))) {
    const text = readFileSync(join(installed, 'catalogue', file), 'utf8');
    const [, other] = /^scheme = "([a-z0-9-]+)"$/m.exec(text) ?? [];
    const signs = other === undefined
      ? text : readFileSync(join(installed, 'catalogue', `${other}.toml`), 'utf8');
    const [, way] = /, way: (\w+),/.exec(
      readFileSync(join(installed, 'providers', file.replace(/toml$/, 'mjs')), 'utf8'));
    if (needs_more.test(signs) || !has_challenge.test(signs)) {
      assert.equal(way, needs_more.test(signs) ? 'by_effects' : 'at_once', file);
    }
    ways[way] += 1;
  }
  t.diagnostic(JSON.stringify(ways));
  assert.ok(ways.at_once > 5 && ways.by_effects > 3);
});
