#include "harness/commands/replay_plan.h"

#include <fmt/format.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "harness/host/text_forms.h"

namespace postern::harness {
namespace {

using Json = nlohmann::ordered_json;

Json json_of(const std::vector<Header>& headers) {
  Json list = Json::array();
  for (const Header& header : headers) {
    list.push_back({header.name, header.value});
  }
  return list;
}

Json json_of(const Delivery& delivery) {
  return {{"method", delivery.method},
          {"path", delivery.path},
          {"query", delivery.query},
          {"https", delivery.transport == Transport::https},
          {"client_address", delivery.client_address},
          {"headers", json_of(delivery.headers)},
          {"body_b64", to_base64(delivery.body)}};
}

/// `hang` is told by its outcome: what a forward with any time limit sees.
std::string_view kind_of(OriginTurn::Kind kind) {
  switch (kind) {
    case OriginTurn::Kind::respond:
      return "response";
    case OriginTurn::Kind::hang:
      return "timed_out";
    case OriginTurn::Kind::refuse:
      return "refused";
    case OriginTurn::Kind::reset:
      return "reset";
  }
  return "";
}

Json json_of(const OriginTurn& turn) {
  return {{"kind", kind_of(turn.kind)},
          {"status", turn.response.status},
          {"headers", json_of(turn.response.headers)},
          {"body_b64", to_base64(turn.response.body)},
          {"delay_ms", turn.delay_ms}};
}

Json json_of(const LedgerFaults& faults) {
  Json ledger = Json::object();
  for (const auto& [verb, fault] :
       {std::pair("claim", faults.claim), std::pair("commit", faults.commit),
        std::pair("release", faults.release)}) {
    if (fault != LedgerFault::none) {
      ledger[verb] = fault == LedgerFault::unavailable ? "unavailable" : "reply_lost";
    }
  }
  return ledger;
}

Json trace_of(const Outcome& outcome) {
  Json trace = Json::array();
  for (const std::string& frame : outcome.trace) {
    trace.push_back(to_hex(frame));
  }
  return trace;
}

Json json_of(const std::vector<Expectation>& expectations) {
  Json expect = Json::object();
  for (const Expectation& expectation : expectations) {
    if (expectation.name.empty()) {
      expect[expectation.key] = expectation.wanted;
    } else {
      expect[expectation.key][expectation.name] = expectation.wanted;
    }
  }
  return expect;
}

Json world_of(const World& world, std::size_t forwards_before) {
  Json origin = Json::array();
  const std::size_t first =
      world.origin.empty() ? 0 : std::min(forwards_before, world.origin.size() - 1);
  for (std::size_t i = first; i < world.origin.size(); ++i) {
    origin.push_back(json_of(world.origin[i]));
  }
  Json fetch = Json::object();
  for (const auto& [url, bytes] : world.fetch) {
    fetch[url] = to_base64(bytes);
  }
  return {{"origin", origin}, {"ledger", json_of(world.ledger)}, {"fetch", fetch}};
}

void add_steps(const FixtureStep& step, const StepRun& run, Json& steps) {
  std::size_t forwards = 0;
  for (std::size_t copy = 0; copy < run.arrivals.size(); ++copy) {
    Json one = {{"now_ms", run.at_ms},
                {"token_hex", to_hex(run.arrivals[copy].token)},
                {"request", json_of(run.arrivals[copy].delivery)}};
    one.update(world_of(run.world, forwards));
    one["trace"] = trace_of(run.outcomes[copy]);
    one["expect"] = copy + 1 == run.arrivals.size() ? json_of(step.expectations) : Json::object();
    forwards += run.outcomes[copy].forwards.size();
    if (step.order == Order::one_by_one || copy == 0) {
      steps.push_back(std::move(one));
    }
    if (step.order == Order::together) {
      steps.back()["expect"] = json_of(step.expectations);
      steps.back()["copies"].push_back({{"token_hex", to_hex(run.arrivals[copy].token)},
                                        {"trace", trace_of(run.outcomes[copy])}});
    }
  }
}

}  // namespace

void write_plan(const std::string& file, const std::vector<CompiledCase>& cases,
                const std::vector<CaseRun>& runs) {
  Json list = Json::array();
  for (std::size_t i = 0; i < cases.size(); ++i) {
    const Fixture& fixture = cases[i].fixture;
    Json steps = Json::array();
    for (std::size_t step = 0; step < fixture.steps.size(); ++step) {
      add_steps(fixture.steps[step], runs[i].steps[step], steps);
    }
    list.push_back({{"name", fmt::format("{}/{}", fixture.group, fixture.name)},
                    {"file", fixture.file},
                    {"policy_b64", to_base64(cases[i].policy)},
                    {"settings", cases[i].settings},
                    {"steps", std::move(steps)}});
  }
  std::ofstream stream(file, std::ios::binary);
  stream << Json{{"cases", std::move(list)}}.dump(-1, ' ', true, Json::error_handler_t::replace)
         << '\n';
  if (!stream.flush()) {
    throw std::runtime_error("cannot write " + file);
  }
}

}  // namespace postern::harness
