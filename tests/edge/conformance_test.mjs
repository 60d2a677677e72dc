// Every fixture through the real Worker and the real ledger: the steps that the module gives must
// be those of the native core, byte for byte. The plan comes from `postern replay --plan`.

import assert from 'node:assert/strict';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import * as kinds from '../../build/contract/kinds.mjs';
import { decode_step } from '../../hosts/fetch/effects.mjs';

import { root, run_postern, scratch, start_worker } from './edge.mjs';

const { cases } = read_plan();
assert.notEqual(cases.length, 0, 'the plan has no case');
const runs = cases.flatMap(({ steps }) => steps.flatMap((step) => step.runs));
assert.notEqual(runs.length, 0, 'no case of the plan has a run of the queue');

let worker;
before(async () => {
  worker = await start_worker();
});
after(() => worker?.close());

for (const [number, { name, policy_b64, settings, steps }] of cases.entries()) {
  test(`${name} takes the same steps as natively`, async () => {
    assert.notEqual(steps.length, 0, 'the case has no step');
    const shard_prefix = `case ${number} `;
    let state;
    for (const [index, step] of steps.entries()) {
      const played = await worker.play({ policy_b64, settings, shard_prefix, step, state });
      ({ state } = played);
      const where = `${name}, play ${index + 1}`;
      assert_all_same(played.runs, step.arrivals, `${where}, delivery`);
      assert_all_same(played.queue_runs, step.runs, `${where}, run`);
      played.runs.forEach((run, at) => assert_answered(run, step.arrivals[at].trace, where));
    }
  });
}

function read_plan() {
  mkdirSync(scratch, { recursive: true });
  const plan = join(scratch, 'plan.json');
  run_postern('replay', '--plan', plan, join(root, 'fixtures'));
  return JSON.parse(readFileSync(plan, 'utf8'));
}

function assert_all_same(runs, planned, where) {
  planned.forEach(({ trace }, at) => {
    assert.ok(at < runs.length, `${where} ${at + 1} is missing`);
    assert_same(runs[at], trace, `${where} ${at + 1}`);
  });
  assert.equal(runs.length, planned.length, where);
}

function assert_same(run, trace, where) {
  assert.notEqual(trace.length, 0, where);
  const difference = trace.findIndex((frame, at) => frame !== run.trace[at]);
  if (difference >= 0) {
    const [native, edge] = [trace[difference], run.trace[difference]].map(describe);
    assert.deepEqual(edge, native, `${where}: frame ${difference + 1} differs; ${run.log}`);
    assert.equal(run.trace[difference], trace[difference], where);
  }
  assert.equal(run.trace.length, trace.length, where);
}

function assert_answered(run, trace, where) {
  const answer = trace.map(decode).find(({ kind }) => kind === kinds.answer);
  assert.equal(run.status, answer.status, where);
  assert.equal(run.body_b64, Buffer.from(answer.body).toString('base64'), where);
}

function decode(hex) {
  return decode_step(new Uint8Array(Buffer.from(hex, 'hex')));
}

/** A frame for people: bytes as text where they are text. */
function describe(hex) {
  if (hex === undefined) {
    return undefined;
  }
  return JSON.parse(JSON.stringify(decode(hex), (_key, value) =>
    (value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : value)));
}
