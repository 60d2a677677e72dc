// The SQLite of Node, with a write that fails when a test says so.

import { NodeStorage as Storage } from '../../../hosts/store/sqlite/node_storage.mjs';

export class NodeStorage extends Storage {
  #is_failing = false;

  /** Lets the next transaction fail at its end. */
  fail_next() {
    this.#is_failing = true;
  }

  before_commit() {
    if (this.#is_failing) {
      this.#is_failing = false;
      throw new Error('the disk is full on purpose');
    }
  }
}
