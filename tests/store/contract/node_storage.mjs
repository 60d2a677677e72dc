// What looks like the storage of a Durable Object, on the SQLite of Node.

import { DatabaseSync } from 'node:sqlite';

/** `alarm(at_ms)` hears of each alarm that is set. `fail_next` lets the next transaction fail. */
export class NodeStorage {
  #database;
  #alarm;
  #is_failing = false;

  constructor(file, alarm) {
    this.#database = new DatabaseSync(file);
    this.#alarm = alarm;
    this.sql = { exec: (statement, ...values) => this.#exec(statement, values) };
  }

  transactionSync(action) {
    this.#database.exec('BEGIN');
    try {
      const result = action();
      if (this.#is_failing) {
        this.#is_failing = false;
        throw new Error('the disk is full on purpose');
      }
      this.#database.exec('COMMIT');
      return result;
    } catch (failure) {
      this.#database.exec('ROLLBACK');
      throw failure;
    }
  }

  setAlarm(at_ms) {
    this.#alarm(at_ms);
  }

  fail_next() {
    this.#is_failing = true;
  }

  close() {
    this.#database.close();
  }

  #exec(statement, values) {
    const rows = this.#database.prepare(statement).all(...values);
    return {
      toArray: () => rows,
      one: () => rows[0],
      [Symbol.iterator]: () => rows[Symbol.iterator](),
    };
  }
}
