// Stands for a version that is not deployed any more: leaves rows as literal bytes where the ledger
// of an earlier version had them. It is never deployed.
//
// POST / {shard, rows: [{bucket, key, row}]}, in hex.

import { DurableObject } from 'cloudflare:workers';

const bytes_of = (hex) => Uint8Array.from(hex.match(/../g), (pair) => Number.parseInt(pair, 16));

export class Ledger extends DurableObject {
  async leave({ bucket, key, row }) {
    const { sql } = this.ctx.storage;
    sql.exec(`CREATE TABLE IF NOT EXISTS seen_${bucket} ` +
      '(k BLOB PRIMARY KEY, row BLOB NOT NULL) WITHOUT ROWID');
    sql.exec(`INSERT INTO seen_${bucket} (k, row) VALUES (?, ?)`, bytes_of(key), bytes_of(row));
  }
}

export class StoreProbe extends DurableObject {}

export default {
  async fetch(request, env) {
    if (request.method !== 'POST') {
      return new Response('up');
    }
    const { shard, rows } = await request.json();
    const ledger = env.LEDGER.getByName(shard);
    for (const row of rows) {
      await ledger.leave(row);
    }
    return new Response('left');
  },
};
