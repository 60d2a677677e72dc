// `postern ledger` against the Worker in workerd, from the sender to the origin.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import {
  admin_token, compile_policy, device_policy, signed, start_origin, start_worker, until,
} from './edge.mjs';
import { run, write_policy } from './scripted_gate.mjs';

test('takes up dead letters of a Worker, from the list to the origin', async (context) => {
  const { origin, worker } = await start_both(context);
  const text = device_policy(origin.url, {
    to: ['/one', '/two'], queue: '{ schedule = "fixed", first = "1s", attempts = 1 }',
  });
  const policy = write_policy('ledger_live', { text });
  await worker.go_live(compile_policy('ledger_live', text),
    { bindings: { POSTERN_ADMIN_TOKEN: admin_token } });
  const ask = async (...args) => {
    const { code, out, err } =
      await run([...args, worker.url.origin, '--json'], { policy });
    assert.equal(code, 0, err);
    return JSON.parse(out);
  };
  const list_dead = async (count) => {
    let dead = [];
    await until_async(async () => {
      dead = await ask('dead');
      return dead.length === count;
    });
    return dead;
  };

  origin.answer = (request, response) => {
    response.statusCode = request.url === '/two' ? 503 : 200;
    response.end();
  };
  const body = '{"id":"an event of the command"}';
  assert.equal((await worker.deliver(body, signed(body))).status, 200);
  const [dead] = await list_dead(1);
  assert.deepEqual([dead.state, dead.attempts, dead.method, dead.body_bytes, dead.status],
    ['dead', 1, 'POST', body.length, 503]);
  const event_key = origin.requests[0].headers['postern-key'];
  assert.deepEqual([dead.event_key, dead.to], [event_key, `${origin.url}/two`]);
  const rows = await ask('show', event_key);
  assert.deepEqual(rows.map(({ state, to }) => [state, to]),
    [['done', undefined], ['dead', `${origin.url}/two`]]);
  assert.equal(rows[1].key, dead.key);

  origin.requests.length = 0;
  origin.answer = (_request, response) => response.end();
  const [driven] = await ask('redrive', '--all');
  assert.deepEqual([driven.key, driven.note], [dead.key, 'was dead, message sent']);
  await until(() => origin.requests.length === 1, 15_000);
  assert.deepEqual([origin.requests[0].url, origin.requests[0].headers['postern-key']],
    ['/two', event_key]);
  await list_dead(0);

  const [released] = await ask('release', event_key);
  assert.deepEqual([released.state, released.note], ['retryable', 'was done']);
  assert.equal((await worker.deliver(body, signed(body))).status, 200);
  await until(() => origin.requests.some((request) => request.url === '/one'), 15_000);
  assert.equal(origin.requests.find((request) => request.url === '/one')
    .headers['postern-maybe-duplicate'], 'true');
});

test('a dead letter that is dropped is not delivered by its repeat', async (context) => {
  const { origin, worker } = await start_both(context);
  const text = device_policy(origin.url, {
    queue: '{ schedule = "fixed", first = "1s", attempts = 1 }',
  });
  const policy = write_policy('ledger_drop', { text });
  await worker.go_live(compile_policy('ledger_drop', text),
    { bindings: { POSTERN_ADMIN_TOKEN: admin_token } });
  const ask = (...args) => run(args, { policy, gate: worker.url.origin });
  origin.answer = (_request, response) => {
    response.statusCode = 500;
    response.end();
  };
  const body = '{"id":"an event that nobody wants"}';
  await worker.deliver(body, signed(body));
  let brief = '';
  await until_async(async () => {
    const { out } = await ask('dead');
    [brief] = /^  [0-9a-f]{12}(?=  )/m.exec(out) ?? [''];
    return brief !== '';
  });
  const event_key = origin.requests[0].headers['postern-key'];
  assert.equal(brief.trim(), event_key.slice(0, 12));
  assert.match((await ask('drop', brief.trim())).out, /was dead, dropped\n$/);
  assert.equal((await ask('dead')).out, 'There is no dead letter.\n');
  assert.match((await ask('show', event_key)).out, /: done, dropped by an operator\n/);
  assert.equal((await ask('drop', event_key)).code, 1);

  const recorded = worker.logs().length;
  assert.equal((await worker.deliver(body, signed(body))).status, 200);
  await until(() => worker.logs().slice(recorded)
    .some(({ message }) => message.includes('"verdict":"duplicate"')), 15_000);
  assert.equal(origin.requests.length, 1);
  assert.deepEqual(worker.logs().map(({ message }) => message)
    .filter((line) => line.includes('"action":"drop"')).map((line) => JSON.parse(line))
    .map((line) => [line.key, line.outcome]), [[event_key, 'done']]);
});

async function start_both(context) {
  const origin = await start_origin();
  const worker = await start_worker();
  context.after(() => {
    origin.close();
    return worker.close();
  });
  return { origin, worker };
}

async function until_async(holds) {
  const give_up_at = Date.now() + 15_000;
  while (!await holds()) {
    assert.ok(Date.now() < give_up_at, `waited too long for: ${holds}`);
  }
}
