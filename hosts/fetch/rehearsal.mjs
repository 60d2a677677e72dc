// The rehearsal: when an isolate starts, it plays a made-up delivery, before anybody waits. Engines
// compile a function when it is first called, which takes most of a first delivery's time.
//
// It proves something besides: what the policy's compiler signed passes here, in this engine.

import * as forwarded from '../../build/contract/forwarded.mjs';
import { receive } from './arrival.mjs';
import { make_cryptography } from './cryptography.mjs';
import {
  decode_ledger, encode_configure, encode_ledger, read_policy_head, read_rehearsal as read_frame,
} from './effects.mjs';
import { deliver } from './gate.mjs';
import { Module } from './module.mjs';
import { Reader, hex_of } from './wire.mjs';

const token_bytes = 16;
const nothing = new Uint8Array(0);

/** The rehearsal that a policy file carries, as docs/ABI.md has it, or null. */
export function read_rehearsal(policy) {
  const bytes = read_policy_head(policy).rehearsal;
  if (bytes.byteLength === 0) {
    return null;
  }
  const reader = new Reader(bytes);
  const rehearsal = read_frame(reader);
  reader.expect_end();
  return rehearsal;
}

/**
 * Plays the rehearsal of `policy` in an instance of its own, which knows no secret of the operator
 * and is dropped after it. Nothing leaves the isolate: origin and ledger are made up. The promise
 * never rejects: it gives null, or what went wrong. Needs nothing that a Worker may not have before
 * its first event: no timer, no randomness, no WebCrypto, no body of Fetch's.
 */
export async function rehearse(compiled, policy) {
  try {
    const rehearsal = read_rehearsal(policy);
    if (rehearsal !== null) {
      await play(compiled, rehearsal);
    }
    return null;
  } catch (failure) {
    return `${failure.name}: ${failure.message}`;
  }
}

async function play(compiled, rehearsal) {
  const { now_ms, policy, settings, mac } = rehearsal;
  const module = new Module(compiled, encode_configure(policy, settings));
  const now = () => now_ms;
  const delivery =
    await receive(request_of(rehearsal), '', module.configuration.body_bytes_max);
  let forwards = 0;
  const perform = {
    ...make_made_up_ledger(module, now_ms),
    ...make_cryptography(module, made_up_crypto(mac)),
    async forward() {
      forwards += 1;
      return {
        kind: forwarded.response, status: 200, content_type: '', retry_after: '', body: nothing,
      };
    },
  };
  const { answer, settled } =
    deliver({ module, perform, delivery, now, token: new Uint8Array(token_bytes) });
  const { status } = await answer;
  const { failure } = await settled;
  if (failure !== null) {
    throw failure;
  }
  if (status !== 200 || forwards !== 1) {
    throw new Error(`the rehearsed delivery was answered ${status} after ${forwards} forwards`);
  }
}

/** What `receive` reads of a request: one with a body cannot be read before the first event. */
function request_of({ path, headers, body }) {
  return {
    url: `https://rehearsal.invalid${path}`,
    method: 'POST',
    headers: new Headers([...headers, ['content-length', String(body.byteLength)]]),
    body,
    arrayBuffer: async () => body.slice().buffer,
  };
}

/** What of WebCrypto the effect `mac` needs: none is to be had before the first event. */
function made_up_crypto(mac) {
  return { importKey: async () => null, sign: async () => mac.slice().buffer };
}

/** The ledger's rules on rows that nobody keeps. */
function make_made_up_ledger(module, now_ms) {
  const rows = new Map();
  async function apply({ key, operation }) {
    const name = hex_of(key);
    const row = rows.get(name) ?? nothing;
    const transition = decode_ledger(module.ledger(encode_ledger(row, operation, now_ms, now_ms)));
    rows.set(name, transition.row);
    return transition.reply;
  }
  return { claim: apply, commit: apply };
}
