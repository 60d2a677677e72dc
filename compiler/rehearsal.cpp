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
#include "postern/base/fields.h"
#include "postern/base/wire.h"
#include "postern/contract/rehearsal.h"
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

/// One small delivery compiles nearly all that a first one needs; a second one, whose body is so
/// long that the core asks the host for its MAC, cost more than it saved.
constexpr std::string_view rehearsed_body =
    R"({"id":"rehearsal","type":"rehearsal.small","data":{"amount":1999,"paid":true,)"
    R"("lines":[{"text":"A \"quoted\" word, and Z\u00fcrich"},null]}})";

/// What `openssl dgst -sha256 -hmac SECRET` gives for "1700000000." and the body.
constexpr std::string_view mac_hex =
    "5a0e3e4dd2655b1774f94ccf9be3b9eda9f045046e87f0340ee8f6c10cf6f06a";
constexpr std::size_t mac_bytes = 32;

/// Enough for all that is encoded beside the policy: a short delivery, a secret.
constexpr std::size_t other_bytes_max = 2048;

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

}  // namespace

std::vector<std::byte> encode_rehearsal() {
  const CompiledPolicy compiled = compile_rehearsed_policy();
  const std::vector<std::string_view> settings(compiled.setting_values.begin(),
                                               compiled.setting_values.end());
  std::array<std::byte, mac_bytes> mac_room{};
  const auto mac = encoding::decode_hex(mac_hex, encoding::HexCase::lower, mac_room);
  POSTERN_CHECK(mac.has_value());
  const std::string signature = fmt::format("t=1700000000,v1={}", mac_hex);
  const std::array<http::Header, 2> headers = {
      {{"content-type", "application/json"}, {"x-signature", signature}}};
  const contract::Rehearsal rehearsal = {.now_ms = now_ms,
                                         .policy = compiled.file,
                                         .settings = settings,
                                         .path = "/rehearsal",
                                         .headers = headers,
                                         .body = bytes_of(rehearsed_body),
                                         .mac = *mac};
  std::vector<std::byte> room(compiled.file.size() + other_bytes_max);
  Writer writer(room);
  write_fields(contract::rehearsal_fields, rehearsal, writer);
  room.resize(writer.size());
  return room;
}

}  // namespace postern::compiler
