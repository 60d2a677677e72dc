// One secret that two sources read in two ways, with bodies that the host hashes: the shipped
// module and the hosts' crypto. Expected MACs are Node's.

import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { test } from 'node:test';

import { compile_policy, make_gate } from './node_host.mjs';

const source = (name, form) => `
[sources.${name}]
path = "/${name}"
secrets = ["env:SECRET"]
[sources.${name}.scheme]
sends = ["json"]
[sources.${name}.scheme.signature]
algorithm = "hmac-sha256"
from = { header = "x-signature" }
encoding = "hex"
content = "{body}"
key = "${form}"
[sources.${name}.scheme.event]
identity = "body"
same_content = "one"
[sources.${name}.scheme.retries]
attempts = 5
horizon = "1d"
[[sources.${name}.routes]]
to = "https://origin.example.com/${name}"
`;

const secret = Buffer.from('a secret of three times eight bytes, and more').toString('base64');

test('each source of one secret hashes with what it makes of it, in whatever order they come',
  async () => {
    const policy = compile_policy(
      `version = 1\n${source('text', 'utf8')}${source('digits', 'base64')}`);
    const keys = { text: secret, digits: Buffer.from(secret, 'base64') };
    for (const order of [['text', 'digits'], ['digits', 'text']]) {
      const gate = make_gate(policy, { SECRET: secret });
      for (const name of order) {
        for (const length of [10, 5000]) {
          const body = Buffer.from(`{"filler":"${'x'.repeat(length)}"}`);
          const sign = (key) => createHmac('sha256', key).update(body).digest('hex');
          const judged = async (signature) => (await gate.deliver(`/${name}`, {
            method: 'POST', query: '', body, now_ms: 1_700_000_000_000,
            headers: { 'x-signature': signature },
          })).record.verdict;
          const [other] = order.filter((each) => each !== name);
          assert.equal(await judged(sign(keys[other])), 'refused', `${name}, ${length}`);
          assert.equal(await judged(sign(keys[name])), 'forwarded', `${name}, ${length}`);
        }
      }
    }
  });
