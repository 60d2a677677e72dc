// A store, and the ledger above it, for cases that run in another process too: calls and answers
// are JSON, bytes are hex.

import { Ledger } from '../../../hosts/store/ledger.mjs';
import { bytes_of_hex, hex_of } from '../../../hosts/fetch/wire.mjs';

const hex_or_null = (bytes) => (bytes === null ? null : hex_of(bytes));
const bytes_or_null = (text) => (text === null ? null : bytes_of_hex(text));

export class Door {
  #store;
  #ledger;
  #found = [];
  #sent = [];
  #is_queue_down = false;

  constructor({ store, module }) {
    this.#store = store;
    this.#ledger = new Ledger({
      module, store, log: () => {},
      send: async (owed) => {
        if (this.#is_queue_down) {
          throw new Error('the queue is down on purpose');
        }
        this.#sent.push(...owed.map(({ key }) => hex_of(key)));
      },
    });
  }

  /** `{ id, row }`: what was found stays as it was found. */
  async find({ key }) {
    const found = this.#store.find(bytes_of_hex(key), key);
    this.#found.push(found);
    return { id: this.#found.length - 1, row: hex_of(found.row) };
  }

  /** Writes name what was found by its `id`; those that say nothing of a field get the usual. */
  async swap({ seen, writes = [], parcel = null, now_ms }) {
    return this.#store.swap({
      seen: seen.map((id) => this.#found[id]),
      writes: writes.map(({ id, row, ticket = null, ...rest }) => ({
        found: this.#found[id], row: bytes_of_hex(row), ticket: bytes_or_null(ticket),
        expires_ms: 0, due_ms: 0, is_durable: true, is_lease: false, is_settled: false, ...rest,
      })),
      parcel: parcel && {
        shard: 's/0', method: 'PUT', at_ms: now_ms, is_single: parcel.keys.length === 1,
        body: bytes_of_hex(parcel.body), keys: parcel.keys.map(bytes_of_hex),
      },
      now_ms,
    });
  }

  async times() {
    return { started_ms: this.#store.started_ms, now_ms: this.#store.now_ms };
  }

  async read_owed({ key, bytes_max = 1e9 }) {
    const owed = await this.#store.read_owed(bytes_of_hex(key), bytes_max);
    return owed && { ...owed, ticket: hex_of(owed.ticket), body: hex_or_null(owed.body) };
  }

  async locate({ key }) {
    const located = await this.#store.locate(bytes_of_hex(key));
    return located && { ...located, key: hex_of(located.key) };
  }

  async list({ which, after = '', count = 100 }) {
    const listed = await this.#store.list(which, bytes_of_hex(after), count);
    return listed.map(({ key, row, ticket, ...rest }) =>
      ({ key: hex_of(key), row: hex_of(row), ticket: hex_of(ticket), ...rest }));
  }

  async list_overdue({ before_ms, count = 100 }) {
    return (await this.#store.list_overdue(before_ms, count)).map(({ key }) => hex_of(key));
  }

  async postpone({ key, before_ms, due_ms }) {
    await this.#store.postpone(bytes_of_hex(key), before_ms, due_ms);
    return null;
  }

  async count_failed_run({ key }) {
    return this.#store.count_failed_run(bytes_of_hex(key));
  }

  async drop_expired({ now_ms }) {
    await this.#store.drop_expired(now_ms);
    return null;
  }

  // The ledger above.

  async apply({ key, operation, wait_ms = 0, copy = null }) {
    return hex_of(await this.#ledger.apply(bytes_of_hex(key), bytes_of_hex(operation), wait_ms,
      copy && { key: bytes_of_hex(copy.key), operation: bytes_of_hex(copy.operation) }));
  }

  /** `entries` are `{ key, ticket, operation, copy }`. */
  async accept({ entries, body }) {
    const entry = ({ key, ticket, operation, copy = null }) => ({
      key: bytes_of_hex(key), ticket: bytes_or_null(ticket), operation: bytes_of_hex(operation),
      copy: copy && entry(copy),
    });
    return hex_of(await this.#ledger.accept(entries.map(entry),
      { shard: 's/0', method: 'PUT', body: bytes_of_hex(body) }));
  }

  async look_up({ key }) {
    return hex_or_null((await this.#ledger.look_up(bytes_of_hex(key)))?.row ?? null);
  }

  async note_failed_run({ key }) {
    return this.#ledger.note_failed_run(bytes_of_hex(key));
  }

  async sweep({ is_queue_down = false }) {
    this.#is_queue_down = is_queue_down;
    await this.#ledger.sweep();
    return this.#sent.splice(0);
  }
}
