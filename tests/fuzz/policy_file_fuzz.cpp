#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "fuzz/fuzz_check.h"
#include "fuzz/fuzz_input.h"
#include "harness/host/frames.h"
#include "postern/base/arena.h"
#include "postern/gate/machine.h"
#include "postern/policy/policy_codec.h"

// Policy files of any bytes. One that decodes has no other spelling, and a gate that is configured
// with it takes a delivery to each of its sources.

namespace postern::fuzz {
namespace {

constexpr std::uint64_t now_ms = 1'700'000'000'000;
constexpr std::size_t sources_tried_max = 4;

/// A gate whose room is exactly what the contract says.
class Gate {
 public:
  std::string configure(const std::string& frame) {
    config_.assign(gate::config_storage_bytes(frame.size()), std::byte{});
    machine_.emplace(config_, output_);
    return std::string(text_of(machine_->configure(bytes_of(frame))));
  }
  std::string begin(const std::string& frame) {
    std::vector<std::byte> storage(gate::call_storage_bytes(frame.size()));
    return std::string(text_of(machine_->begin(bytes_of(frame), storage)));
  }
  std::string resume(const std::string& frame) {
    std::vector<std::byte> storage(gate::call_storage_bytes(frame.size()));
    return std::string(text_of(machine_->resume(bytes_of(frame), storage)));
  }

 private:
  std::vector<std::byte> config_;
  std::vector<std::byte> output_ = std::vector<std::byte>(gate::output_bytes_max);
  std::optional<gate::Machine> machine_;
};

/// A delivery with a header wherever the scheme looks for one.
harness::Delivery delivery_to(const policy::Source& source, const scheme::Scheme& scheme) {
  harness::Delivery delivery;
  delivery.method = (source.methods & 1) != 0 ? "POST" : (source.methods & 2) != 0 ? "GET" : "PUT";
  delivery.path = source.path;
  delivery.client_address = "203.0.113.9";
  delivery.body = R"({"id":"evt_1","type":"a.b","time":1700000000,"data":{"id":1}})";
  const auto add = [&](const scheme::Locator& locator, std::string_view value) {
    if (locator.place == scheme::Place::header) {
      delivery.headers.push_back(
          {std::string(locator.name), std::string(locator.prefix) + std::string(value)});
    }
  };
  for (const scheme::SignatureRule& rule : scheme.signatures) {
    add(rule.from, std::string(64, '0'));
  }
  add(scheme.timestamp.from, "1700000000");
  add(scheme.id, "msg_1");
  return delivery;
}

/// The host could do nothing that was asked.
std::string outcome_of(const harness::Step& step) {
  switch (step.kind) {
    case harness::EffectKind::mac:
      return harness::mac_unavailable();
    case harness::EffectKind::check_signature:
      return harness::signatures_checked(std::vector<harness::Checked>(
          std::get<harness::CheckSignature>(step.effect).checks.size(), harness::Checked::valid));
    case harness::EffectKind::fetch_key:
      return harness::key_fetched(std::nullopt);
    case harness::EffectKind::limit:
      return harness::limited(harness::Limited::allowed);
    case harness::EffectKind::forward:
      return harness::origin_responded({});
    case harness::EffectKind::enqueue:
      return harness::enqueued(harness::Enqueued::done);
    case harness::EffectKind::claim:
    case harness::EffectKind::accept:
    case harness::EffectKind::commit:
    case harness::EffectKind::release:
      return harness::ledger_replied(std::nullopt);
    default:
      return {};
  }
}

bool is_end(const harness::Step& step) {
  const auto* answer = std::get_if<harness::Answer>(&step.effect);
  return answer != nullptr ? answer->is_final : step.kind == harness::EffectKind::finish;
}

void deliver(Gate& gate, const harness::Delivery& delivery) {
  constexpr std::size_t steps_max = 64;
  std::string frame = harness::encode_begin({.now_ms = now_ms,
                                             .token = std::string(16, 'T'),
                                             .delivery = delivery,
                                             .body_size = harness::BodySize::within_limit,
                                             .body_bytes = delivery.body.size(),
                                             .body = delivery.body});
  harness::Step step = harness::decode_step(gate.begin(frame));
  for (std::size_t steps = 1; !is_end(step); ++steps) {
    FUZZ_CHECK(steps < steps_max, delivery.path);
    frame = harness::encode_resume(
        {.now_ms = now_ms,
         .ticket = step.ticket,
         .body = step.wants_body ? std::optional<std::string_view>(delivery.body) : std::nullopt,
         .answered = step.kind,
         .outcome = outcome_of(step)});
    step = harness::decode_step(gate.resume(frame));
  }
}

void run(Input input) {
  const std::string file(input.rest());
  std::vector<std::byte> storage(policy::policy_arena_bytes(file.size()));
  Arena arena(storage);
  const auto decoded = policy::decode(bytes_of(file), arena);
  if (!decoded.has_value()) {
    return;
  }
  FUZZ_CHECK(policy::encoded_bytes(*decoded) == file.size(), "another length");
  std::vector<std::byte> room(file.size());
  FUZZ_CHECK(text_of(policy::encode(*decoded, room)) == file, "another spelling");

  std::vector<std::string> names = harness::setting_names(file);
  FUZZ_CHECK(std::ranges::equal(names, decoded->settings), "the head reads otherwise");
  const std::vector<std::string> values(names.size(), "https://origin.example/a-long-value-1234");
  Gate gate;
  const std::string configured = gate.configure(harness::encode_configure(file, values));
  FUZZ_CHECK(!configured.empty(), "what decodes configures");
  const auto paths = harness::decode_configured(configured).body_bytes_max;
  FUZZ_CHECK(paths.size() == decoded->sources.size(), "a source is missing");
  for (const policy::Source& source :
       decoded->sources.first(std::min(sources_tried_max, decoded->sources.size()))) {
    deliver(gate, delivery_to(source, decoded->schemes[source.scheme]));
  }
}

}  // namespace
}  // namespace postern::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  postern::fuzz::run({data, size});
  return 0;
}
