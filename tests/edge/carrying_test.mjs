// The object carries the delivery: it forwards and settles by itself what the Worker asked a claim
// for. Whatever is lost or differs in between, an event is forwarded by one of them at a time.

import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';

import { carried_body_bytes_max } from '../../hosts/store/carrying.mjs';
import { forwards_max } from '../../hosts/store/places.mjs';

import { compile_policy, device_policy, pause, signed, until } from './edge.mjs';
import { start_live } from './live.mjs';

const { worker, origin } = await start_live();
const policy = compile_policy('carrying_test', device_policy(origin.url, { max_body: '2MiB' }));
let event = 0;

beforeEach(() => worker.go_live(policy));

function new_body(filler = '') {
  event += 1;
  return `{"id":"carried-${event}","filler":"${filler}"}`;
}

const answer_after = (ms) => (_request, response) => setTimeout(() => response.end('done'), ms);
const records = (from = 0) => worker.logs().slice(from).map(({ message }) => message);
const verdicts = (from) => records(from).filter((line) => line.includes('"verdict"'))
  .map((line) => JSON.parse(line).verdict);

/** Waits for the records of what has been delivered since `from`. */
const until_told = (from, count) => until(() => verdicts(from).length >= count);

test('an object forwards what it grants, and the sender gets the answer', async () => {
  origin.answer = (_request, response) => {
    response.statusCode = 201;
    response.setHeader('content-type', 'text/plain');
    response.end('taken');
  };
  const from = worker.logs().length;
  const body = new_body();
  const { status, text, headers } = await worker.deliver(body);
  assert.deepEqual([status, text, headers.get('content-type')], [201, 'taken', 'text/plain']);
  assert.equal((await worker.carried()).count, 1);
  await until_told(from, 1);
  assert.equal((await worker.deliver(body)).status, 200);
  assert.equal(origin.requests.length, 1);
  await until_told(from, 2);
  assert.deepEqual(verdicts(from), ['forwarded', 'duplicate']);
});

test('its record has the time of both', async () => {
  origin.answer = answer_after(120);
  const from = worker.logs().length;
  await worker.deliver(new_body());
  await until_told(from, 1);
  const { host } = JSON.parse(records(from).find((line) => line.includes('"verdict"')));
  assert.ok(host.origin_ms >= 100 && host.total_ms >= host.origin_ms, JSON.stringify(host));
  assert.ok(host.answer_ms >= host.origin_ms && host.answer_ms <= host.total_ms + 1);
});

test('a failed forward of an object frees the event', async () => {
  const body = new_body();
  origin.answer = (_request, response) => {
    response.statusCode = 500;
    response.end();
  };
  assert.equal((await worker.deliver(body)).status, 503);
  origin.answer = (_request, response) => response.end('done');
  await until_status(body, 200);
  assert.equal(origin.requests.length, 2);
});

/** Delivers until that is the answer: a release may still be on its way. */
async function until_status(body, status) {
  const give_up_at = Date.now() + 5000;
  while ((await worker.deliver(body)).status !== status) {
    assert.ok(Date.now() < give_up_at);
    await pause(50);
  }
}

test('a hot shard with a slow origin carries what it may, and the Worker forwards the rest',
  async () => {
    const count = 4 * forwards_max;
    // Nobody waits for a place: the origin answers none before all are there.
    const waiting = [];
    origin.answer = (_request, response) => {
      waiting.push(response);
      if (waiting.length === count) {
        waiting.forEach((each) => each.end('done'));
      }
    };
    const answers = await Promise.all(
      Array.from({ length: count }, () => worker.deliver(new_body())));
    assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([200]));
    assert.equal(origin.requests.length, count);
    const carried = await worker.carried();
    assert.deepEqual([carried.count, carried.most], [forwards_max, forwards_max]);
  });

test('a burst to a quick origin is carried in whole, a few forwards at a time', async () => {
  const count = 2 * forwards_max;
  const give_up_at = Date.now() + 10_000;
  // How quick the origin is, a busy machine has a say in.
  for (let burst = 0; burst !== count;) {
    assert.ok(Date.now() < give_up_at);
    await worker.deliver(new_body());
    const before = (await worker.carried()).count;
    await Promise.all(Array.from({ length: count }, () => worker.deliver(new_body())));
    burst = (await worker.carried()).count - before;
  }
  assert.ok((await worker.carried()).most <= forwards_max);
});

test('an origin that was quick and is slow now keeps nobody waiting for a place', async () => {
  await worker.deliver(new_body());
  const count = 4 * forwards_max;
  const waiting = [];
  origin.answer = (_request, response) => {
    waiting.push(response);
    if (waiting.length === count) {
      waiting.forEach((each) => each.end('done'));
    }
  };
  const answers = await Promise.all(
    Array.from({ length: count }, () => worker.deliver(new_body())));
  assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([200]));
  const carried = await worker.carried();
  assert.deepEqual([carried.count, carried.most], [1 + forwards_max, forwards_max]);
});

for (const object_ahead_ms of [-60_000, 60_000]) {
  test(`an object that is ${object_ahead_ms} ms ahead refuses nothing for that`, async () => {
    await worker.go_live(policy, { object_ahead_ms });
    origin.answer = (_request, response) => response.end('done');
    const from = worker.logs().length;
    assert.equal((await worker.deliver(new_body())).status, 200);
    assert.equal((await worker.carried()).count, 1);
    await until_told(from, 1);
    assert.deepEqual(verdicts(from), ['forwarded']);
  });
}

test('a body that is large is claimed, and forwarded by the Worker', async () => {
  const body = new_body('x'.repeat(carried_body_bytes_max));
  assert.equal((await worker.deliver(body)).status, 200);
  assert.equal((await worker.carried()).count, 0);
  assert.equal((await worker.deliver(body)).status, 200);
  assert.equal(origin.requests.length, 1);
});

test('an object that answers too late to be heard goes on, and the Worker forwards nothing',
  async () => {
    origin.answer = answer_after(300);
    await worker.go_live(policy, { failures: { CARRY_REPLY: 1 } });
    const from = worker.logs().length;
    const body = new_body();
    const { status, headers } = await worker.deliver(body);
    assert.deepEqual([status, headers.get('retry-after')], [503, '1']);
    await until_told(from, 1);
    assert.deepEqual(verdicts(from), ['forwarded']);
    assert.ok(records(from).some((line) => line.includes('"failure":"CarryLost"')));
    assert.equal((await worker.deliver(body)).status, 200);
    assert.equal(origin.requests.length, 1);
  });

for (const on_ledger_down of ['open', 'queue']) {
  const rule = `on_ledger_down = "${on_ledger_down}"\n`;
  const its_policy = () => compile_policy(`carrying_${on_ledger_down}`,
    device_policy(origin.url).replace('busy_wait', `${rule}busy_wait`));

  test(`a call that is lost is no ledger that is down, whatever "${on_ledger_down}" says`,
    async () => {
      await worker.go_live(its_policy(), { failures: { CARRY: 1 } });
      const body = new_body();
      assert.equal((await worker.deliver(body)).status, 503);
      assert.equal(origin.requests.length, 0);
      // From then on it is asked for claims only, which are lost or not, and told so.
      assert.equal((await worker.deliver(body)).status, 200);
      assert.equal((await worker.carried()).count, 0);
      await until(() => origin.requests.length === 1);
    });

  test(`"${on_ledger_down}" applies where nobody can be asked`, async () => {
    await worker.go_live(its_policy(), { failures: { LEDGER: 1 } });
    const body = new_body();
    assert.equal((await worker.deliver(body)).status, 200);
    await until(() => origin.requests.length === 1, 15_000);
    assert.equal((await worker.carried()).count, 0);
  });
}

test('an object that is lost while it forwards costs a 503, and the next forward is marked',
  async () => {
    const shard_prefix = await worker.go_live(policy);
    origin.answer = () => {};
    const body = new_body();
    const lost = worker.deliver(body);
    await until(() => origin.requests.length === 1);
    await worker.ledger(shard_prefix, 'vanish');
    assert.equal((await lost).status, 503);
    origin.answer = (_request, response) => response.end('done');
    // In quiet times its lease is on disk and runs on.
    assert.equal((await worker.deliver(body)).status, 503);
    assert.equal(origin.requests.length, 1);
    try {
      await worker.set_clock(60_000);
      assert.equal((await worker.deliver(body, signed(body))).status, 200);
    } finally {
      await worker.set_clock(0);
    }
    assert.equal(origin.requests.at(-1).headers['postern-maybe-duplicate'], 'true');
  });

const others = {
  'another policy': [compile_policy('carrying_other', device_policy(origin.url)), {}],
  'other secrets': [policy, { device_secret: 'another secret of the tests, long enough for it' }],
  'another module': [policy, { is_trapping: true }],
};
for (const [what, [its_policy, options]] of Object.entries(others)) {
  test(`while Worker and object have ${what}, the object does nothing and the Worker goes on`,
    async () => {
      await worker.go_live(its_policy, options);
      await worker.go_live(policy, { keeps_carrying: true });
      const body = new_body();
      assert.equal((await worker.deliver(body)).status, 200);
      assert.equal((await worker.carried()).count, 0);
      assert.equal((await worker.deliver(body)).status, 200);
      assert.equal(origin.requests.length, 1);
    });
}

test('an object that carries nothing does nothing, and the Worker goes on', async () => {
  await worker.go_live(policy, { is_carrying: false });
  await worker.go_live(policy, { keeps_carrying: true });
  assert.equal((await worker.deliver(new_body())).status, 200);
  assert.deepEqual([(await worker.carried()).count, origin.requests.length], [0, 1]);
});
