// Queue mode: takes what is owed on, from wherever its run begins to its end. The outbox is the
// truth; a message that is lost, late or doubled costs nothing but time.

import * as kinds from '../../build/contract/kinds.mjs';
import { drive } from '../fetch/gate.mjs';
import { ModuleFailure } from '../fetch/module.mjs';
import { MalformedFrame, bytes_of_hex } from '../fetch/wire.mjs';

import { call_shard, call_timeout_ms } from './calls.mjs';
import { LargeBodies } from './large_bodies.mjs';

/** When a delivery is looked at again whose body had no room. */
export const crowded_delay_ms = 5000;

/**
 * Gives `drive_one(content, on_forward)`, whose promise is the end of one run as `drive` gives it.
 * `content` is a reference, `{ shard, key }` with the key in hex, or a whole delivery, `{ ticket,
 * method, body }`; `on_forward` hears how long a forward may take when it begins. `parts` are those
 * of `drive`, with the performers in `perform`; `ledger` is the binding of the shards;
 * `bury(record)` gets the record of what was given up; `report` sees every end.
 */
export function make_driver({ ledger, bury, report, ...parts }) {
  const large_bodies = new LargeBodies();

  return async function drive_one(content, on_forward) {
    const ended = await take(content, on_forward)
      .catch((failure) => ({ record: null, failure }));
    report(ended);
    const end = await note_failure(ended, content);
    if (end.kind === kinds.dead_letter) {
      // The outbox has it too, so that a failure loses nothing.
      await bury(end.record).catch((failure) => report({ record: null, failure }));
    }
    return end;
  };

  async function take(content, on_forward) {
    if (content.key === undefined) {
      return go_on(content, on_forward);
    }
    const key = bytes_of_hex(content.key);
    return large_bodies.with_body(
      (bytes_max) => call_shard(
        ledger, content.shard, call_timeout_ms, (stub) => stub.read_owed(key, bytes_max)),
      (owed) => go_on(owed, on_forward));
  }

  async function go_on(owed, on_forward) {
    if (owed === null) {
      return { kind: kinds.finish, record: null, failure: null };
    }
    const { ticket, method, body } = owed;
    if (body === null) {
      return {
        kind: kinds.retry_later, delay_ms: crowded_delay_ms, record: null, failure: null,
      };
    }
    const forward = (effect, delivery) => {
      on_forward(effect.timeout_ms);
      return parts.perform.forward(effect, delivery);
    };
    return drive({
      ...parts,
      perform: { ...parts.perform, forward },
      delivery: { method, body, body_bytes: body.byteLength },
      ticket,
      token: parts.token(),
    });
  }

  /** A run that fails inside the gate is an attempt too: the outbox counts them. */
  async function note_failure(ended, { shard, key }) {
    if (!is_of_event(ended.failure) || key === undefined) {
      return ended;
    }
    try {
      const is_given_up = await call_shard(
        ledger, shard, call_timeout_ms, (stub) => stub.note_failed_run(bytes_of_hex(key)));
      if (!is_given_up) {
        return ended;
      }
    } catch (failure) {
      report({ record: null, failure });
      return ended;
    }
    const record = JSON.stringify({
      time: new Date(parts.now()).toISOString(), source: shard.slice(0, shard.lastIndexOf('/')),
      verdict: 'failed', reason: 'gate_failed', row_key: key, dead: true,
    });
    report({ record, failure: null });
    return { kind: kinds.dead_letter, record, failure: null };
  }
}

/** Whether a run failed over its event, and not because there is no module at all. */
function is_of_event(failure) {
  return failure instanceof MalformedFrame ||
    (failure instanceof ModuleFailure && !failure.is_of_start);
}
