// Who has a place among an object's forwards, who waits for one, and for how long.

import assert from 'node:assert/strict';
import { beforeEach, mock, test } from 'node:test';

import {
  Places, forwards_max, place_wait_ms, places_waited_max, quick_ms,
} from '../../hosts/store/places.mjs';

let now_ms;
let places;

beforeEach(() => {
  mock.timers.reset();
  mock.timers.enable({ apis: ['setTimeout'] });
  now_ms = 0;
  places = new Places(() => now_ms);
});

function pass(ms) {
  now_ms += ms;
  mock.timers.tick(ms);
}

/** All places are taken, and the last forward that ended took `took_ms`. */
function fill(took_ms) {
  assert.equal(places.take(), true);
  places.leave(took_ms);
  for (let i = 0; i < forwards_max; i += 1) {
    assert.equal(places.take(), true);
  }
}

test('as many have a place as there are, and nobody waits for an unknown origin', () => {
  for (let i = 0; i < forwards_max; i += 1) {
    assert.equal(places.take(), true);
  }
  assert.equal(places.take(), false);
  places.leave(quick_ms);
  assert.equal(places.take(), true);
});

test('nobody waits for a slow origin', () => {
  fill(quick_ms + 1);
  assert.equal(places.take(), false);
});

test('those that wait have places in their order, each of which is one', async () => {
  fill(quick_ms);
  const order = [];
  const waiting = [1, 2].map((name) => places.take().then((has_place) => {
    order.push([name, has_place]);
  }));
  places.leave(quick_ms);
  places.leave(quick_ms);
  await Promise.all(waiting);
  assert.deepEqual(order, [[1, true], [2, true]]);
  const third = places.take();
  assert.ok(third instanceof Promise);
  places.leave(quick_ms);
  assert.equal(await third, true);
});

test('only so many wait', () => {
  fill(quick_ms);
  for (let i = 0; i < places_waited_max; i += 1) {
    assert.ok(places.take() instanceof Promise);
  }
  assert.equal(places.take(), false);
});

test('nobody waits longer than the limit, nor at all until a forward is quick again', async () => {
  fill(quick_ms);
  const first = places.take();
  pass(place_wait_ms - 1);
  const second = places.take();
  pass(1);
  assert.equal(await first, false);
  assert.equal(places.take(), false);
  pass(place_wait_ms - 2);
  const still = Symbol('waits');
  assert.equal(await Promise.race([second, still]), still);
  pass(1);
  assert.equal(await second, false);
  places.leave(quick_ms);
  assert.equal(places.take(), true);
  assert.ok(places.take() instanceof Promise);
});
