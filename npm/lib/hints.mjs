// What a refusal means to whoever called `verify`, who has neither a policy nor a decision record,
// and what to do about it. For logs only.

const id_and_time = 'this sender signs it: a scanner, or a proxy that drops headers';

const hints = {
  wrong_method: 'this sender does not deliver by this method: a scanner, or another sender',
  body_too_large: 'more bytes than options.maxBody lets in, which is 25 MiB at most',
  headers_too_large: 'more headers than 128, or more than 32 KiB of them',
  encoded_body: 'a compressed body. What is signed is its bytes: ask the sender not to compress, ' +
    'and look for a proxy that does',
  unexpected_body: 'a GET with a body, which this sender does not send',
  missing_signature: 'no signature where this sender puts it: a scanner; or no secret is set at ' +
    'the sender; or a proxy dropped the header',
  missing_timestamp: `no time of signing, and ${id_and_time}`,
  missing_id: `no id of the message, and ${id_and_time}`,
  malformed_signature: 'the signature has another form than this sender gives it, or came twice',
  malformed_timestamp: 'the time of signing has another form than this sender gives it',
  malformed_id: 'the id of the message has another form than this sender gives it',
  malformed_content: 'a part of what is signed cannot be read, such as a form that is no form',
  body_hash_mismatch: 'the address holds a hash of the body, and not of this one: bytes were ' +
    'changed on the way',
  untrusted_key_url: 'the delivery names a certificate elsewhere than at its sender: a forgery',
  key_unavailable: "the sender's certificate could not be fetched, or failed a moment ago. " +
    'Answer 503, and the sender comes back',
  untrusted_key: 'the certificate is expired, of another name, or weak',
  crypto_unavailable: "this runtime's crypto lacks the algorithm or could not take the key: " +
    'check that a public key is really one',
  bad_signature: 'a forgery, another secret, or bytes changed on the way. If it is every ' +
    'delivery: compare the secret with that at the sender, and options.url with the address ' +
    'there; look for a proxy or a middleware that rewrites bodies',
  stale: 'genuine, but signed too long ago: a replay, a slow queue at the sender, or clocks apart',
  future: "genuine, but signed ahead of our time: the sender's clock, or ours",
  unexpected_form: 'signed with the right key, but in another form than this sender sends: ' +
    'something else that the key signs, or a hook that is set to another format',
  malformed_body: 'genuine, but its JSON or form cannot be read in one way only',
  missing_identity: 'genuine, but without the value that names an event of this sender: another ' +
    'provider, or an event of another shape',
  malformed_identity: 'genuine, but the value that names an event of this sender is none',
  gate_failed: 'the verification itself failed: answer 503, and the sender comes back',
  body_incomplete: 'the sender went away before the end of its body',
};

/** `age_s` is how long ago it was signed, where that is known; below 0 for ahead. */
export function hint_of(reason, age_s) {
  const hint = hints[reason] ?? 'refused';
  if (age_s === undefined || !['stale', 'future'].includes(reason)) {
    return hint;
  }
  return `${hint} (${Math.abs(age_s)} s ${age_s < 0 ? 'ahead' : 'ago'})`;
}
