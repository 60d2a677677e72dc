// A provider's genuine fixture as these tests start from it, and deliveries like it, signed by the
// package's `sign`.

import { generateKeyPairSync } from 'node:crypto';
import { readFileSync } from 'node:fs';

import { spell_json } from '../differential/bodies.mjs';
import { import_packed, make_project } from '../packages/packed.mjs';
import { file_of, scheme_of } from './catalogue.mjs';

const [{ fixtures, sign }] = await import_packed(make_project('oracles'), ['postern/testing']);

/** The case of the fixture that all others of its provider are made of. */
function genuine_case(provider) {
  const found = fixtures({ provider }).find(({ file, name }) =>
    !name.includes('/derived/') && /^genuine = /m.test(readFileSync(file, 'utf8')));
  if (found === undefined) {
    throw new Error(`fixtures/${provider} has no genuine delivery`);
  }
  return found;
}

/** A provider's genuine delivery, and what its receiver has: `{ delivery, secret, url }`. */
export async function read_genuine(provider) {
  const { secrets: [secret], url, steps: [step] } = genuine_case(provider);
  const request = step.request();
  return {
    secret, url: url ?? undefined,
    delivery: {
      method: request.method, query: new URL(request.url).search.slice(1),
      now_ms: step.at.getTime(), headers: Object.fromEntries(request.headers),
      body: Buffer.from(await request.arrayBuffer()),
    },
  };
}

const curves = {
  'ed25519': ['ed25519', {}],
  'ecdsa-p256-sha256': ['ec', { namedCurve: 'P-256' }],
  'rsa-sha1': ['rsa', { modulusLength: 2048 }],
  'rsa-sha256': ['rsa', { modulusLength: 2048 }],
};

/** The public key as a provider's file wants it. */
function written(key, form) {
  if (form === 'pem') {
    return key.export({ format: 'pem', type: 'spki' });
  }
  if (form === 'spki') {
    return key.export({ format: 'der', type: 'spki' }).toString('base64');
  }
  return Buffer.from(key.export({ format: 'jwk' }).x, 'base64url').toString(form);
}

/** A pair of keys for a provider that signs with a private one: `{ secret, key }`; else null. */
export function key_pair_of(provider) {
  const text = file_of(scheme_of(provider));
  const [, algorithm] = /^algorithm = "(.+)"$/m.exec(text);
  if (curves[algorithm] === undefined) {
    return null;
  }
  const form = /^key = (?:"(.+)"|\{.*form = "(\w+)")/m.exec(text).slice(1).find(Boolean);
  const { publicKey, privateKey } = generateKeyPairSync(...curves[algorithm]);
  return {
    secret: written(publicKey, form), key: privateKey.export({ format: 'pem', type: 'pkcs8' }),
  };
}

/** A body like `body`: JSON with members more and in another spelling, a form with a field more. */
export function like(random, body) {
  const text = body.toString('utf8');
  try {
    const value = JSON.parse(text);
    const more = { [`k${random.text(4)}`]: random.text(random.between(0, 300)) };
    return Buffer.from(spell_json(random,
      Array.isArray(value) ? value : random.chance(0.5) ? { ...more, ...value }
        : { ...value, ...more }));
  } catch {
    return /^[\w.%-]+=/.test(text) ? Buffer.from(`${text}&k${random.text(4)}=${random.text(9)}`)
      : body;
  }
}

/**
 * Where a provider's deliveries say when they were signed: `beside` the body, `in` it, or nowhere:
 * null.
 */
export function place_of_time(provider) {
  const from = /^\[timestamp\]\nfrom = \{ (\w+) =/m.exec(file_of(scheme_of(provider)))?.[1];
  return from === undefined ? null : from === 'body' || from === 'form' ? 'in' : 'beside';
}

/** The delivery of `body` as `provider` signs it; `receiver` is `{ secret, key, url }`. */
export async function sign_delivery(provider, genuine, receiver, body, at_ms) {
  const { key, secret } = receiver;
  const request = await sign(provider, body, {
    ...(key === undefined ? { secret } : { key }),
    ...(place_of_time(provider) === 'beside' ? { at: at_ms } : {}),
    ...(receiver.url === undefined ? {} : { url: receiver.url }),
  });
  return {
    ...genuine.delivery, body,
    query: new URL(request.url).search.slice(1),
    headers: { ...genuine.delivery.headers, ...Object.fromEntries(request.headers) },
    signed: [...request.headers.keys()].filter((name) => name !== 'content-type'),
  };
}
