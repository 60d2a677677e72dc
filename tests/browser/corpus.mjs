// The work of a page: every policy of tests/lint for both targets, and deliveries of fixtures. And
// what the native command makes of the same.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { hosts } from '../../contract/hosts.mjs';
import { root } from '../architecture/sources.mjs';
import {
  decode_answer, encode_request, lint_corpus, run_natively, targets,
} from '../compiler/compilers.mjs';

export const scratch = join(root, 'build/browser');

const host = 'cloudflare';
const policies = lint_corpus().flatMap((policy) =>
  targets.map((target) => ({ ...policy, target })));

/** Each list of providers once: they are the larger part of what a page is sent. */
const lists = [...new Set(policies.map(({ providers }) => providers))];

function read_cases() {
  mkdirSync(scratch, { recursive: true });
  const plan = join(scratch, 'plan.json');
  execFileSync(join(root, 'build/postern'), ['replay', '--plan', plan, 'fixtures'],
    { cwd: root, stdio: ['ignore', 'ignore', 'pipe'] });
  return JSON.parse(readFileSync(plan, 'utf8')).cases;
}

/** Whether a page's world is that of the case: one delivery, with nothing else in it. */
const is_of_one_delivery = ({ steps: [step, ...others] }) =>
  others.length === 0 && step.arrivals.length === 1 && step.runs.length === 0 &&
  step.sweeps.length === 0 && step.origin.length === 0 && step.queue === 'none' &&
  step.limit === 'by_count' && Object.keys(step.ledger).length === 0;

const cases = read_cases().filter(is_of_one_delivery);

export const work = {
  host: { name: host, ...hosts[host] },
  providers: lists.map((list) => list.map(({ slug, file, text }) =>
    ({ slug, file, text: text.toString() }))),
  policies: policies.map(({ file, text, values, target, providers }) => ({
    file, text, values, development: target === 'development', providers: lists.indexOf(providers),
  })),
  deliveries: cases.map(({ policy_b64, settings, steps: [{ now_ms, fetch, arrivals }] }) => {
    const [{ request, token_hex }] = arrivals;
    return { policy_b64, settings, now_ms, fetch, request, token_hex };
  }),
};

const native = run_natively(policies.map((policy) =>
  encode_request({ ...policy, host, text: Buffer.from(policy.text) }))).map(decode_answer);

/** That a page compiled what the native compiler compiles, and said the same, byte for byte. */
export function expect_compiled(compiled) {
  assert.equal(compiled.length, policies.length);
  compiled.forEach(({ policy, json }, at) => {
    const { file, target } = policies[at];
    assert.equal(json, native[at].json, `${file}, ${target}`);
    assert.equal(policy, native[at].policy.toString('base64'), `${file}, ${target}`);
  });
  const written = native.filter(({ policy }) => policy.length > 0).length;
  assert.ok(policies.length >= 600 && written >= 100 && written < policies.length);
  return `${policies.length} policies, ${written} of them compiled`;
}

/** That a page's deliveries took the steps of the native core, with its decision records. */
export function expect_judged(traces) {
  assert.equal(traces.length, cases.length);
  const verdicts = {};
  traces.forEach((trace, at) => {
    const { name, steps: [{ arrivals, expect }] } = cases[at];
    assert.notEqual(arrivals[0].trace.length, 0);
    assert.deepEqual(trace, arrivals[0].trace, name);
    verdicts[expect.verdict] = (verdicts[expect.verdict] ?? 0) + 1;
  });
  assert.ok(cases.length >= 200);
  for (const verdict of ['forwarded', 'refused', 'handshake']) {
    assert.ok(verdicts[verdict] >= 3, `${verdicts[verdict]} ${verdict}`);
  }
  return `${cases.length} deliveries: ${JSON.stringify(verdicts)}`;
}
