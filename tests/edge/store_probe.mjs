// A Durable Object in which the tests use the parts of a store by themselves.

import { DurableObject } from 'cloudflare:workers';

import { DurableRows, bucket_ms } from '../../hosts/store/sqlite/durable_rows.mjs';
import { Outbox } from '../../hosts/store/sqlite/outbox.mjs';
import { hex_of } from '../../hosts/fetch/wire.mjs';

export class StoreProbe extends DurableObject {
  /** Puts a row into each of `count` days; gives the days whose row is found, and again anew. */
  async days_found(count) {
    const rows = new DurableRows(this.ctx.storage);
    const days = Array.from({ length: count }, (_, day) => day);
    days.forEach((day) =>
      rows.put(key_of(day), new Uint8Array([day]), undefined, (20_000 + day) * bucket_ms));
    return [rows, new DurableRows(this.ctx.storage)]
      .map((each) => days.filter((day) => each.find(key_of(day))?.row[0] === day));
  }

  /** Takes a body of `body_bytes` for `count` keys through the outbox, and says what is kept. */
  async keep_body(body_bytes, count) {
    const outbox = new Outbox(this.ctx.storage);
    const keys = Array.from({ length: count }, (_, number) => key_of(number));
    const body = body_of(body_bytes);
    const parcel = {
      shard: 's', method: 'PUT', body, at_ms: 5, keys, is_single: count === 1, number: null,
    };
    const rows_before = this.#rows();
    keys.forEach((key) => outbox.put(
      key, { row: new Uint8Array([1]), drive_ms: 9, ticket: new Uint8Array([7]), parcel }));
    const story = [this.#rows() - rows_before];
    for (const key of keys) {
      const { ticket, method, body: found } = new Outbox(this.ctx.storage).read(key, body_bytes);
      story.push(hex_of(ticket) === '07' && method === 'PUT' && is_same(found, body));
      story.push(new Outbox(this.ctx.storage).read(key, body_bytes - 1).body);
      outbox.remove(key);
    }
    story.push(outbox.read(keys[0], body_bytes), this.#rows() - rows_before);
    return story;
  }

  /** Puts in a key for each time; gives what is overdue, dead, and to be driven next. */
  async list(drive_ms_by_key) {
    const outbox = new Outbox(this.ctx.storage);
    drive_ms_by_key.forEach((drive_ms, number) => {
      const key = key_of(number);
      const body = body_of(3);
      const parcel = {
        shard: 's', method: 'POST', body, at_ms: 5, keys: [key], is_single: true, number: null,
      };
      outbox.put(key, { row: key, drive_ms, ticket: key, parcel });
    });
    const numbers = (found) => found.map(({ key }) => key[0]);
    const list = (which) => (after, count) => numbers(outbox.list(which, after, count));
    const list_dead = list('dead');
    const no_key = new Uint8Array(0);
    const story = {
      next_ms: outbox.next_drive_ms(),
      overdue: numbers(outbox.list_overdue(100, 10)),
      overdue_first: numbers(outbox.list_overdue(100, 1)),
      dead: list_dead(no_key, 10),
      dead_first: list_dead(no_key, 1),
      dead_behind_first: list_dead(key_of(list_dead(no_key, 1)[0]), 9),
      owed: list('owed')(no_key, 10),
      owed_behind_first: list('owed')(key_of(1), 2),
    };
    drive_ms_by_key.forEach((_, number) => outbox.postpone(key_of(number), 100, 500));
    return { ...story, next_ms_after: outbox.next_drive_ms() };
  }

  #rows() {
    return ['outbox', 'bodies'].map((table) => {
      try {
        return this.ctx.storage.sql.exec(`SELECT COUNT(*) AS count FROM ${table}`).one().count;
      } catch {
        return 0;
      }
    }).reduce((one, other) => one + other);
  }
}

function key_of(number) {
  return new Uint8Array(32).fill(number);
}

/** Each byte's value comes from its place. */
function body_of(bytes) {
  return Uint8Array.from({ length: bytes }, (_, at) => (at * 31 + (at >> 12)) & 0xff);
}

function is_same(one, other) {
  return one.byteLength === other.byteLength && one.every((byte, at) => byte === other[at]);
}
