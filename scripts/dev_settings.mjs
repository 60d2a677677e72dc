// Settings of a gate on loopback: random secrets for the names that a policy reads from its
// environment. They are worth nothing elsewhere.

import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';

/** Opens the admin route. It is no setting of a policy. */
export const admin_token_name = 'POSTERN_ADMIN_TOKEN';

/**
 * A value for the admin token and for each `env:NAME` in the policy's text. What is in `kept`
 * stays, addresses aside, so that a delivery can be sent again tomorrow. Beside a public key NAME
 * stands what signs, as NAME_SIGNING_KEY.
 */
export function make_dev_settings({ policy_text, kept, gate, origin }) {
  const settings = {
    [admin_token_name]: kept[admin_token_name] ?? randomBytes(32).toString('base64'),
  };
  for (const [, name] of policy_text.matchAll(/"env:([A-Za-z0-9_]+)"/g)) {
    if (name.endsWith('ORIGIN_URL')) {
      // One origin plays all of them, at different paths: destinations must differ.
      settings[name] = `${origin}/${name.slice(0, -'ORIGIN_URL'.length).toLowerCase()}webhooks`;
    } else if (name.endsWith('_URL')) {
      settings[name] = gate + path_of_source(policy_text, name);
    } else if (name.endsWith('_PUBLIC_KEY')) {
      const pair = kept[name] === undefined ? new_key_pair() : {
        public_key: kept[name], seed: kept[`${name}_SIGNING_KEY`],
      };
      settings[name] = pair.public_key;
      settings[`${name}_SIGNING_KEY`] = pair.seed;
    } else if (name.endsWith('_CREDENTIALS')) {
      settings[name] = kept[name] ?? `sender:${randomBytes(24).toString('hex')}`;
    } else {
      // Every scheme takes this form: as it is written, or as base64 behind the usual prefix.
      settings[name] = kept[name] ?? `whsec_${randomBytes(32).toString('base64')}`;
    }
  }
  return settings;
}

/** KEY=VALUE lines; nothing when there is no such file. */
export function read_settings(file) {
  try {
    const lines = readFileSync(file, 'utf8').split('\n').filter((line) => line.includes('='));
    return Object.fromEntries(lines.map((line) => {
      const mark = line.indexOf('=');
      return [line.slice(0, mark), line.slice(mark + 1)];
    }));
  } catch {
    return {};
  }
}

export function write_settings(file, settings) {
  const lines = Object.entries(settings).map(([name, value]) => `${name}=${value}\n`);
  writeFileSync(file, lines.join(''), { mode: 0o600 });
}

/** The path of the source whose own address is the setting `name`. */
function path_of_source(policy_text, name) {
  const table = policy_text.split(/^\[/m).find((text) => text.includes(`url = "env:${name}"`));
  return /^path = "([^"]+)"/m.exec(table ?? '')?.[1] ?? '/';
}

/** An Ed25519 pair in hex. The last 32 bytes of both DER forms are the key itself. */
function new_key_pair() {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const tail = (der) => der.subarray(-32).toString('hex');
  return {
    public_key: tail(publicKey.export({ type: 'spki', format: 'der' })),
    seed: tail(privateKey.export({ type: 'pkcs8', format: 'der' })),
  };
}
