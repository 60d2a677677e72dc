// The functions that a policy delivers to: those of `handlers`, by their names, and those that
// stand in the policy's object itself.

import { handlers_among } from '../../hosts/fetch/handler_names.mjs';

import { nearest } from './nearest.mjs';
import { PolicyError } from './policy_error.mjs';

/**
 * Gives `{ handlers, warnings }`: functions by the names that `setting_names` of a policy have for
 * them, and what to tell of `given`, the `handlers` of `gate`'s options, that none of them is.
 * `placed` are those of the object, by the names that were made for them. Throws where one is
 * missing, and names what was meant.
 */
export function bind_handlers(setting_names, given = {}, placed = new Map()) {
  const handlers = new Map([...placed, ...read_given(given, placed)]);
  const needed = handlers_among(setting_names);
  const missing = needed.filter((name) => !handlers.has(name));
  if (missing.length > 0) {
    const told = missing.map((name) =>
      `handlers has no ${name}.${nearest(name, Object.keys(given))}`);
    const wanted = needed.filter((name) => !placed.has(name)).join(', ');
    throw new PolicyError(`${told.join('\n')}\nThe policy delivers to: ${wanted}.`);
  }
  const unused = Object.keys(given).filter((name) => !needed.includes(name));
  return {
    handlers,
    warnings: unused.map((name) => `handlers.${name}: no route of the policy delivers to it.` +
      nearest(name, needed.filter((other) => !placed.has(other)))),
  };
}

function read_given(given, placed) {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    throw new TypeError('handlers is an object: { book: async (event) => { … } }.');
  }
  const entries = Object.entries(given);
  for (const [name, handler] of entries) {
    if (typeof handler !== 'function') {
      throw new TypeError(`handlers.${name} is no function.`);
    }
    if (placed.has(name)) {
      throw new TypeError(`handlers.${name}: a function in the policy has this name.`);
    }
  }
  return entries;
}
