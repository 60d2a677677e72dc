// What crosses the module's boundary, once. From this table come, when something is built,
//
//   the C++ enumerations, the core's effects and their forms   postern/contract/*.h
//   the harness's second reading of the same frames            harness/contract/frames.h
//   the numbers and codecs of the JavaScript hosts             build/contract/frames.mjs
//   the reference of docs/ABI.md                               node contract/generate.mjs --docs
//
// A change here is a change of the ABI: what is stored (tickets, rows, policy files) carries a
// version of its own, and a host refuses a module whose `abi_version` is another.

import {
  apart32, bits, bytes16, bytes32, choice, cut16, list16, list8, numbers, optional, raw, record,
  text16, text32, truth, u16, u32, u64, u8,
} from './types.mjs';

/** Single numbers that both sides know: `[type, value, what it says]`. */
export const constants = {
  abi_version: [u8, 1, 'First byte of every frame.'],
  token_bytes: [u8, 16, 'A delivery\'s token, or that of a run of a queue: fresh randomness.'],
  row_key_bytes: [u8, 32, 'The key under which the ledger keeps a row.'],
  no_key: [u16, 0xffff, 'In a `mac` effect: no key, a plain digest.'],
  frame_headers_max: [u16, 1024, 'Most headers in a frame. The module refuses a delivery with far '
    + 'fewer than that, so the rest tells nothing.'],
  tenant_bytes_max: [u8, 128, 'Longest name of a tenant: visible ASCII.'],
  body_head_bytes_max: [u16, 128, 'How much a `begin` frame shows of a body that does not stand in '
    + 'it: enough to tell its form.'],
  ticket_bytes_max: [u16, 12288, 'Longest ticket. A queue message has room for ten.'],
  frame_bytes_max: [u32, 26 << 20, 'Longest frame that the module takes: the largest body that a '
    + 'policy may allow, and with it a ticket, headers or an outcome.'],
};

/** First bytes of a policy file; the digit is the version of its form. */
export const policy_magic = 'POSTERN5';

/**
 * How the name of a setting begins that is in no environment: a secret of a tenant, behind it the
 * source, `:`, and the source's path. A source has several of one name, for as many secrets as a
 * tenant may have; of one who has fewer the last comes again.
 */
export const tenant_setting_prefix = 'tenant:';

// ---- numbers ------------------------------------------------------------------------------------

export const hash = numbers('Hash', 'hashes', 'The hashes that senders sign with.', {
  sha1: [1, 'SHA-1'],
  sha224: [2, 'SHA-224'],
  sha256: [3, 'SHA-256'],
  sha384: [4, 'SHA-384'],
  sha512: [5, 'SHA-512'],
});

export const algorithm = numbers('Algorithm', 'algorithms',
  'How a sender signs. Hosts see those of public keys only.', {
    hmac_sha1: [1, 'HMAC with SHA-1'],
    hmac_sha224: [2, 'HMAC with SHA-224'],
    hmac_sha256: [3, 'HMAC with SHA-256'],
    hmac_sha384: [4, 'HMAC with SHA-384'],
    hmac_sha512: [5, 'HMAC with SHA-512'],
    ed25519: [6, 'Ed25519'],
    ecdsa_p256_sha256: [7, 'ECDSA P-256 with SHA-256; a signature is r and s of 32 bytes each'],
    rsa_pkcs1_sha1: [8, 'RSA PKCS#1 v1.5 with SHA-1'],
    rsa_pkcs1_sha256: [9, 'RSA PKCS#1 v1.5 with SHA-256'],
    token: [10, 'a shared text sent as it is: proves who knows it, binds nothing else'],
    basic: [11, 'the same by HTTP Basic: base64 of `user:password`'],
    sha1: [12, 'SHA-1 of a text that holds the secret'],
    sha256: [13, 'SHA-256 of a text that holds the secret'],
    sha512: [14, 'SHA-512 of a text that holds the secret'],
  });

export const feature = numbers('Feature', 'features',
  'What not every module has. A policy names those that it needs, each by the bit of its number.', {
    ed25519: [0, 'signatures by Ed25519'],
    public_key: [1, 'signatures by ECDSA or RSA'],
    fetched_key: [2, 'keys in certificates that a delivery points at'],
    sha1: [3, 'HMAC with SHA-1'],
    wide_sha2: [4, 'HMAC with SHA-384 or SHA-512'],
    form: [5, 'values out of a form'],
    address: [6, 'signed addresses and queries, and values out of a query'],
    time_text: [7, 'a time of signing that is written as a date'],
    reply: [8, 'replies in headers, computed replies, and parameters of a challenge'],
    plain_hash: [9, 'plain hashes of a text that holds the secret'],
  });

export const key_format = numbers('KeyFormat', 'key_formats', 'How a public key is written.', {
  none: [0, 'no public key'],
  raw: [1, 'the key\'s own bytes'],
  spki: [2, 'SubjectPublicKeyInfo in DER'],
});

export const checked = numbers('Checked', 'checked', 'What came of one signature check.', {
  unavailable: [0, 'nobody could check it'],
  valid: [1, 'the signature holds'],
  invalid: [2, 'it does not'],
});

export const limited = numbers('Limited', 'limited', 'What came of a `limit`.', {
  unavailable: [0, 'nobody counted'],
  allowed: [1, 'one of those that may come'],
  denied: [2, 'one too many'],
});

export const ledger_answer = numbers('LedgerAnswer', 'ledger_answers',
  'What a ledger call tells in the clear, so that a store can hold a busy claim back, and ask the '
  + 'copy\'s row.', {
    granted: [1, 'claim, take: the event is the caller\'s to forward, with the epoch'],
    busy: [2, 'claim, accept, take: somebody else has it, or it is not due, for `wait_ms` more'],
    duplicate: [3, 'claim, accept, take: it is done, or owed or dead'],
    done: [4, 'commit: the row is done; of the others: told and kept'],
    ignored: [5, 'not the current epoch, another hint, nothing to be kept, or nothing owed; of a '
      + 'fail or bury also when nothing but its doubt was kept'],
    accepted: [6, 'accept: kept, to be delivered'],
    elsewhere: [7, 'claim, accept: the content came under another hint; ask the copy\'s own row'],
    limited: [8, 'claim, accept: the same, and too many copies for `wait_ms` more'],
  });

export const keep = numbers('Keep', 'keeps', 'What becomes of a row before the reply is let out.', {
  unchanged: [0, 'leave it'],
  in_memory: [1, 'keep it; it may be lost with the process: a lease, or a release without a doubt'],
  durable: [2, 'keep it on disk before the reply leaves: done, a doubt about what the origin has '
    + 'seen, a content\'s copy'],
});

export const source_problem = numbers('SourceProblem', 'problems',
  'Why a source answers 503 to every delivery; other sources work.', {
    none: [0, 'it has none'],
    bad_secret: [1, 'a secret is missing, undecodable, or a key that anybody can sign for'],
    bad_destination: [2, 'a destination from the environment is none'],
    bad_url: [3, 'the source\'s own URL is missing or none'],
    bad_forward_secret: [4, 'a secret that signs its forwards is none'],
  });

export const begin_flag = bits('BeginFlag', 'begin_flags', 'What a `begin` frame says yes to.', {
  https: [1, 'the delivery came by https'],
  body_present: [2, 'the body is in this frame'],
  body_over_limit: [4, 'the body is over the path\'s limit'],
});

// ---- what several frames have -------------------------------------------------------------------

const key = raw(constants.row_key_bytes[1]);
const token = raw(constants.token_bytes[1]);

export const header = record('Header',
  'A header as Fetch gives it: the name in lower case and once only, repeated values joined by '
  + '`, `, no space around a value.',
  { name: cut16, value: cut16 }, { is_pair: true });

export const piece = choice('Piece',
  'A stretch of a signed text.', {
    literal: [0, 'these bytes', bytes16],
    body: [1, 'the delivery\'s body'],
  }, { inner: { secret: [2, 'the text of the secret that is tried'] } });

const content = list8(piece);

/** What is asked of one row. The operation is the module's own and passed through. */
export const row_question = record('RowQuestion', 'What is asked of one row.',
  { key, operation: bytes16 });

export const row_entry = record('RowEntry', 'What is to be kept under one key.',
  { key, ticket: [bytes16, 'for the run that delivers it'], operation: bytes16 });

const settlement = { shard: text16, key, operation: bytes16 };
const reply = optional(bytes16);
const the_end = { record: [text32, 'one line of JSON: log it'] };

// ---- effects ------------------------------------------------------------------------------------

/** What a shard's object does about an effect of a delivery that it carries. */
export const carried = {
  performed: 'Performs it, as any host.',
  own_row: 'Performs it where the row is of its own shard.',
  with_place: 'Performs it while it has a place for it.',
  handed_back: 'Hands the step back. Once the sender has its answer, nobody is there to take it.',
};

/**
 * What the core asks of a host. `asks` is the effect's payload, `gives` its outcome: none where the
 * host only says that it is done, and `ends` where a run is over. `carried` is one of the above.
 */
export const effects = {
  supply_body: {
    number: 1, name: 'SupplyBody', carried: 'performed',
    says: 'Bring the body.',
    asks: {},
  },
  mac: {
    number: 2, name: 'Mac', carried: 'performed',
    says: 'Compute MACs, or plain digests, in this order.',
    asks: {
      requests: list16(record('MacRequest', 'One MAC, or one digest.', {
        hash,
        key: [u16, 'its place in the list of `configure`, from 0; `no_key` for a plain digest'],
        content,
      })),
    },
    gives: [optional(list16(bytes16)), 'the results; 0: unavailable'],
  },
  check_signature: {
    number: 3, name: 'CheckSignature', carried: 'performed',
    says: 'Check signatures by public keys.',
    asks: {
      checks: list16(record('SignatureCheck', 'One signature under one key.', {
        algorithm, key_format, key: bytes16, signature: bytes16, content,
      })),
    },
    gives: [list16(checked), 'one for each'],
  },
  fetch_key: {
    number: 4, name: 'FetchKey', carried: 'handed_back',
    says: 'Fetch a key. No redirects. See *Fetched keys*.',
    asks: {
      url: text16,
      bytes_max: [u32, 'a longer answer is a failure'],
      cache_seconds: u32,
      source: text16,
      fetches_per_minute: [u16, 'that this source may have'],
    },
    gives: [optional(bytes32), '0: failed, or not to be asked now'],
  },
  limit: {
    number: 5, name: 'Limit', carried: 'handed_back',
    says: 'Count one delivery against a rate limit.',
    asks: { bucket: text16, requests: [u32, 'that a period may have'], period_seconds: u32 },
    gives: [limited, ''],
  },
  claim: {
    number: 6, name: 'Claim', carried: 'own_row',
    says: 'Ask the ledger for the right to forward. See *`ledger`*.',
    asks: {
      shard: text16, key, wait_ms: u32, operation: bytes16,
      copy: [optional(row_question), 'asked where the answer is *elsewhere*'],
    },
    gives: [reply, 'the reply; 0: unavailable'],
  },
  accept: {
    number: 7, name: 'Accept', carried: 'handed_back',
    says: 'Keep an event, to be delivered. See *Queue mode*.',
    asks: {
      shard: text16,
      entries: list8(record('AcceptEntry', 'What is to be kept for one destination.', {
        ...row_entry.fields,
        copy: [optional(row_entry), 'asked where the answer is *elsewhere*'],
      })),
    },
    gives: [reply, 'the reply; 0: unavailable, also when nobody knows whether it was kept'],
  },
  commit: {
    number: 8, name: 'Commit', carried: 'own_row',
    says: 'Tell the ledger that the forward succeeded.',
    asks: settlement,
    gives: [reply, 'the reply; 0: unavailable'],
  },
  release: {
    number: 9, name: 'Release', carried: 'own_row',
    says: 'Tell the ledger that it failed.',
    asks: settlement,
    gives: [reply, 'the reply; 0: unavailable'],
  },
  forward: {
    number: 10, name: 'Forward', carried: 'with_place',
    says: 'Send the delivery to its origin: the body as received, none for a GET. No redirects.',
    asks: {
      method: text16,
      url: [text16, 'the signed query in it'],
      headers: list16(header),
      timeout_ms: u32,
      answer_bytes_max: [u32, 'a longer answer is cut'],
    },
    gives: [choice('Forwarded', 'What came of a `forward`.', {
      response: [1, 'any status, text or body; a header that is not there is empty', {
        status: u16, content_type: cut16, retry_after: cut16, body: bytes32,
      }],
      refused: [2, 'nothing was sent'],
      timed_out: [3, 'no answer in time'],
      reset: [4, 'broken off: nobody knows'],
      done: [5, 'success, with no answer of its own: the sender gets the source\'s acknowledgement'],
    }), ''],
  },
  answer: {
    number: 11, name: 'Answer', carried: 'performed',
    says: 'Answer the sender. After a final one the delivery is over; after another, go on where '
      + 'the sender cannot stop it.',
    asks: {
      is_final: truth, status: u16, headers: list16(header), body: bytes32,
      record: [text32, 'one line of JSON: log it. Empty until the end'],
    },
  },
  finish: {
    number: 12, name: 'Finish', carried: 'performed',
    says: 'The delivery is over.', asks: the_end, ends: true,
  },
  retry_later: {
    number: 13, name: 'RetryLater', carried: 'handed_back',
    says: 'The run is over, and comes again after the delay.',
    asks: { delay_ms: u32, ...the_end },
    ends: true,
    gives: [token, 'fresh randomness, when the next run begins'],
  },
  dead_letter: {
    number: 14, name: 'DeadLetter', carried: 'handed_back',
    says: 'The event is given up.', asks: the_end, ends: true,
  },
  enqueue: {
    number: 15, name: 'Enqueue', carried: 'handed_back',
    says: 'Send messages by the queue. See *Queue mode*.',
    asks: choice('Enqueue', '', {
      references: [0, 'a message for each key', { shard: text16, keys: list8(key) }],
      whole: [1, 'one message with this ticket and the body in it', { whole: bytes16 }],
    }),
    gives: [truth, '0: failed'],
  },
};

export const effect_kind = numbers('EffectKind', 'kinds', 'What the core asks of a host.',
  Object.fromEntries(Object.entries(effects).map(
    ([name, { number, says }]) => [name, [number, says]])));

// ---- frames -------------------------------------------------------------------------------------

/** What stands at the head of a policy file, for hosts. The rest is the module's business. */
export const policy_head = record('PolicyHead', 'Behind the magic of a policy file.', {
  features: [u32, 'a bit for each *Feature* that the policy needs of a module, by its number'],
  setting_names: [list16(text16), 'to be looked up in the environment'],
  rehearsal: [bytes32, 'see *The rehearsal*; may be empty'],
});

export const frames = {
  configure: {
    in: record('Configure', '', {
      policy: [apart32, 'the policy file that `postern compile` wrote'],
      settings: [list16(text16), 'the values of its settings, in its order; empty for one that is '
        + 'not set'],
    }),
    out: record('Configuration', '', {
      mac_inline_bytes_max: [u32, 'the largest body that goes into the frame of `begin`'],
      body_bytes_max: [list16(record('PathLimit', 'How much of a body may be read.',
        { path: text16, body_bytes_max: u64 }, { is_pair: true })),
      'how much of a body may be read for which path; for any other path, read none'],
      keys: [list16(record('HmacKey', 'A key of `mac` effects.', { hash, bytes: bytes16 })),
        'for the host\'s own crypto; `mac` effects name them by their place, from 0'],
      problems: [list16(record('Problem', 'A source that answers 503.',
        { source: text16, problem: source_problem })), 'sources that will answer 503'],
      algorithms: [list16(record('SourceAlgorithms', 'By what a source\'s keys verify.',
        { source: text16, algorithms: [u16, 'bit n for the algorithm n'] })),
      'every source, so that a host can tell what it has no crypto for'],
    }),
  },
  begin: {
    in: record('Begin', '', {
      now_ms: [u64, 'unix time, taken after the body\'s last byte'],
      token: [token, 'fresh randomness: the delivery\'s reference, and its name as an owner of '
        + 'leases'],
      flags: begin_flag,
      method: cut16,
      path: [cut16, 'as received, never normalised'],
      query: [cut16, 'as received, without its question mark'],
      client_address: cut16,
      tenant: [optional(text16), 'whose secrets the module was configured with, for a source whose '
        + 'host asks for them: part of the event\'s key. Empty for one that nobody knows: the '
        + 'delivery is judged as any other, and refused. 0: the source has no tenants'],
      headers: [list16(header), 'sorted by name'],
      body_bytes: [u64, 'the body\'s length; what was counted so far when it is over the limit'],
      body: [apart32, 'the body when it is in this frame; else its first 128 bytes, which tell its '
        + 'form; none when it is over the limit'],
    }),
  },
  resume: {
    in: record('Resume', '', {
      now_ms: [u64, 'unix time'],
      ticket: [bytes32, 'of the last step'],
      body: [optional(apart32), 'when the last step asked for it'],
      kind: [effect_kind, 'the effect that was performed; its outcome follows'],
    }),
  },
  step: {
    out: record('StepHead', '', {
      kind: [effect_kind, ''],
      wants_body: [truth, 'the next `resume` must bring the body'],
      ticket: [bytes16, 'opaque; the effect\'s payload follows'],
    }),
  },
  ledger: {
    in: record('LedgerCall', '', {
      now_ms: [u64, 'the store\'s unix time, which never goes back'],
      started_ms: [u64, 'when this store began to answer; 0 for one that loses nothing'],
      row: [bytes16, 'the row under the key; empty when there is none'],
      operation: [bytes16, 'as the effect gave it; empty for the store\'s own, which gives up what '
        + 'is owed because no run gets as far as to take it'],
    }),
    out: record('LedgerResult', '', {
      keep: [keep, ''],
      expires_ms: [u64, 'when the row may be forgotten; 0 for no time set'],
      due_ms: [u64, 'when somebody has to drive the event of this row if nobody has; 0 for a row '
        + 'that is not owed'],
      row: [bytes16, 'to keep'],
      answer: ledger_answer,
      wait_ms: [u64, 'for busy: how long the lease has to run'],
      reply: [bytes16, 'to be given back as it is'],
    }),
  },
};

/** A `POST` over https, to be forwarded once and answered 200. */
export const rehearsal = record('Rehearsal', 'A delivery that is played when an isolate starts.', {
  now_ms: [u64, 'unix time, for all of it'],
  policy: [bytes32, 'to configure that instance with; it has no rehearsal'],
  settings: list16(text16),
  path: text16,
  headers: list16(header),
  body: bytes32,
  mac: [bytes16, 'the outcome of the effect `mac`, if it is asked for'],
});
