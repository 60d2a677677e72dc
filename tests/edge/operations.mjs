// Operations of the ledger as bytes, in hex, by hand from postern/ledger/ledger.h: version 3,
// verb, owner, lease, retention, epoch, status, outcome, delay, hint, most copies, copy or not.

const verbs = {
  claim: 1, commit: 2, release: 3, accept: 4, take: 5, fail: 6, bury: 7, reopen: 8, drop: 9,
  redrive: 10,
};

const little = (value, bytes) => {
  const room = Buffer.alloc(8);
  room.writeBigUInt64LE(BigInt(value));
  return room.subarray(0, bytes).toString('hex');
};

const day_ms = 24 * 60 * 60 * 1000;

/** `owner` and `hint` are one byte, repeated. */
export function operation(verb, {
  owner = 0, lease_ms = 0, retain_ms = 7 * day_ms, epoch = 0, status = 0, outcome = 0, delay_ms = 0,
  hint = 0, copies_max = 0, is_copy = 0,
} = {}) {
  const takes = verb === 'take' || (verb === 'claim' && hint === 0);
  return '03' + little(verbs[verb], 1) + little(owner, 1).repeat(16) + little(lease_ms, 4) +
    little(takes ? 0 : retain_ms, 8) + little(epoch, 8) + little(status, 2) + little(outcome, 1) +
    little(delay_ms, 4) + little(hint, 1).repeat(16) + little(copies_max, 2) + little(is_copy, 1);
}

/** A reply in hex: `{ answer, epoch, is_marked, wait_ms, status, attempts, is_copy }`. */
export function read_reply(text) {
  const bytes = Buffer.from(text, 'hex');
  const answers = ['', 'granted', 'busy', 'duplicate', 'done', 'ignored', 'accepted', 'elsewhere',
    'limited'];
  return {
    answer: answers[bytes[1]], epoch: bytes.readBigUInt64LE(2), is_marked: bytes[10] === 1,
    wait_ms: Number(bytes.readBigUInt64LE(11)), status: bytes.readUInt16LE(19),
    attempts: bytes.readUInt16LE(21), is_copy: bytes[23] === 1,
  };
}

/** The state that a row's bytes, in hex, begin with. */
export function state_of(row) {
  return ['absent', 'claimed', 'retryable', 'done', 'accepted', 'delivering', 'dead'][
    Number.parseInt(row.slice(2, 4), 16)];
}
