// `postern send`: what it reads and sends. What it says comes from the harness's module.

import { existsSync, readFileSync } from 'node:fs';

import { exit } from './exit_codes.mjs';
import { read_given, read_providers } from './files.mjs';
import { GateLog } from './gate_log.mjs';
import { send_request } from './http_client.mjs';
import { read_last, write_last } from './last_delivery.mjs';
import { Refused } from './refused.mjs';
import { ask } from './requests.mjs';
import { read_named, read_secret } from './run_sign.mjs';
import { bytes_of_text } from './texts.mjs';

/** What `./dev up` writes about what it started. */
const default_session_file = 'build/dev/session.json';

/** Longest body that is sent. */
const body_bytes_max = 64 << 20;

/** How long the record of an answered delivery may take to stand in the gate's log. */
const record_wait_ms = 3000;

export async function run_send(options) {
  const setting = { stream: process.stderr, ...await read_providers(options['--providers']) };
  const input = await read_input(options);
  const session = ask('send_session', setting, input);
  if (session.exit !== exit.ok) {
    return session;
  }
  const [, policy, settings, records] = session.values;
  input.policy = await read_named(policy || undefined);
  input.settings = await read_named(settings || undefined);
  const made = ask('send', setting, input);
  if (made.exit !== exit.ok) {
    return made;
  }
  try {
    return await send(made.files[0], { setting, input, records });
  } catch (failure) {
    if (!(failure instanceof Refused)) {
      throw failure;
    }
    return { out: bytes_of_text(''), err: bytes_of_text(`${failure.message}\n`),
      exit: failure.exit_code };
  }
}

async function send({ name: url, bytes }, { setting, input, records }) {
  const log = new GateLog(records);
  const { headers, body_base64 } = JSON.parse(Buffer.from(bytes).toString());
  const body = Buffer.from(body_base64, 'base64');
  const answer = await send_request({ method: 'POST', url, headers, body });
  if (input.kind === 'genuine') {
    write_last(input.session_file || default_session_file, input.provider, bytes);
  }
  const record = await log.record_of(answer.headers['postern-delivery'], record_wait_ms);
  return ask('sent', setting, { ...input, answer: { ...answer, record } });
}

/** What can be read before the session is known. */
async function read_input(options) {
  const kind = options['--forge'] ? 'forged' : options['--again'] ? 'again' : 'genuine';
  const session_file = options['--session'] ?? default_session_file;
  return {
    program: 'npx postern',
    provider: options.PROVIDER,
    providers: options['--providers'] ?? '',
    kind,
    event_type: options['--event-type'] ?? '',
    body_file: options['--body'] ?? '',
    body: await read_named(options['--body'], body_bytes_max),
    sample: read_sample(options.PROVIDER),
    to: options['--to'] ?? '',
    url: options['--url'] ?? '',
    secret: await read_secret(options),
    session: {
      gate: options['--gate'] ?? '', policy: options['--policy'] ?? '',
      settings: options['--settings'] ?? '', records: options['--records'] ?? '',
    },
    session_file: options['--session'] ?? '',
    session_text: existsSync(bytes_of_text(session_file)) ? await read_given(session_file) : null,
    policy: null,
    settings: null,
    last: kind === 'again' ? read_last(session_file, options.PROVIDER) : null,
    expected: options['--expect'] ?? '',
    now_ms: Date.now(),
  };
}

const samples = new URL('../../samples/', import.meta.url);

/** A delivery of the provider's that came along: bytes, or null, of each form. */
function read_sample(provider) {
  const read = (ending) => {
    const file = new URL(`${encodeURIComponent(provider)}.${ending}`, samples);
    return existsSync(file) ? readFileSync(file) : null;
  };
  return { json: read('json'), form: read('form'), event: read('event') };
}
