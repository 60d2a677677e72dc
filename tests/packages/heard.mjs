// Gates of a test file: what their listeners hear is kept, and all are closed at the end.

import { after } from 'node:test';

/** A function that makes a gate by `gate` and gives `{ hooks, records, failures }`. */
export function listening(gate) {
  const opened = [];
  after(() => Promise.all(opened.map((hooks) => hooks.close())));
  return (options) => {
    const hooks = gate(options);
    opened.push(hooks);
    const records = [];
    const failures = [];
    hooks.on('record', (record) => records.push(record));
    hooks.on('failure', (text) => failures.push(text));
    return { hooks, records, failures };
  };
}
