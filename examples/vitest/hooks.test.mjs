// Its tests: nothing is mocked but the work itself, and no port is needed.
//
//   npm install --save-dev vitest && npx vitest run

import { memory } from 'postern/ledger/memory';
import { sign } from 'postern/testing';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { make_hooks } from './hooks.mjs';

const secret = 'whsec_of_these_tests_and_of_no_other';
const url = 'https://app.example/hooks/stripe';

let book;
let hooks;
let records;

beforeEach(() => {
  book = vi.fn();
  records = [];
  hooks = make_hooks({ secret, ledger: memory(), book });
  hooks.on('record', ({ verdict, reason }) => records.push(`${verdict} ${reason}`.trim()));
});

afterEach(() => hooks.close());

const invoice = (id, options) => sign('stripe', { id, object: 'event', data: { amount: 7 } },
  { secret, type: 'invoice.paid', url, ...options });

test('an invoice is booked once, however often it comes', async () => {
  for (let time = 0; time < 2; time += 1) {
    const answer = await hooks.fetch(await invoice('evt_1'));
    expect(answer.status).toBe(200);
  }
  expect(book).toHaveBeenCalledOnce();
  const [[key, event]] = book.mock.calls;
  expect(key).toMatch(/^[0-9a-f]{64}$/);
  expect(event).toMatchObject({ id: 'evt_1', type: 'invoice.paid', data: { amount: 7 } });
  await hooks.close();
  expect(records).toEqual(['forwarded', 'duplicate']);
});

test('what was not signed with our secret is not booked', async () => {
  const forged = await invoice('evt_2', { secret: 'whsec_guessed_by_somebody_else' });
  expect((await hooks.fetch(forged)).status).toBe(401);
  expect(book).not.toHaveBeenCalled();
  await hooks.close();
  expect(records).toEqual(['refused bad_signature']);
});

test('what was signed an hour ago is not booked', async () => {
  const old = await invoice('evt_3', { at: Date.now() - 3_600_000 });
  expect((await hooks.fetch(old)).status).toBe(401);
  await hooks.close();
  expect(records).toEqual(['refused stale']);
});

test('a sender comes back for what could not be booked', async () => {
  book.mockRejectedValueOnce(new Error('the database is away'));
  expect((await hooks.fetch(await invoice('evt_4'))).status).toBe(503);
  expect((await hooks.fetch(await invoice('evt_4'))).status).toBe(200);
  expect(book).toHaveBeenCalledTimes(2);
});
