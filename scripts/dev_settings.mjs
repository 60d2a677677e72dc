// Settings of a gate on loopback: random secrets for the names that a policy reads from its
// environment. They are worth nothing elsewhere.

import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';

/** Opens the admin route. It is no setting of a policy. */
export const admin_token_name = 'POSTERN_ADMIN_TOKEN';

/** Beside a public key NAME stands what signs, as NAME and this. */
const private_key_suffix = '_SIGNING_KEY';

/** Bytes of a secret, where the scheme says nothing about them. */
const secret_bytes = 32;

/**
 * A value for the admin token and for each of `values`, as `postern compile --names --json` tells
 * them. What is in `kept` stays, addresses aside, so that a delivery can be sent again tomorrow.
 */
export function make_dev_settings({ values, kept, gate, origin }) {
  const settings = {
    [admin_token_name]: kept[admin_token_name] ?? randomBytes(32).toString('base64'),
  };
  for (const { name, kind, path, keys } of values) {
    if (kind === 'destination') {
      settings[name] = `${origin}/${path_of_destination(name)}`;
    } else if (kind === 'url') {
      settings[name] = gate + path;
    } else {
      Object.assign(settings, kept_secret(name, keys, kept) ?? new_secret(name, keys));
    }
  }
  return settings;
}

/** One origin plays all of them, at different paths: destinations must differ. */
function path_of_destination(name) {
  return name.endsWith('ORIGIN_URL')
    ? `${name.slice(0, -'ORIGIN_URL'.length).toLowerCase()}webhooks` : name.toLowerCase();
}

/** The rule that is signed by: one with a shared secret where there is a choice. */
const rule_of = (keys) => keys.find(({ algorithm }) => !is_public(algorithm)) ?? keys[0] ??
  { algorithm: 'hmac-sha256', form: 'base64', prefix: 'whsec_', bytes_min: 0, bytes_max: 0 };

const is_public = (algorithm) => /^(ed25519|ecdsa|rsa)/.test(algorithm);

/** What was made for the same rule in an earlier run. */
function kept_secret(name, keys, kept) {
  const rule = rule_of(keys);
  const signer = kept[name + private_key_suffix];
  const value = kept[name];
  if (value === undefined || !value.startsWith(rule.prefix) ||
    (signer !== undefined) !== has_signer(rule)) {
    return null;
  }
  const body = value.slice(rule.prefix.length);
  const is_sound = rule.form === 'hex' ? /^([0-9a-f]{2})+$/.test(body)
    : rule.form === 'base64' ? /^[A-Za-z0-9+/]+={0,2}$/.test(body)
      : rule.algorithm === 'basic' ? value.includes(':') : true;
  const both = { [name]: value, ...(signer && { [name + private_key_suffix]: signer }) };
  return is_sound ? both : null;
}

const has_signer = ({ algorithm, form }) => is_public(algorithm) && form !== 'fetched';

function new_secret(name, keys) {
  const rule = rule_of(keys);
  if (has_signer(rule)) {
    const { text, signer } = new_key_pair(rule);
    return { [name]: rule.prefix + text, [name + private_key_suffix]: signer };
  }
  const bytes = randomBytes(Math.min(Math.max(secret_bytes, rule.bytes_min),
    rule.bytes_max || Infinity));
  if (rule.algorithm === 'basic') {
    return { [name]: `sender:${bytes.toString('hex')}` };
  }
  const is_hex = rule.form === 'hex';
  const is_text = rule.form !== 'base64' && !is_hex;
  const text = is_hex ? bytes.toString('hex') : bytes.toString('base64');
  // A text may have any form: the usual one, cut where the scheme has a limit.
  return { [name]: is_text && rule.prefix === ''
    ? `whsec_${text}`.slice(0, rule.bytes_max || undefined) : rule.prefix + text };
}

/** A pair in the form in which the receiver has the public key, and `postern` what signs. */
function new_key_pair({ algorithm, form }) {
  const { publicKey, privateKey } = algorithm.startsWith('ed25519')
    ? generateKeyPairSync('ed25519')
    : algorithm.startsWith('ecdsa') ? generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
      : generateKeyPairSync('rsa', { modulusLength: 2048 });
  const der = publicKey.export({ type: 'spki', format: 'der' });
  const pem = (key, type) => key.export({ type, format: 'pem' }).trimEnd();
  // The last 32 bytes of both DER forms of Ed25519 are the key itself.
  const text = form === 'pem' ? pem(publicKey, 'spki')
    : form === 'spki' ? der.toString('base64') : der.subarray(-32).toString(form);
  const signer = form === 'pem' || form === 'spki' ? pem(privateKey, 'pkcs8')
    : privateKey.export({ type: 'pkcs8', format: 'der' }).subarray(-32).toString('hex');
  return { text, signer };
}

/** The values that `write_settings` wrote; nothing when there is no such file. */
export function read_settings(file) {
  try {
    const lines = readFileSync(file, 'utf8').split('\n').filter((line) => line.includes('='));
    return Object.fromEntries(lines.map((line) => {
      const mark = line.indexOf('=');
      const value = line.slice(mark + 1);
      return [line.slice(0, mark),
        value.startsWith('"') ? value.slice(1, -1).replaceAll('\\n', '\n') : value];
    }));
  } catch {
    return {};
  }
}

/** NAME=VALUE lines; a value of several lines in double quotes, where `\n` is a line's end. */
export function write_settings(file, settings) {
  const lines = Object.entries(settings).map(([name, value]) =>
    `${name}=${value.includes('\n') ? `"${value.replaceAll('\n', '\\n')}"` : value}\n`);
  writeFileSync(file, lines.join(''), { mode: 0o600 });
}
