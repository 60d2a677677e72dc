// The operators' door to the ledger: `POST /.postern/ledger`, for whoever knows the token. It hands
// operations on as they come; what they mean is the module's business.

import { split_url } from './arrival.mjs';
import { join_chunks, read_chunks } from './chunks.mjs';
import { bytes_of, hex_of, text_of } from './wire.mjs';

export const admin_path = '/.postern/ledger';

/** A shorter token counts as none: this door gives away what was delivered to whom. */
export const token_length_min = 32;

/** A call is some hundred bytes. */
export const call_bytes_max = 4096;

/** Deliveries in one answer: some 100 KB, as most tickets have less than a kilobyte. */
export const listed_max = 100;

const shard_length_max = 256;
const key_bytes = 32;
const operation_bytes_max = 128;

/** What the audit line says of a status. */
const outcomes = new Map([
  [200, 'done'], [400, 'malformed'], [401, 'refused'], [403, 'refused'], [404, 'not_found'],
  [503, 'failed'],
]);

/**
 * Gives the door: `(request) => promise of a response`, or null for a request that is the gate's.
 * `token` is the secret, `ask_shard(shard, call)` gives what `call` makes of what has the functions
 * of `Ledger` for that shard, `now` unix milliseconds, `log` a log of lines. `plain_http` is
 * 'allowed' where the operator's own machine is all that there is; nothing in a request can say so.
 */
export function make_admin({ token = '', plain_http, ask_shard, now, client_address, log }) {
  const is_open = token.length >= token_length_min;
  return (request) => (is_open && is_for_us(request) ? administer(request) : null);

  async function administer(request) {
    const is_private = request.url.startsWith('https:') || plain_http === 'allowed';
    const { status, call = {}, answer } =
      is_private ? await respond(request, token, ask_shard) : { status: 403 };
    const { action = '', shard = '', key = '' } = call;
    log(JSON.stringify({
      audit: 'ledger', at: new Date(now()).toISOString(), action, shard, key,
      client: client_address(request), outcome: outcomes.get(status),
    }));
    return answer === undefined
      ? new Response(null, { status })
      : Response.json(answer, { status });
  }
}

function is_for_us({ url, method }) {
  return url.endsWith(admin_path) && method === 'POST' && split_url(url).path === admin_path;
}

/** `{ status, call, answer }`. A stranger gets a status and nothing else. */
async function respond(request, token, ask_shard) {
  if (!await is_same_secret(request.headers.get('authorization') ?? '', `Bearer ${token}`)) {
    return { status: 401 };
  }
  const call = await read_call(request);
  if (call === null) {
    return { status: 400, answer: { error: 'not a call that docs/DURABLE_OBJECT.md has' } };
  }
  try {
    const answer = await ask_shard(call.shard, (stub) => ask(stub, call));
    return answer === null
      ? { status: 404, call, answer: { error: 'there is no such row' } }
      : { status: 200, call, answer };
  } catch ({ message, remote }) {
    // What the object throws itself is about the operation; all else is about the object.
    return { status: remote ? 400 : 503, call, answer: { error: message } };
  }
}

/** Both are hashed first: the comparison takes as long for each text. */
async function is_same_secret(one, other) {
  const [a, b] = await Promise.all(
    [one, other].map((text) => crypto.subtle.digest('SHA-256', bytes_of(text))));
  return crypto.subtle.timingSafeEqual(a, b);
}

/** `{ action, shard, key, operation, list, after, limit }`, or null for what is no call. */
async function read_call(request) {
  try {
    const { chunks, bytes, is_cut } = await read_chunks(request.body, call_bytes_max);
    const {
      shard, key, operation, redrive, drop, list, after = '', limit = listed_max, ...unknown
    } = JSON.parse(text_of(join_chunks(chunks, bytes)));
    const action = action_of({ operation, redrive, drop, list });
    const is_call = !is_cut && Object.keys(unknown).length === 0 &&
      typeof shard === 'string' && shard !== '' && shard.length <= shard_length_max &&
      [redrive, drop].every((flag) => [undefined, true].includes(flag)) &&
      [undefined, 'dead', 'owed'].includes(list) &&
      (drop === undefined || action === 'drop') &&
      Number.isInteger(limit) && limit > 0 && limit <= listed_max &&
      (action === 'list' ? key === undefined : bytes_of_key(key).byteLength === key_bytes);
    const operation_bytes = Uint8Array.fromBase64(operation ?? '');
    // None is the store's own, to give an event up.
    const has_form = operation === undefined ||
      (operation_bytes.byteLength > 0 && operation_bytes.byteLength <= operation_bytes_max);
    return is_call && has_form
      ? {
        action, shard, key, operation: operation_bytes, list, after: Uint8Array.fromHex(after),
        limit,
      }
      : null;
  } catch {
    return null;
  }
}

/** What the audit line calls it. What it does to the row, the operation says. */
function action_of({ operation, redrive, drop, list }) {
  if (list !== undefined || operation === undefined) {
    return list === undefined ? 'look_up' : 'list';
  }
  return redrive !== undefined ? 'redrive' : drop !== undefined ? 'drop' : 'apply';
}

function bytes_of_key(key) {
  return Uint8Array.fromHex(key);
}

async function ask(stub, { action, key, operation, list, after, limit }) {
  if (action === 'list') {
    const found = await stub.list(list, after, limit);
    return { [list]: found.map((each) => ({ ...shown(each), key: hex_of(each.key) })) };
  }
  const found = action === 'look_up'
    ? await stub.look_up(bytes_of_key(key))
    : await stub.administer(bytes_of_key(key), operation, action === 'redrive');
  return found === null ? null : shown(found);
}

/** Bytes as base64. */
function shown(fields) {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) =>
    [name, value instanceof Uint8Array ? value.toBase64() : value]));
}
