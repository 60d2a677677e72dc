# What an origin checks of a request before it believes it: that Postern signed it, for this
# address, and not long ago. Ruby's own library. docs/ORIGIN.md says the same in words.

require 'openssl'

module Postern
  # How far the clocks of gate and origin may be apart.
  TOLERANCE_SECONDS = 300

  # The gate's own fields, in the order in which it signs them; the last has no line when absent.
  FIELDS = %w[
    postern-source postern-event postern-id postern-key postern-content-key postern-attempt
    postern-maybe-duplicate postern-proof postern-verdict postern-reason postern-tenant
  ].freeze

  module_function

  # The event of a forward as a hash, or nil for a request that is not from the gate.
  #
  # `url` is the destination as the policy has it, with the query of the request where its sender
  # signs one; never what a header says of it. `headers` has names in lower case, `body` the bytes
  # as they came, `secrets` the values of `sign_forwards`: one, or two while it is rotated.
  def verify_forward(method:, url:, headers:, body:, secrets:, now_seconds:)
    id = headers['webhook-id'].to_s.b
    timestamp = headers['webhook-timestamp'].to_s.b
    return nil unless id.match?(/\A[0-9a-f]{64}\z/) && timestamp.match?(/\A[0-9]{1,12}\z/)
    return nil if (now_seconds - timestamp.to_i).abs > TOLERANCE_SECONDS || other_fields?(headers)

    values = FIELDS.map { |name| headers[name].to_s }
    lines_of_fields = values.last.empty? ? values[0..-2] : values
    signed = secrets.any? do |secret|
      key = key_of(secret)
      of_body = sign(key, "#{id}.#{timestamp}.".b + body.b)
      lines = ['postern-forward-1', method, url, id, timestamp, of_body, *lines_of_fields]
      of_fields = sign(key, lines.map { |line| "#{line}\n".b }.join)
      key.bytesize >= 24 && holds?(headers['webhook-signature'], of_body) &&
        holds?(headers['postern-signature'], of_fields)
    end
    return nil unless signed

    source, type, sender_id, key, content_key, attempt, maybe_duplicate, proof, _, _, tenant = values
    { key: key, content_key: content_key, attempt: attempt.to_i,
      maybe_duplicate: maybe_duplicate == 'true', source: source, type: type, id: sender_id,
      proof: proof, tenant: tenant }
  end

  # Whether there is a `postern-` header as the gate never sends one: unsigned, or empty.
  def other_fields?(headers)
    headers.any? do |name, value|
      name.start_with?('postern-') && name != 'postern-signature' &&
        (value == '' || !FIELDS.include?(name))
    end
  end

  # The bytes of a secret; none for a text that is no secret, by which nothing is believed.
  def key_of(secret)
    text = secret.delete_prefix('whsec_').delete_suffix('=').delete_suffix('=')
    (text + '=' * (-text.length % 4)).unpack1('m0')
  rescue ArgumentError
    ''
  end

  def sign(key, text)
    [OpenSSL::HMAC.digest('SHA256', key, text)].pack('m0')
  end

  # Whether one of the signatures in a header is `mac`. Compares in constant time.
  def holds?(header, mac)
    wanted = "v1,#{mac}"
    header.to_s.b.split(/ /).any? do |one|
      one.bytesize == wanted.bytesize && OpenSSL.fixed_length_secure_compare(one, wanted)
    end
  end
end
