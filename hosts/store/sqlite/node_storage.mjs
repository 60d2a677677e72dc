// SQLite of Node (`node:sqlite`, which Deno has too) as the storage that `SqliteStore` wants: that
// of a Durable Object.

import { statSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';

/** A statement is compiled once; a store has some thirty. */
const statements_max = 128;

export class NodeStorage {
  #database;
  #file;
  #inode;
  #statements = new Map();
  #set_alarm;

  /**
   * Opens or makes `file`. `set_alarm(at_ms)` hears of each alarm that is set. What is committed is
   * on the disk: the log is written and synced before a reply leaves. Throws where another process
   * has it, which would find no row of ours.
   */
  constructor(file, set_alarm) {
    this.#database = new DatabaseSync(file);
    this.#file = file;
    this.#set_alarm = set_alarm;
    try {
      this.#database.exec('PRAGMA locking_mode = EXCLUSIVE');
      this.#database.exec('PRAGMA journal_mode = WAL');
      this.#database.exec('PRAGMA synchronous = FULL');
      this.#inode = statSync(file, { throwIfNoEntry: false })?.ino;
    } catch (failure) {
      this.#database.close();
      throw failure;
    }
    this.sql = { exec: (statement, ...values) => this.#exec(statement, values) };
  }

  transactionSync(action) {
    this.#database.exec('BEGIN IMMEDIATE');
    try {
      const result = action();
      this.before_commit();
      this.#database.exec('COMMIT');
      return result;
    } catch (failure) {
      this.#roll_back();
      throw failure;
    }
  }

  /** What is written into a file that was deleted is gone with the process. */
  #expect_file() {
    if (this.#file === ':memory:') {
      return;
    }
    const inode = statSync(this.#file, { throwIfNoEntry: false })?.ino;
    if (inode === undefined || inode !== this.#inode) {
      throw new Error(`the ledger's file ${this.#file} was deleted or replaced`);
    }
  }

  /** For tests, which let a write fail here. */
  before_commit() {}

  setAlarm(at_ms) {
    this.#set_alarm(at_ms);
  }

  close() {
    this.#statements.clear();
    this.#database.close();
  }

  /** SQLite has ended the transaction itself where a disk was full or broken. */
  #roll_back() {
    try {
      this.#database.exec('ROLLBACK');
    } catch {
      // What failed before is what is told.
    }
  }

  #exec(statement, values) {
    if (!statement.startsWith('SELECT')) {
      this.#expect_file();
    }
    const rows = this.#prepared(statement).all(...values);
    return {
      toArray: () => rows,
      one: () => rows[0],
      [Symbol.iterator]: () => rows[Symbol.iterator](),
    };
  }

  /** What changes the schema is run once, and is not kept. */
  #prepared(statement) {
    let prepared = this.#statements.get(statement);
    if (prepared === undefined) {
      prepared = this.#database.prepare(statement);
      if (this.#statements.size < statements_max && !/^(CREATE|DROP|ALTER)/.test(statement)) {
        this.#statements.set(statement, prepared);
      }
    }
    return prepared;
  }
}
