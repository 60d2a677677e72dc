#include "compiler/rehearsal.h"

#include <fmt/format.h>

#include <array>
#include <string>
#include <string_view>
#include <utility>

#include "compiler/compiler.h"
#include "compiler/toml_text.h"
#include "postern/base/bytes.h"
#include "postern/base/check.h"
#include "postern/base/wire.h"
#include "postern/encoding/hex.h"

namespace postern::compiler {
namespace {

/// What most senders do: HMAC-SHA256 of time and body, several items in one header, JSON.
constexpr std::string_view source_text = R"toml(
path = "/rehearsal"
secrets = ["a published secret, which signs nothing but rehearsals"]

[scheme]
name = "Rehearsal"
sends = ["json"]

[scheme.signature]
algorithm = "hmac-sha256"
from = { header = "x-signature", item = "v1" }
encoding = "hex"
content = "{timestamp}.{body}"
key = "utf8"

[scheme.timestamp]
from = { header = "x-signature", item = "t" }
unit = "seconds"
max_age = "5m"
max_future = "5m"

[scheme.event]
format = "json"
identity = { body = "/id" }
type = { body = "/type" }
)toml";

constexpr std::uint64_t now_ms = 1'700'000'000'000;

struct RehearsedDelivery {
  std::string_view mac_hex;
  std::string_view body;
  /// How many spaces follow the body: white space after a JSON value says nothing.
  std::uint32_t spaces;
};

/// The MAC is what `openssl dgst -sha256 -hmac SECRET` gives for "1700000000.", the body and its
/// spaces. One small delivery compiles nearly all that a first one needs; a second one, whose body
/// is so long that the core asks the host for its MAC, cost more than it saved.
constexpr std::array deliveries = {
    RehearsedDelivery{
        .mac_hex = "5a0e3e4dd2655b1774f94ccf9be3b9eda9f045046e87f0340ee8f6c10cf6f06a",
        .body = R"({"id":"rehearsal","type":"rehearsal.small","data":{"amount":1999,"paid":true,)"
                R"("lines":[{"text":"A \"quoted\" word, and Z\u00fcrich"},null]}})",
        .spaces = 0,
    },
};

constexpr std::size_t mac_bytes = 32;

/// Enough for all that is encoded beside the policy: two short deliveries, a secret.
constexpr std::size_t other_bytes_max = 4096;

/// Its faults are ours, so they trap.
CompiledPolicy compile_rehearsed_policy() {
  Report report;
  Catalogue none;
  const HostLimits anywhere;  // It counts nothing and queues nothing.
  const auto source = read_toml(source_text, "rehearsal", report);
  POSTERN_CHECK(source.has_value());
  std::optional<CompiledPolicy> compiled =
      compile_source(nullptr, *source, "rehearsal", anywhere, none, report);
  POSTERN_CHECK(compiled.has_value());
  return std::move(*compiled);
}

void write_delivery(const RehearsedDelivery& delivery, Writer& writer) {
  writer.text16("/rehearsal");
  writer.u16(2);
  writer.text16("content-type");
  writer.text16("application/json");
  writer.text16("x-signature");
  writer.text16(fmt::format("t=1700000000,v1={}", delivery.mac_hex));
  writer.bytes32(bytes_of(delivery.body));
  writer.u32(delivery.spaces);
  std::array<std::byte, mac_bytes> room{};
  const auto mac = encoding::decode_hex(delivery.mac_hex, room);
  POSTERN_CHECK(mac.has_value());
  writer.text16(text_of(*mac));
}

}  // namespace

std::vector<std::byte> encode_rehearsal() {
  const CompiledPolicy compiled = compile_rehearsed_policy();
  std::vector<std::byte> room(compiled.file.size() + other_bytes_max);
  Writer writer(room);
  writer.u64(now_ms);
  writer.bytes32(compiled.file);
  writer.u16(static_cast<std::uint16_t>(compiled.setting_values.size()));
  for (const std::string& value : compiled.setting_values) {
    writer.text16(value);
  }
  writer.u16(static_cast<std::uint16_t>(deliveries.size()));
  for (const RehearsedDelivery& delivery : deliveries) {
    write_delivery(delivery, writer);
  }
  room.resize(writer.size());
  return room;
}

}  // namespace postern::compiler
