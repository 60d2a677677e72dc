#include "fuzz/scripted_delivery.h"

#include <algorithm>

#include "harness/sender/sign.h"

namespace postern::fuzz {
namespace {

// Bits of an input's flags.
constexpr std::uint8_t sign_bit = 1 << 0;
constexpr std::uint8_t copies_bit = 1 << 1;
constexpr std::uint8_t repeat_bit = 1 << 2;
constexpr std::uint8_t plain_bit = 1 << 3;
constexpr std::uint8_t last_secret_bit = 1 << 4;

/// What docs/ABI.md lets a host hand in.
constexpr std::size_t method_bytes_max = 16;
constexpr std::size_t client_address_bytes_max = 64;

constexpr std::size_t changes_max = 4;
constexpr std::size_t origin_turns_max = 3;
constexpr std::size_t headers_max = 128;

/// A body may be followed by so many spaces for each of a byte: enough for what the host hashes
/// (4 KiB), what a source lets in (64 KiB) and what a queue's message holds (120,000 bytes).
constexpr std::size_t padding_unit = 512;

/// An answer's body may be longer by so much for each of 63: twice what the gate asks for.
constexpr std::size_t answer_padding_unit = 2048;

/// Numbers above this stand for themselves less this: all that 15 bits hold.
constexpr std::uint16_t any_status_above = 0x7FFF;

/// Times up to the year 3084, so that sums of them fit everywhere.
constexpr std::uint64_t time_ms_mask = (std::uint64_t{1} << 45) - 1;

/// What an HTTP server lets into a header's value: no control characters but the tab, and no white
/// space around it.
std::string header_value(std::string text) {
  std::erase_if(text, [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte < 0x20 && c != '\t') || byte == 0x7F;
  });
  return text;
}

/// And into its name: RFC 9110, section 5.6.2.
std::string header_name(std::string text) {
  std::erase_if(text, [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte <= 0x20 || byte >= 0x7F || std::string_view("\"(),/:;<=>?@[\\]{}").contains(c);
  });
  return text.empty() ? "x" : text;
}

std::vector<harness::Header> read_headers(Input& input) {
  std::vector<harness::Header> headers(std::min<std::size_t>(input.u8(), headers_max));
  for (harness::Header& header : headers) {
    header.name = header_name(input.text());
    header.value = header_value(input.text());
  }
  return headers;
}

harness::Script read_script(Input& input) {
  harness::Script script;
  const std::uint8_t ledger = input.u8();
  const auto fault = [&](int shift) {
    return static_cast<harness::LedgerFault>((ledger >> shift) % 4 % 3);
  };
  script.ledger = {.claim = fault(0), .accept = fault(2), .commit = fault(4), .release = fault(6)};
  const std::uint8_t rest = input.u8();
  script.queue = static_cast<harness::QueueFault>(rest % 4);
  script.limit = static_cast<harness::LimitScript>((rest >> 2) % 4 % 3);
  script.origin.resize(input.u8() % (origin_turns_max + 1));
  for (harness::OriginTurn& turn : script.origin) {
    const std::uint8_t kind = input.u8();
    turn.kind = static_cast<harness::OriginTurn::Kind>(kind % 4);
    // Half of them as HTTP has them, and half any number at all.
    const std::uint16_t status = input.u16();
    turn.response.status = status <= any_status_above
                               ? static_cast<std::uint16_t>(200 + status % 400)
                               : static_cast<std::uint16_t>(status - any_status_above);
    turn.delay_ms = input.u16();
    // Not folded, and with anything in a value: nothing between the origin and us is bound to.
    turn.response.headers.resize(input.u8());
    for (harness::Header& header : turn.response.headers) {
      header = {input.text(), input.text()};
    }
    turn.response.body = input.text() + std::string(answer_padding_unit * (kind / 4), 'x');
  }
  return script;
}

void sign(const Endpoint& endpoint, std::uint8_t flags, std::int64_t at_ms, Input& input,
          harness::Delivery& delivery) {
  const std::string event_type = header_value(input.text());
  const std::string id = header_value(input.text());
  if ((flags & sign_bit) == 0) {
    return;
  }
  const auto& secrets = endpoint.compiled.secrets;
  // With a key that the fuzzer has not, or a body that the scheme cannot sign, it comes unsigned.
  static_cast<void>(harness::sign_delivery(
      {.scheme = *endpoint.compiled.scheme,
       .secret = (flags & last_secret_bit) == 0 ? secrets.front() : secrets.back(),
       .private_key = endpoint.private_key,
       .at_ms = at_ms,
       .id = id,
       .url = endpoint.compiled.address.url,
       .event_type = event_type,
       .rule = {}},
      delivery));
}

/// One byte of the body or of a header is another one, or is gone.
void change(Input& input, harness::Delivery& delivery) {
  const std::uint8_t where = input.u8();
  const std::size_t at = input.u16();
  const auto byte = static_cast<char>(input.u8());
  const bool is_body = delivery.headers.empty() || where % 4 == 0;
  std::string& text =
      is_body ? delivery.body : delivery.headers[where / 4 % delivery.headers.size()].value;
  if (text.empty()) {
    text.push_back(byte);
  } else if ((where & 0x80) != 0) {
    text.erase(at % text.size(), 1);
  } else {
    text[at % text.size()] = byte;
  }
  if (!is_body) {
    text = header_value(text);
  }
}

}  // namespace

ScriptedDelivery read_scripted(Input input, const SampleGate& gate) {
  ScriptedDelivery scripted;
  scripted.endpoint = input.u8() % gate.endpoints().size();
  const Endpoint& endpoint = gate.endpoints()[scripted.endpoint];
  const std::uint8_t flags = input.u8();
  scripted.copies = (flags & copies_bit) == 0 ? 1 : 2;
  scripted.repeats = (flags & repeat_bit) == 0 ? 0 : 1;
  scripted.script = read_script(input);
  scripted.script.fetch = endpoint.compiled.fixture.fetch;
  const std::uint64_t signed_ms = input.u64() & time_ms_mask;
  const auto late_seconds = static_cast<std::int16_t>(input.u16());
  scripted.at_ms =
      (signed_ms + static_cast<std::uint64_t>(late_seconds * std::int64_t{1000})) & time_ms_mask;
  const std::size_t padding = input.u8() * padding_unit;
  const std::size_t changes = input.u8() % (changes_max + 1);

  harness::Delivery& delivery = scripted.delivery;
  const std::string method = input.text();
  delivery.method = method.empty() ? "POST" : method.substr(0, method_bytes_max);
  delivery.path = input.text();
  if (delivery.path.empty()) {
    delivery.path = endpoint.path;
  }
  delivery.query = input.text();
  delivery.client_address = input.text().substr(0, client_address_bytes_max);
  delivery.transport =
      (flags & plain_bit) == 0 ? harness::Transport::https : harness::Transport::plain;
  Input change_input = input;
  static_cast<void>(input.raw(4 * changes));
  delivery.headers = read_headers(input);
  Input sign_input = input;
  static_cast<void>(input.text());
  static_cast<void>(input.text());
  delivery.body = std::string(input.rest()) + std::string(padding, ' ');
  sign(endpoint, flags, static_cast<std::int64_t>(signed_ms), sign_input, delivery);
  for (std::size_t i = 0; i < changes; ++i) {
    change(change_input, delivery);
  }
  return scripted;
}

std::string input_of(std::size_t endpoint, const Sample& sample, SeedSignature signature,
                     std::uint8_t padding) {
  const harness::Delivery& delivery = sample.delivery;
  Output input;
  input.u8(endpoint).u8(signature == SeedSignature::anew ? sign_bit : 0);
  input.u8(0).u8(0);                // Ledger, queue and limiter do as they should.
  input.u8(1).u8(0).u16(0).u16(0);  // The origin says 200, at once,
  input.u8(2).text("content-type").text("text/plain").text("retry-after").text("5").text("ok");
  input.u64(sample.at_ms).u16(0);  // It comes in time,
  input.u8(padding).u8(0);         // and unchanged.
  input.text("").text("").text(delivery.query).text(delivery.client_address);
  input.u8(delivery.headers.size());
  for (const harness::Header& header : delivery.headers) {
    input.text(header.name).text(header.value);
  }
  input.text("").text("");  // Type and id as the signer makes them.
  return input.raw(delivery.body).bytes();
}

}  // namespace postern::fuzz
