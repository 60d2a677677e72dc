#include "harness/portable/shown_cases.h"

#include <fmt/format.h>

#include <utility>

#include "harness/fixture/run_case.h"
#include "harness/host/text_forms.h"
#include "harness/portable/json_forms.h"
#include "harness/portable/replay_cases.h"

namespace postern::harness {
namespace {

using compiler::CommandOutput;
using compiler::Exit;
using Json = nlohmann::ordered_json;

/// A part of a policy, which has no dates.
Json value_of(const toml::node& node) {
  if (const toml::table* table = node.as_table()) {
    Json object = Json::object();
    for (const auto& [key, value] : *table) {
      object[std::string(key.str())] = value_of(value);
    }
    return object;
  }
  if (const toml::array* array = node.as_array()) {
    Json list = Json::array();
    for (const toml::node& value : *array) {
      list.push_back(value_of(value));
    }
    return list;
  }
  if (const auto text = node.value_exact<std::string>()) {
    return *text;
  }
  if (const auto number = node.value_exact<std::int64_t>()) {
    return *number;
  }
  if (const auto truth = node.value_exact<bool>()) {
    return *truth;
  }
  return nullptr;
}

/// What goes on around the deliveries of a step that only a scripted host can do.
Json scripted_of(const FixtureStep& step) {
  Json parts = Json::array();
  if (step.scripts_origin) {
    parts.push_back("origin");
  }
  if (step.breaks_stores) {
    parts.push_back("stores");
  }
  return parts;
}

Json steps_of(const CompiledCase& one) {
  const std::string default_path =
      (*one.fixture.source)["path"].value_or(fmt::format("/hooks/{}", fixture_source_name));
  Json steps = Json::array();
  Delivery before;
  for (const FixtureStep& step : one.fixture.steps) {
    std::vector<std::string> faults;  // A replay tells them.
    if (step.copies > 0) {
      before = delivery_of(one, step, before, default_path, faults);
    }
    steps.push_back({{"at_ms", step.at_ms},
                     {"copies", step.copies},
                     {"together", step.order == CopyOrder::together},
                     {"request", step.copies > 0 ? json_form(before) : Json(nullptr)},
                     {"scripted", scripted_of(step)},
                     {"expected", json_form(step.expectations)}});
  }
  return steps;
}

Json fetch_of(const Fixture& fixture) {
  Json fetch = Json::object();
  for (const auto& [url, bytes] : fixture.fetch) {
    fetch[url] = to_base64(bytes);
  }
  return fetch;
}

Json case_of(const CompiledCase& one) {
  const Fixture& fixture = one.fixture;
  const auto provider = (*fixture.source)["provider"].value<std::string>();
  return {{"name", fmt::format("{}/{}", fixture.group, fixture.name)},
          {"provider", provider.has_value() ? Json(*provider) : Json(nullptr)},
          {"file", fixture.file},
          {"shows", fixture.shows},
          {"secrets", one.secrets},
          {"source", value_of(*fixture.source)},
          {"gate", fixture.gate == nullptr ? Json::object() : value_of(*fixture.gate)},
          {"fetch", fetch_of(fixture)},
          {"steps", steps_of(one)}};
}

}  // namespace

CommandOutput shown_cases(const Files& files, const std::vector<std::string>& patterns,
                          const std::string& filter, compiler::Catalogue& catalogue,
                          compiler::Report& report) {
  const auto selected = read_replay_cases(files, patterns, filter, catalogue, report);
  if (!selected.has_value()) {
    return {.out = "",
            .err = compiler::report_text(report, compiler::Colour::never),
            .exit = Exit::unreadable};
  }
  Json cases = Json::array();
  for (const CompiledCase& one : selected->cases) {
    cases.push_back(case_of(one));
  }
  return {.out = cases.dump(-1, ' ', false, Json::error_handler_t::replace),
          .err = "",
          .exit = Exit::ok};
}

}  // namespace postern::harness
