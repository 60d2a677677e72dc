// A signal of two, as runtimes give it and where one does not.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { afterEach, test } from 'node:test';
import { pathToFileURL } from 'node:url';

import { make_project } from './packed.mjs';

const folder = make_project('either_signal');
const { either_signal } = await import(
  pathToFileURL(join(folder, 'node_modules/postern/npm/lib/either_signal.mjs')));

const { any } = AbortSignal;
afterEach(() => {
  AbortSignal.any = any;
});

for (const [where, given] of [['with AbortSignal.any', any], ['without it', undefined]]) {
  for (const which of [0, 1]) {
    test(`${where}, the ${which === 0 ? 'first' : 'second'} of two ends both`, () => {
      AbortSignal.any = given;
      const controllers = [new AbortController(), new AbortController()];
      const signal = either_signal(...controllers.map((one) => one.signal));
      let told = 0;
      signal.addEventListener('abort', () => {
        told += 1;
      });
      assert.equal(signal.aborted, false);
      controllers[which].abort('over');
      controllers[1 - which].abort('later');
      assert.deepEqual([signal.aborted, signal.reason, told], [true, 'over', 1]);
    });
  }

  test(`${where}, one that has ended before is an end`, () => {
    AbortSignal.any = given;
    const signal = either_signal(new AbortController().signal, AbortSignal.abort('before'));
    assert.deepEqual([signal.aborted, signal.reason], [true, 'before']);
  });
}
