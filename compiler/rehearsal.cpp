#include "compiler/rehearsal.h"

#include <fmt/format.h>

#include <array>
#include <stdexcept>
#include <string_view>

#include "compiler/compile_policy.h"
#include "harness/host/frame_writer.h"
#include "harness/host/text_forms.h"

namespace postern::harness {
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

/// The MACs are what `openssl dgst -sha256 -hmac SECRET` gives for "1700000000.", the body and its
/// spaces. The second body is longer than what a host hands over at once, so the core asks the host
/// for its MAC.
constexpr std::array deliveries = {
    RehearsedDelivery{
        .mac_hex = "5a0e3e4dd2655b1774f94ccf9be3b9eda9f045046e87f0340ee8f6c10cf6f06a",
        .body = R"({"id":"rehearsal","type":"rehearsal.small","data":{"amount":1999,"paid":true,)"
                R"("lines":[{"text":"A \"quoted\" word, and Z\u00fcrich"},null]}})",
        .spaces = 0,
    },
    RehearsedDelivery{
        .mac_hex = "ed4784645bd1809c3d845d4c1c6cd079a2b9064b20d3eaf6e5e95acdea3d7751",
        .body = R"({"id":"rehearsal of a larger one","type":"rehearsal.large"})",
        .spaces = 4096,
    },
};

CompiledPolicy compile_rehearsed_policy() {
  Report report;
  Catalogue none;
  const toml::table source = toml::parse(source_text);
  std::optional<CompiledPolicy> compiled =
      compile_source(nullptr, source, "rehearsal", none, report);
  if (!compiled.has_value()) {
    throw std::logic_error("the rehearsed policy does not compile");
  }
  return std::move(*compiled);
}

}  // namespace

std::string encode_rehearsal() {
  const CompiledPolicy compiled = compile_rehearsed_policy();
  FrameWriter writer;
  writer.u64(now_ms);
  writer.bytes32(
      std::string_view(reinterpret_cast<const char*>(compiled.file.data()), compiled.file.size()));
  writer.count16(compiled.setting_values.size());
  for (const std::string& value : compiled.setting_values) {
    writer.text16(value);
  }
  writer.count16(deliveries.size());
  for (const RehearsedDelivery& delivery : deliveries) {
    writer.text16("/rehearsal");
    writer.count16(2);
    writer.text16("content-type");
    writer.text16("application/json");
    writer.text16("x-signature");
    writer.text16(fmt::format("t=1700000000,v1={}", delivery.mac_hex));
    writer.bytes32(delivery.body);
    writer.u32(delivery.spaces);
    writer.text16(from_hex(delivery.mac_hex).value());
  }
  return writer.take();
}

}  // namespace postern::harness
