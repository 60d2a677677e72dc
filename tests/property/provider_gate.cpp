#include "property/provider_gate.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "harness/fixture/read_fixture.h"
#include "harness/fixture/run_case.h"
#include "harness/host/disk_files.h"
#include "harness/sender/sign.h"
#include "postern/base/arena.h"
#include "postern/policy/policy_codec.h"
#include "property/genuine_fixture.h"

namespace postern::property {
namespace {

/// As much as any policy may let in.
constexpr std::string_view most = "25MiB";

bool is_form(std::string_view body) {
  return !body.empty() && body.front() != '{' && body.front() != '<' && body.contains('=');
}

/// `body` made longer in its own format, to `bytes` where that is longer than it is.
std::string padded(std::string_view body, std::size_t bytes) {
  const bool form = is_form(body);
  const std::string_view before = form ? "Pad=" : R"({"pad":")";
  const std::string_view after = form ? "&" : R"(",)";
  const std::string_view rest = form ? body : body.substr(1);
  const std::size_t fixed = before.size() + after.size() + rest.size();
  if (body.size() >= bytes || bytes < fixed || (!form && !body.starts_with('{'))) {
    return std::string(body) + std::string(bytes > body.size() ? bytes - body.size() : 0, ' ');
  }
  return std::string(before) + std::string(bytes - fixed, 'x') + std::string(after) +
         std::string(rest);
}

}  // namespace

ProviderGate::ProviderGate(const std::string& slug, compiler::Catalogue& catalogue) {
  const std::string file = genuine_fixture(slug);
  compiler::Report report;
  auto fixture = harness::read_fixture(harness::disk_files(), file, report);
  if (!fixture.has_value()) {
    ADD_FAILURE() << slug << " has no genuine delivery";
    return;
  }
  auto source = std::make_shared<toml::table>(*fixture->source);
  source->insert_or_assign("max_body", std::string(most));
  fixture->source = source.get();
  auto compiled = harness::compile_case(std::move(*fixture), catalogue, report);
  if (!compiled.has_value()) {
    ADD_FAILURE() << file << " does not compile";
    return;
  }
  compiled_ = std::move(*compiled);
  private_key_ = compiled_.fixture.genuine->private_key;
  const auto engine = harness::make_native_engine();
  for (const harness::StepRun& step : harness::run_case(compiled_, *engine).steps) {
    if (!step.outcomes.empty() && !step.outcomes.front().forwards.empty()) {
      sample_ = step.arrivals.front().delivery;
      at_ms_ = step.at_ms;
      break;
    }
  }
  EXPECT_NE(at_ms_, 0U) << file << " lets nothing in";
  read_signature_rule();
  can_sign_ = verdict_of(deliver(*engine, signed_over(sample_.body))) == "forwarded";
  // The table was only needed to compile.
  compiled_.fixture.source = nullptr;
}

void ProviderGate::read_signature_rule() {
  const Bytes file = bytes_of(compiled_.policy);
  std::vector<std::byte> storage(policy::policy_arena_bytes(file.size()));
  Arena arena(storage);
  const auto decoded = policy::decode(file, arena);
  if (!decoded.has_value()) {
    ADD_FAILURE() << "a policy that was compiled does not decode";
    return;
  }
  for (const scheme::SignatureRule& rule : decoded->schemes[0].signatures) {
    if (rule.from.place == scheme::Place::header) {
      signature_header_ = rule.from.name;
      // Equal items of several groups are one, so that more of them show nothing.
      signature_separator_ = rule.from.groups == 0 ? rule.from.separator : '\0';
      candidates_ = scheme::candidates_of(rule);
      return;
    }
  }
}

std::string* ProviderGate::signature_of(harness::Delivery& delivery) const {
  for (harness::Header& header : delivery.headers) {
    const bool is_same = std::ranges::equal(header.name, signature_header_, [](char a, char b) {
      return (a >= 'A' && a <= 'Z' ? static_cast<char>(a + 32) : a) == b;
    });
    if (is_same) {
      return &header.value;
    }
  }
  return nullptr;
}

bool ProviderGate::multiply_signature(harness::Delivery& delivery, std::size_t count) const {
  std::string* value = signature_of(delivery);
  if (value == nullptr || signature_separator_ == 0) {
    return false;
  }
  const std::size_t last = value->rfind(signature_separator_);
  const std::string item = last == std::string::npos ? *value : value->substr(last + 1);
  for (std::size_t i = 1; i < count; ++i) {
    *value += signature_separator_ + item;
  }
  return true;
}

harness::Delivery ProviderGate::signed_over(std::string body) const {
  harness::Delivery delivery = sample_;
  delivery.body = std::move(body);
  // Where its key is the provider's alone, the signature of the sample stays.
  static_cast<void>(harness::sign_delivery({.scheme = *compiled_.scheme,
                                            .secret = compiled_.secrets.front(),
                                            .private_key = private_key_,
                                            .at_ms = static_cast<std::int64_t>(at_ms_),
                                            .id = {},
                                            .url = compiled_.address.url,
                                            .event_type = {},
                                            .rule = {}},
                                           delivery));
  return delivery;
}

harness::Delivery ProviderGate::genuine(std::size_t bytes) const {
  return signed_over(padded(sample_.body, bytes));
}

harness::Outcome ProviderGate::deliver(harness::Engine& engine,
                                       const harness::Delivery& delivery) const {
  harness::Simulation simulation(engine, compiled_.policy, compiled_.settings);
  harness::Script script;
  script.fetch = compiled_.fixture.fetch;
  return simulation.deliver({{delivery, std::string(16, 'T')}}, at_ms_, script).front();
}

std::vector<std::string> spread(const std::vector<std::string>& all, std::size_t wanted) {
  std::vector<std::string> some;
  for (std::size_t i = 0; i < std::min(all.size(), wanted); ++i) {
    some.push_back(all[i * all.size() / std::min(all.size(), wanted)]);
  }
  return some;
}

std::string verdict_of(const harness::Outcome& outcome) {
  const auto record = nlohmann::json::parse(outcome.record);
  const std::string reason = record.value("reason", "");
  return record.value("verdict", "") + (reason.empty() ? "" : " " + reason);
}

}  // namespace postern::property
