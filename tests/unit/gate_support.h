#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core_support.h"
#include "postern/base/wire.h"
#include "postern/gate/limits.h"
#include "postern/gate/machine.h"
#include "postern/policy/policy.h"
#include "postern/policy/policy_codec.h"

// A machine with a policy built by hand, and frames written as docs/ABI.md has them. Without the
// harness, so that the sanitized build has these tests too.

namespace postern::testing_support {

inline constexpr std::uint64_t now_ms = 1'700'000'000'000;

/// Frames as a host writes them.
class Frame {
 public:
  Frame& u8(std::uint64_t value) { return integer(value, 1); }
  Frame& u16(std::uint64_t value) { return integer(value, 2); }
  Frame& u32(std::uint64_t value) { return integer(value, 4); }
  Frame& u64(std::uint64_t value) { return integer(value, 8); }
  Frame& raw(std::string_view bytes) {
    bytes_.append(bytes);
    return *this;
  }
  Frame& text16(std::string_view text) { return u16(text.size()).raw(text); }
  Frame& bytes32(std::string_view text) { return u32(text.size()).raw(text); }
  [[nodiscard]] const std::string& bytes() const { return bytes_; }

 private:
  Frame& integer(std::uint64_t value, int count) {
    for (int i = 0; i < count; ++i) {
      bytes_.push_back(static_cast<char>(value >> (8 * i)));
    }
    return *this;
  }
  std::string bytes_;
};

/// The head of a step.
struct Step {
  gate::EffectKind effect = gate::EffectKind::finish;
  bool wants_body = false;
  std::string ticket;
  std::string payload;
};

[[nodiscard]] inline std::optional<Step> read_step(const std::string& frame) {
  Reader reader(bytes_of(frame));
  Step step;
  if (reader.u8() != gate::abi_version) {
    return std::nullopt;
  }
  step.effect = static_cast<gate::EffectKind>(reader.u8());
  step.wants_body = reader.u8() == 1;
  step.ticket = std::string(reader.text16());
  if (reader.failed()) {
    return std::nullopt;
  }
  step.payload = frame.substr(5 + step.ticket.size());
  return step;
}

/// The fields of an `answer` effect.
struct AnswerFields {
  bool is_final = false;
  std::uint16_t status = 0;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  std::string record;
};

[[nodiscard]] inline AnswerFields read_answer(const Step& step) {
  Reader reader(bytes_of(step.payload));
  AnswerFields answer;
  answer.is_final = reader.u8() == 1;
  answer.status = reader.u16();
  answer.headers.resize(reader.u16());
  for (auto& [name, value] : answer.headers) {
    name = reader.text16();
    value = reader.text16();
  }
  answer.body = owned(reader.bytes32());
  answer.record = owned(reader.bytes32());
  EXPECT_TRUE(reader.finished());
  return answer;
}

/// A machine whose room for a call is exactly as large as the contract says, and fresh each time.
class Gate {
 public:
  explicit Gate(const policy::Policy& policy, std::vector<std::string> values)
      : file_(policy::encoded_bytes(policy)) {
    static_cast<void>(policy::encode(policy, file_));
    Frame frame;
    frame.u8(1).bytes32(text_of(Bytes(file_))).u16(values.size());
    for (const std::string& value : values) {
      frame.text16(value);
    }
    configure_frame = frame.bytes();
    configured = configure(configure_frame);
  }

  std::string configure(const std::string& frame) {
    config_.assign(gate::config_storage_bytes(frame.size()), std::byte{});
    machine_.emplace(MutableBytes(config_), MutableBytes(output_));
    return owned(machine_->configure(bytes_of(frame)));
  }
  std::string begin(const std::string& frame) {
    return owned(machine_->begin(bytes_of(frame), room_for(frame)));
  }
  std::string resume(const std::string& frame) {
    return owned(machine_->resume(bytes_of(frame), room_for(frame)));
  }

  std::string configure_frame;
  std::string configured;

 private:
  /// The end of what earlier calls have used, as a module's memory is: fresh pages for each call
  /// were most of the time of the tests. Whoever writes behind it meets the sanitizer.
  MutableBytes room_for(const std::string& frame) {
    const std::size_t bytes = gate::call_storage_bytes(frame.size());
    call_.resize(std::max(call_.size(), bytes));
    return MutableBytes(call_).last(bytes);
  }

  std::vector<std::byte> file_;
  std::vector<std::byte> config_;
  std::vector<std::byte> call_;
  std::vector<std::byte> output_ = std::vector<std::byte>(gate::output_bytes_max);
  std::optional<gate::Machine> machine_;
};

using HeaderList = std::vector<std::pair<std::string, std::string>>;

/// A request for a `begin` frame; everything that a test may want otherwise.
struct Request {
  std::string method = "POST";
  std::string path = "/hook";
  std::string query{};
  HeaderList headers{};
  std::string body{};
  bool has_body = true;
  std::uint8_t flags = 1;  // https
  std::optional<std::uint64_t> body_length{};
  std::uint64_t at_ms = now_ms;
  /// Of a source whose host asks for secrets; empty for one that nobody knows.
  std::optional<std::string> tenant{};
};

[[nodiscard]] inline std::string begin_frame(const Request& request) {
  Frame frame;
  frame.u8(1).u64(request.at_ms).raw(std::string(16, 'T'));
  frame.u8(request.flags | (request.has_body ? 2U : 0U));
  frame.text16(request.method).text16(request.path).text16(request.query).text16("203.0.113.9");
  frame.u8(request.tenant.has_value() ? 1 : 0);
  if (request.tenant.has_value()) {
    frame.text16(*request.tenant);
  }
  frame.u16(request.headers.size());
  for (const auto& [name, value] : request.headers) {
    frame.text16(name).text16(value);
  }
  frame.u64(request.body_length.value_or(request.body.size()));
  // Of one that is not in the frame the first 128 bytes, unless it is over the limit.
  const bool is_over_limit = (request.flags & 4U) != 0;
  const std::size_t head = is_over_limit ? 0 : std::min<std::size_t>(request.body.size(), 128);
  frame.bytes32(request.has_body ? request.body : request.body.substr(0, head));
  return frame.bytes();
}

[[nodiscard]] inline std::string resume_frame(const std::string& ticket, gate::EffectKind effect,
                                              const std::optional<std::string>& body,
                                              std::string_view outcome) {
  Frame frame;
  frame.u8(1).u64(now_ms).bytes32(ticket).u8(body.has_value() ? 1 : 0);
  if (body.has_value()) {
    frame.bytes32(*body);
  }
  frame.u8(static_cast<std::uint8_t>(effect)).raw(outcome);
  return frame.bytes();
}

/// A policy of one source that signs `{timestamp}.{body}` with HMAC-SHA256, the time and the
/// signature in headers, and reads identity and type from the body. Fields may be changed before
/// `policy` is called.
class SamplePolicy {
 public:
  SamplePolicy() {
    rule.from = at_header("x-signature");
    rule.content = content;
    timestamp.unit = scheme::TimeUnit::seconds;
    timestamp.from = at_header("x-time");
    event.format = scheme::BodyFormat::json;
    event.type = at_body(type_tokens);
    event.type_is_signed = true;
    identity[0].kind = scheme::IdentityKind::locator;
    identity[0].at = at_body(id_tokens);
    event.identity = identity;
    route.events = globs;
    to.to.text = "https://origin.example/hook";
    route.to = {&to, 1};
    route.timeout_ms = 8000;
    source.name = "sample";
    source.path = "/hook";
    source.secrets = slots;
    source.max_age_seconds = 300;
    source.max_future_seconds = 60;
    source.body_bytes_max = std::uint64_t{1} << 20;
    source.retain_ms = 600'000;
    source.lease_ms = 10'000;
  }
  SamplePolicy(const SamplePolicy&) = delete;
  SamplePolicy& operator=(const SamplePolicy&) = delete;

  [[nodiscard]] policy::Policy policy() {
    scheme.name = "sample";
    scheme.signatures = {&rule, 1};
    scheme.timestamp = timestamp;
    scheme.events = {&event, 1};
    scheme.challenges = challenges;
    to.signers = signers;
    source.routes = {&route, 1};
    policy::Policy made;
    made.gate = gate;
    made.settings = names;
    made.schemes = {&scheme, 1};
    made.sources = {&source, 1};
    return made;
  }

  std::array<scheme::Part, 3> content = {
      scheme::Part{.kind = scheme::PartKind::timestamp, .text = {}, .pointer = {}},
      scheme::Part{.kind = scheme::PartKind::literal, .text = ".", .pointer = {}},
      scheme::Part{.kind = scheme::PartKind::body, .text = {}, .pointer = {}}};
  std::array<std::string_view, 1> id_tokens = {"id"};
  std::array<std::string_view, 1> type_tokens = {"type"};
  std::array<std::string_view, 1> globs = {"*"};
  std::array<std::uint16_t, 1> slots = {0};
  std::vector<std::string_view> names = {"SECRET"};
  std::array<scheme::IdentityPart, 1> identity;
  scheme::SignatureRule rule;
  scheme::TimestampRule timestamp;
  scheme::EventRule event;
  scheme::Scheme scheme;
  std::vector<scheme::Challenge> challenges;
  policy::Destination to;
  /// By slot: the secrets that sign what goes to each destination.
  std::vector<std::uint16_t> signers;
  policy::Route route;
  policy::Source source;
  policy::Gate gate;
};

inline constexpr std::string_view sample_secret = "a-canary-secret-that-nobody-logs";
inline constexpr std::string_view sample_body = R"({"id":"evt_1","type":"order.created"})";

/// A delivery that `SamplePolicy` lets in, signed by OpenSSL.
[[nodiscard]] inline Request sample_request(const std::string& body) {
  const std::string time = std::to_string(now_ms / 1000);
  const std::string mac = hmac(EVP_sha256(), sample_secret, time + "." + body);
  return {.headers = {{"content-type", "application/json"},
                      {"x-signature", to_hex(mac)},
                      {"x-time", time}},
          .body = body};
}

}  // namespace postern::testing_support
