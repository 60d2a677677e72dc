// Takes a play of a plan file through the Worker in a scripted world: the deliveries that come
// together, and the runs of the queue until the next ones come.

import { Buffer } from 'node:buffer';

import * as kinds from '../../build/contract/kinds.mjs';
import { make_postern } from '../../hosts/cloudflare/postern.mjs';
import { decode_step, read_policy_head } from '../../hosts/fetch/effects.mjs';
import { hex_of } from '../../hosts/fetch/wire.mjs';

import { ScriptedWorld } from './scripted_world.mjs';

/**
 * Gives `{ runs, queue_runs, state }`: what became of each delivery and of each run, and what the
 * next play of the same case begins with. `ledger` is the binding of the objects; shards have
 * `shard_prefix` in front of their names there. `clock.now_ms` is set as time passes.
 */
export async function play(
  { policy_b64, settings, shard_prefix, step, state, compiled, ledger, clock, now }) {
  const policy = bytes_of_base64(policy_b64);
  const world = new ScriptedWorld({ step, state, ledger, shard_prefix, clock });
  const parts = {
    compiled,
    policy,
    env: world.env_with(named(policy, settings)),
    now,
    client_address: () => '',
    keys: { fetch_key: world.fetch_key },
    forward: world.forward,
  };
  const tokens = step.runs.map(({ token_hex }) => bytes_of_hex(token_hex));
  const starts = step.arrivals.map((arrival) => () => play_arrival(arrival, parts));
  const start_run = (message) => play_run(message, { ...parts, token: () => next_of(tokens) });
  try {
    return await world.run(starts, start_run);
  } finally {
    clock.now_ms = null;
  }
}

async function play_arrival({ request, token_hex }, parts) {
  const seen = watched({
    ...parts,
    token: () => bytes_of_hex(token_hex),
    client_address: () => request.client_address,
  });
  const ends = [];
  const answer = await seen.postern.fetch(
    request_of(request), null, { waitUntil: (end) => ends.push(end) });
  await Promise.all(ends);
  return {
    status: answer.status,
    headers: [...answer.headers],
    body_b64: Buffer.from(await answer.arrayBuffer()).toString('base64'),
    trace: seen.trace,
    log: seen.log,
  };
}

/** A run has no trace when nothing is owed any more. `again_ms` when its message comes again. */
async function play_run(content, parts) {
  const seen = watched(parts);
  const ends = [];
  let fate = null;
  const message = {
    body: content,
    ack: () => {
      fate = 'acknowledged';
    },
    retry: () => {
      fate = 'comes again';
    },
  };
  await seen.postern.queue({ messages: [message] }, null, { waitUntil: (end) => ends.push(end) });
  await Promise.all(ends);
  const last = seen.trace.length === 0
    ? { kind: kinds.finish } : decode_step(bytes_of_hex(seen.trace.at(-1)));
  const again_ms = last.kind === kinds.retry_later ? last.delay_ms : null;
  // A forward that takes longer than a batch waits comes again whatever becomes of it.
  if (fate === null || (fate === 'acknowledged' && again_ms !== null)) {
    seen.log.push(`the message is ${fate}`);
    seen.trace.push('');
  }
  return { trace: seen.trace, log: seen.log, again_ms };
}

/** The Worker, with its trace and its log. */
function watched(parts) {
  const trace = [];
  const log = [];
  const postern = make_postern({
    ...parts, on_step: (frame) => trace.push(hex_of(frame)), log: (line) => log.push(line),
  });
  return { postern, trace, log };
}

function next_of(tokens) {
  if (tokens.length === 0) {
    throw new Error('the plan has no such run');
  }
  return tokens.shift();
}

/** A request that reads as written: a constructor normalises URLs and gives GET no body. */
function request_of({ method, path, query, https, headers, body_b64 }) {
  const body = bytes_of_base64(body_b64);
  const request = new Request('https://gate.example/',
    { method: 'POST', headers, body: body.byteLength === 0 ? null : body });
  const url = `${https ? 'https' : 'http'}://gate.example${path}${query === '' ? '' : `?${query}`}`;
  return Object.defineProperties(request, { url: { value: url }, method: { value: method } });
}

/** Settings by name, from their values in the policy's order. */
export function named(policy, values) {
  const { setting_names } = read_policy_head(policy);
  return Object.fromEntries(setting_names.map((name, slot) => [name, values[slot]]));
}

export function bytes_of_base64(text) {
  return new Uint8Array(Buffer.from(text, 'base64'));
}

function bytes_of_hex(text) {
  return new Uint8Array(Buffer.from(text, 'hex'));
}
