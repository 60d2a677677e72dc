#include "harness/commands/replay_plan.h"

#include <fmt/format.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "harness/host/text_forms.h"
#include "harness/portable/json_forms.h"

namespace postern::harness {
namespace {

using Json = nlohmann::ordered_json;

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
          {"headers", json_form(turn.response.headers)},
          {"body_b64", to_base64(turn.response.body)},
          {"delay_ms", turn.delay_ms}};
}

Json json_of(const LedgerFaults& faults) {
  Json ledger = Json::object();
  for (const auto& [verb, fault] :
       {std::pair("claim", faults.claim), std::pair("accept", faults.accept),
        std::pair("commit", faults.commit), std::pair("release", faults.release)}) {
    if (fault != LedgerFault::none) {
      ledger[verb] = fault == LedgerFault::unavailable ? "unavailable" : "reply_lost";
    }
  }
  return ledger;
}

std::string_view queue_word(QueueFault fault) {
  switch (fault) {
    case QueueFault::none:
      return "none";
    case QueueFault::send_fails:
      return "send_fails";
    case QueueFault::lost:
      return "lost";
    case QueueFault::doubled:
      return "doubled";
  }
  return "";
}

std::string_view limit_word(LimitScript script) {
  switch (script) {
    case LimitScript::by_count:
      return "by_count";
    case LimitScript::denied:
      return "denied";
    case LimitScript::unavailable:
      return "unavailable";
  }
  return "";
}

Json trace_of(const Outcome& outcome) {
  Json trace = Json::array();
  for (const std::string& frame : outcome.trace) {
    trace.push_back(to_hex(frame));
  }
  return trace;
}

Json script_of(const Script& script, std::size_t forwards_before) {
  Json origin = Json::array();
  const std::size_t first =
      script.origin.empty() ? 0 : std::min(forwards_before, script.origin.size() - 1);
  for (std::size_t i = first; i < script.origin.size(); ++i) {
    origin.push_back(json_of(script.origin[i]));
  }
  Json fetch = Json::object();
  for (const auto& [url, bytes] : script.fetch) {
    fetch[url] = to_base64(bytes);
  }
  return {{"origin", origin},
          {"ledger", json_of(script.ledger)},
          {"queue", queue_word(script.queue)},
          {"limit", limit_word(script.limit)},
          {"fetch", fetch}};
}

/// What happens to the queue during the play of that number, and how many forwards it makes.
std::size_t add_runs(const StepRun& run, std::size_t play, Json& step) {
  std::size_t forwards = 0;
  step["runs"] = Json::array();
  for (const StepQueueRun& one : run.runs) {
    if (one.play == play) {
      step["runs"].push_back(
          {{"token_hex", to_hex(one.run.token)}, {"trace", trace_of(one.run.outcome)}});
      forwards += one.run.outcome.forwards.size();
    }
  }
  step["sweeps"] = Json::array();
  for (const StepSweep& one : run.sweeps) {
    if (one.play == play) {
      step["sweeps"].push_back({{"at_ms", one.sweep.at_ms}, {"shard", one.sweep.shard}});
    }
  }
  return forwards;
}

/// A play: the deliveries that come together, and the queue until the next ones come. Without a
/// time, until it is empty.
Json play_of(const StepRun& run, std::size_t play, std::size_t plays, std::size_t forwards) {
  const std::uint64_t until_ms = play + 1 < plays ? run.at_ms : run.until_ms;
  Json one = {{"now_ms", run.at_ms},
              {"until_ms", until_ms == until_settled ? Json(nullptr) : Json(until_ms)}};
  one.update(script_of(run.script, forwards));
  return one;
}

Json arrival_of(const StepRun& run, std::size_t copy) {
  return {{"token_hex", to_hex(run.arrivals[copy].token)},
          {"request", json_form(run.arrivals[copy].delivery)},
          {"trace", trace_of(run.outcomes[copy])}};
}

void add_steps(const FixtureStep& step, const StepRun& run, Json& steps) {
  const bool is_together = step.order == CopyOrder::together || run.arrivals.empty();
  const std::size_t plays = is_together ? 1 : run.arrivals.size();
  std::size_t forwards = 0;
  for (std::size_t play = 0; play < plays; ++play) {
    Json one = play_of(run, play, plays, forwards);
    one["arrivals"] = Json::array();
    const std::size_t first = is_together ? 0 : play;
    const std::size_t last = is_together ? run.arrivals.size() : play + 1;
    for (std::size_t copy = first; copy < last; ++copy) {
      one["arrivals"].push_back(arrival_of(run, copy));
      forwards += run.outcomes[copy].forwards.size();
    }
    forwards += add_runs(run, play, one);
    one["expect"] = play + 1 == plays ? json_form(step.expectations) : Json::object();
    steps.push_back(std::move(one));
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
