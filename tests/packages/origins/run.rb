# Reads requests, a line each, and prints what verify_forward.rb says of them: origins_test.mjs.

require File.join(File.expand_path(ARGV[0]), 'verify_forward')

$stdin.each_line(chomp: true) do |line|
  method, url, now, secrets, body, *headers = line.split("\t", -1)
  pairs = headers.to_h do |header|
    name, value = header.split('=', 2)
    [name, value.unpack1('m0')]
  end
  event = Postern.verify_forward(
    method: method, url: url, headers: pairs, body: body.unpack1('m0'),
    secrets: secrets.split(' ', -1), now_seconds: now.to_i
  )
  fields = %i[key content_key attempt maybe_duplicate source type id proof]
  puts event.nil? ? 'refused' : fields.map { |field| event[field].to_s }.join("\t")
end
