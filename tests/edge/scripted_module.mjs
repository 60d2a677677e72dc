// A module that answers by script, and the steps it answers with.

export const bytes = (hex) => new Uint8Array(Buffer.from(hex, 'hex'));
export const hex_of = (text) => Buffer.from(text).toString('hex');
const step = (kind, payload, flags = '00') => bytes(`01${kind}${flags}0100aa${payload}`);
const key = '22'.repeat(32);

export const answer = (is_final, record) => step('0b', (is_final ? '01' : '00') + 'c800' + '0000' +
  '02000000' + hex_of('ok') + `${(record.length).toString(16).padStart(2, '0')}000000` +
  hex_of(record));
export const finish = (record) =>
  step('0c', `${(record.length).toString(16).padStart(2, '0')}000000${hex_of(record)}`);
export const claim = step('06', '0100' + hex_of('s') + key + '00000000' + '0000' + '00');
export const commit = step('08', '0100' + hex_of('s') + key + '0000');
export const supply_body = step('01', '', '01');

/** The end of a drive that is to come again after 60 s. */
export const retry_later = step('0d', '60ea0000' + '07000000' + hex_of('{"a":1}'));
export const dead_letter = step('0e', '07000000' + hex_of('{"a":1}'));

/** A forward that may take 8 s, and one that may take 60 s. */
const forward_of = (timeout_ms) => step('0a',
  '0300' + hex_of('PUT') + '0100' + hex_of('u') + '0000' + timeout_ms + '00000100');
export const forward = forward_of('401f0000');
export const long_forward = forward_of('60ea0000');

/** A module that answers with `frames` in turn, throwing those that are errors. */
export function scripted(frames) {
  const calls = [];
  const next = (name, pieces) => {
    calls.push([name, Buffer.concat(pieces).toString('hex')]);
    const frame = frames.shift();
    if (frame instanceof Error) {
      throw frame;
    }
    return frame;
  };
  return {
    calls,
    configuration: { mac_inline_bytes_max: 4 },
    begin: (pieces) => next('begin', pieces),
    resume: (pieces) => next('resume', pieces),
  };
}
