// The rehearsal: what `postern compile` puts into a policy file, and what a host makes of it.

import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { read_policy_head } from '../../hosts/fetch/effects.mjs';
import { read_rehearsal, rehearse } from '../../hosts/fetch/rehearsal.mjs';
import { hex_of } from '../../hosts/fetch/wire.mjs';

import { compile_policy, device_policy, root, start_origin, start_worker } from './edge.mjs';

const compiled = new WebAssembly.Module(readFileSync(join(root, 'build/postern.wasm')));

let origin;
let policy;
let worker;

before(async () => {
  origin = await start_origin();
  policy = new Uint8Array(compile_policy('rehearsal_test', device_policy(origin.url)));
  worker = await start_worker();
});

after(async () => {
  await worker?.close();
  origin?.close();
});

/** The policy with one bit of its rehearsal turned, where `text` stands in it. */
function damaged(text) {
  const copy = Buffer.from(policy);
  const at = copy.lastIndexOf(text);
  assert.ok(at > 0 && at < 40 + read_policy_head(policy).rehearsal.byteLength);
  copy[at] ^= 1;
  return new Uint8Array(copy);
}

test('is signed as another implementation signs', () => {
  const { settings, headers, body, mac } = read_rehearsal(policy);
  assert.equal(settings.length, 1);
  const wanted = createHmac('sha256', settings[0]).update('1700000000.').update(body);
  assert.equal(Buffer.from(mac).toString('hex'), wanted.digest('hex'));
  assert.equal(new Map(headers).get('x-signature'), `t=1700000000,v1=${hex_of(mac)}`);
  assert.doesNotThrow(() => JSON.parse(new TextDecoder().decode(body)));
});

test('has a body that goes in at once', () => {
  const { body } = read_rehearsal(policy);
  assert.ok(body.byteLength <= 4096);
});

test('passes: it is verified, claimed, forwarded once, answered and settled', async () => {
  assert.equal(await rehearse(compiled, policy), null);
});

test('notices when what it was signed with does not verify', async () => {
  const problem = await rehearse(compiled, damaged('v1=5a0e'));
  assert.match(problem, /^Error: the rehearsed delivery was answered 40\d after 0 forwards$/);
});

test('is named, not thrown, when a policy file is damaged in it', async () => {
  assert.match(await rehearse(compiled, damaged('POSTERN5\x00\x00')),
    /^ModuleFailure: postern_configure refused/);
});

test('is left out for a policy without one', async () => {
  const { setting_names, rehearsal } = read_policy_head(policy);
  const start = 14 + setting_names.reduce((sum, name) => sum + 2 + name.length, 0);
  const without = new Uint8Array([...policy.slice(0, start), 0, 0, 0, 0,
    ...policy.slice(start + 4 + rehearsal.byteLength)]);
  assert.equal(read_rehearsal(without), null);
  assert.equal(await rehearse(compiled, without), null);
});

test('opens nothing: its path, secret and event are unknown to the gate', async () => {
  await worker.go_live(Buffer.from(policy));
  const { path, headers, body } = read_rehearsal(policy);
  const send = (to) => fetch(new URL(to, worker.url), { method: 'POST', headers, body });
  assert.equal((await send(path)).status, 404);
  assert.equal((await send('/hooks/device')).status, 401);
  assert.equal(origin.requests.length, 0);
});

test('goes unnoticed in workerd unless something is wrong with it', async () => {
  const lines = async (file) => {
    const seen = (await worker.logs()).length;
    await worker.go_live(Buffer.from(file));
    const { status } = await worker.deliver('{"id":"after a rehearsal"}');
    assert.equal(status, 200);
    return JSON.stringify((await worker.logs()).slice(seen)).match(/rehears\w+ delivery/g) ?? [];
  };
  assert.deepEqual(await lines(policy), []);
  assert.deepEqual(await lines(damaged('v1=5a0e')), ['rehearsed delivery']);
});
