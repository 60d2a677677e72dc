// The log of a running gate, for the records of what is sent from now on.

import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

import { exit } from './exit_codes.mjs';
import { Refused } from './refused.mjs';
import { bytes_of_text } from './texts.mjs';
import { pause } from './waiting_client.mjs';

const poll_ms = 25;

/** Most of a log that is read at once; a record has some hundred bytes. */
const read_bytes_max = 1 << 20;

export class GateLog {
  #file;
  #position = 0;
  #rest = '';

  /** Empty where no log is known. */
  constructor(file) {
    this.#file = bytes_of_text(file);
    if (file === '') {
      return;
    }
    try {
      const facts = statSync(this.#file);
      if (facts.isDirectory()) {
        throw new Error('it is a folder');
      }
      closeSync(openSync(this.#file));
      this.#position = facts.size;
    } catch {
      throw new Refused(exit.unreadable, `cannot read ${file}: no log of a gate is there`);
    }
  }

  /**
   * Waits for the decision record of a delivery, by the reference that the answer carried; null
   * when no log is known, or none came within `wait_ms`.
   */
  async record_of(delivery, wait_ms) {
    const looks = this.#looks(delivery, wait_ms);
    let look = looks.next();
    for (; !look.done; look = looks.next()) {
      await sleep(poll_ms);
    }
    return look.value;
  }

  /** The same without a promise. */
  wait_for_record(delivery, wait_ms) {
    const looks = this.#looks(delivery, wait_ms);
    let look = looks.next();
    for (; !look.done; look = looks.next()) {
      pause(poll_ms);
    }
    return look.value;
  }

  /** Yields before each look but the first, and returns what was found. */
  * #looks(delivery, wait_ms) {
    if (this.#file.length === 0 || !delivery) {
      return null;
    }
    const deadline = Date.now() + wait_ms;
    for (;;) {
      const found = this.#new_lines().map(record_in).find((one) => one?.delivery === delivery);
      if (found !== undefined) {
        return found.text;
      }
      if (Date.now() >= deadline) {
        return null;
      }
      yield;
    }
  }

  #new_lines() {
    const bytes = Buffer.alloc(read_bytes_max);
    const descriptor = openSync(this.#file);
    try {
      const count = readSync(descriptor, bytes, 0, bytes.length, this.#position);
      this.#position += count;
      const lines = (this.#rest + bytes.toString('latin1', 0, count)).split('\n');
      this.#rest = lines.pop();
      return lines;
    } finally {
      closeSync(descriptor);
    }
  }
}

/** The record within a line of a log, which may have a prefix and colours, and its delivery. */
function record_in(line) {
  const text = line.slice(line.indexOf('{'), line.lastIndexOf('}') + 1);
  try {
    const { delivery, verdict } = JSON.parse(text);
    return verdict === undefined ? undefined : { delivery, text };
  } catch {
    return undefined;
  }
}
