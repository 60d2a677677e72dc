#include "harness/derive/derive_cases.h"

#include <fmt/format.h>

#include <algorithm>

#include "harness/derive/genuine.h"
#include "harness/derive/plan.h"

namespace postern::harness {
namespace derive {
namespace {

std::vector<Expectation> expectations_of(const PlannedStep& planned, std::uint32_t line) {
  const auto wants = [line](std::string key, std::string name, nlohmann::json wanted) {
    return Expectation{std::move(key), std::move(name), std::move(wanted), line};
  };
  const Expected& expected = planned.expected;
  std::vector<Expectation> all = {wants("verdict", "", std::string(expected.verdict)),
                                  wants("status", "", expected.status),
                                  wants("origin_calls", "", expected.origin_calls)};
  if (!expected.reason.empty()) {
    all.push_back(wants("reason", "", std::string(expected.reason)));
  }
  if (expected.verdict == "refused" || planned.reply.has_value()) {
    all.push_back(wants("ledger_calls", "", 0));
  }
  if (planned.reply.has_value()) {
    const std::string& type = planned.reply->content_type;
    all.push_back(wants("body", "", planned.reply->body));
    all.push_back(wants("headers", "content-type",
                        type.empty() ? nlohmann::json(false) : nlohmann::json(type)));
    for (const Header& header : planned.reply->headers) {
      all.push_back(wants("headers", header.name, header.value));
    }
  }
  return all;
}

FixtureStep step_of(const PlannedStep& planned, const FixtureStep& genuine) {
  FixtureStep step;
  step.line = genuine.line;
  step.at_ms = planned.at_ms;
  step.request = RequestSpec{.delivery = planned.delivery, .has_path = genuine.request->has_path};
  step.scripts_origin = planned.origin_status != 0;
  if (step.scripts_origin) {
    OriginTurn turn;
    turn.response.status = planned.origin_status;
    step.origin.push_back(turn);
  }
  step.expectations = expectations_of(planned, genuine.line);
  return step;
}

/// The genuine fixture with the plan's source and steps.
Fixture fixture_of(const Fixture& genuine, const NamedPlan& named) {
  Fixture fixture = genuine;
  fixture.name = "derived/" + named.name;
  fixture.shows = named.shows;
  fixture.genuine.reset();
  auto document = std::make_shared<toml::table>(*genuine.document);
  toml::table& source = *document->get_as<toml::table>("source");
  if (!named.plan.secrets.empty()) {
    toml::array secrets;
    for (const std::string& secret : named.plan.secrets) {
      secrets.push_back(secret);
    }
    source.insert_or_assign("secrets", std::move(secrets));
  }
  if (named.plan.body_bytes_max != 0) {
    source.insert_or_assign("max_body", fmt::format("{}B", named.plan.body_bytes_max));
  }
  fixture.source = &source;
  fixture.gate = document->get_as<toml::table>("gate");
  fixture.document = document;
  fixture.steps.clear();
  for (const PlannedStep& planned : named.plan.steps) {
    fixture.steps.push_back(step_of(planned, genuine.steps.front()));
  }
  return fixture;
}

std::vector<NamedPlan> plans_of(const Genuine& genuine) {
  std::vector<NamedPlan> plans;
  for (const std::vector<Row>& rows : {signature_cases(), event_cases()}) {
    for (const Row& row : rows) {
      plans.push_back({std::string(row.name), std::string(row.shows), row.plan(genuine)});
    }
  }
  for (NamedPlan& challenge : challenge_cases(genuine)) {
    plans.push_back(std::move(challenge));
  }
  return plans;
}

}  // namespace
}  // namespace derive

std::vector<DerivedCase> derive_cases(const CompiledCase& compiled, compiler::Catalogue& catalogue,
                                      compiler::Report& report) {
  std::vector<DerivedCase> cases;
  const std::optional<derive::Genuine> genuine = derive::read_genuine(compiled, catalogue, report);
  if (!genuine.has_value()) {
    return cases;
  }
  const std::vector<derive::NamedPlan> plans = derive::plans_of(*genuine);
  const auto unsigned_one = std::ranges::find_if(
      plans, [](const derive::NamedPlan& named) { return !named.plan.why_unsigned.empty(); });
  if (unsigned_one != plans.end()) {
    report.error(
        compiled.fixture.document->get("genuine")->source(), "cannot-derive",
        fmt::format("the signer cannot sign what is derived: {}", unsigned_one->plan.why_unsigned),
        "");
    return cases;
  }
  for (const derive::NamedPlan& named : plans) {
    DerivedCase& one = cases.emplace_back();
    one.name = "derived/" + named.name;
    one.shows = named.shows;
    one.why_not = named.plan.why_not;
    if (one.why_not.empty()) {
      one.compiled = compile_case(derive::fixture_of(compiled.fixture, named), catalogue, report);
    }
  }
  return cases;
}

}  // namespace postern::harness
