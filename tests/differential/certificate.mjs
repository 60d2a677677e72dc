// Certificates made here, for a sender whose key is fetched. Only what X.509 asks for.

import { sign } from 'node:crypto';

function element(tag, ...contents) {
  const content = Buffer.concat(contents);
  const size = content.byteLength;
  const length = size < 128 ? [size] : size < 256 ? [0x81, size] : [0x82, size >> 8, size & 0xff];
  return Buffer.concat([Buffer.from([tag, ...length]), content]);
}

const sequence = (...contents) => element(0x30, ...contents);
const object_id = (hex) => element(0x06, Buffer.from(hex, 'hex'));
const none = element(0x05);

const common_name = object_id('550403');
const sha256_with_rsa = sequence(object_id('2a864886f70d01010b'), none);

const name_of = (text) =>
  sequence(element(0x31, sequence(common_name, element(0x0c, Buffer.from(text)))));

/** A UTCTime, which X.509 wants until the year 2049. */
function time_of(seconds) {
  const text = new Date(seconds * 1000).toISOString().replace(/[-:T]|\.000/g, '');
  return element(0x17, Buffer.from(text.slice(2)));
}

/**
 * A certificate in PEM for `public_key` under the name `name`, signed by `private_key`, good from
 * one to the other unix second. Names and times are RFC 5280's, section 4.1.
 */
export function make_certificate({ name, public_key, private_key, from_seconds, until_seconds }) {
  const version = element(0xa0, element(0x02, Buffer.from([2])));
  const to_sign = sequence(
    version, element(0x02, Buffer.from([1])), sha256_with_rsa, name_of(name),
    sequence(time_of(from_seconds), time_of(until_seconds)), name_of(name),
    public_key.export({ format: 'der', type: 'spki' }));
  const signature = sign('sha256', to_sign, private_key);
  const der = sequence(to_sign, sha256_with_rsa, element(0x03, Buffer.from([0]), signature));
  const lines = der.toString('base64').match(/.{1,64}/g).join('\n');
  return `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`;
}
