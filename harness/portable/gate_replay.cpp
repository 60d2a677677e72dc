#include "harness/portable/gate_replay.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdlib>

#include "harness/host/address.h"
#include "harness/host/cryptography.h"
#include "harness/host/text_forms.h"
#include "harness/portable/way_of_events.h"
#include "harness/sender/fresh_event.h"
#include "harness/sender/recognize.h"
#include "harness/sender/sign.h"

namespace postern::harness {
namespace {

/// Between signing and the gate's look at its clock; keeps cases at a limit off that limit.
constexpr std::int64_t leeway_ms = 5000;

/// How often the origin is asked whether the gate's queue has brought it an event: for 10 s.
constexpr int origin_polls_max = 500;
constexpr std::uint32_t origin_poll_ms = 20;

/// A ledger in real time remembers all day; a case that waits longer wants it to forget.
constexpr std::int64_t clock_move_ms_max = 24LL * 3600 * 1000;

/// About thirty years: beyond it, times are no times but tests of arithmetic.
constexpr std::int64_t distance_ms_max = 1'000'000'000'000;

/// What a fixture may say of its source and still be true of a running one.
constexpr std::array<std::string_view, 3> plain_source_keys = {"provider", "secrets", "url"};

/// What is checked of a delivery over HTTP. The rest needs a host that we script.
constexpr std::array<std::string_view, 4> checked_keys = {"verdict", "reason", "status",
                                                          "origin_calls"};

nlohmann::json record_of(const Outcome& outcome) {
  return nlohmann::json::parse(outcome.record, nullptr, false);
}

/// Whether the native engine found the delivery authentic, whatever came of it.
bool is_authentic(const Outcome& outcome) {
  const nlohmann::json record = record_of(outcome);
  const std::string reason = record.is_object() ? record.value("reason", "") : "";
  const bool is_malformed = outcome.answer.has_value() && outcome.answer->status == 400;
  return record.is_object() &&
         (record.contains("proof") || reason == "stale" || reason == "future" || is_malformed);
}

/// Whether `postern origin` can give this answer when it is told to: a final status, and no more.
bool is_plain(const OriginTurn& turn) {
  const auto& answer = turn.response;
  return turn.kind == OriginTurn::Kind::respond && turn.delay_ms == 0 && answer.status >= 200 &&
         answer.status <= 599 && answer.headers.empty() && answer.body.empty();
}

/// Headers that belong to one connection: an HTTP client would act on them, not send them on.
bool is_of_connection(const Header& header) {
  constexpr std::array<std::string_view, 8> names = {
      "connection", "content-length",    "expect", "host", "keep-alive",
      "te",         "transfer-encoding", "upgrade"};
  return std::ranges::find(names, fold_headers({header}).front().name) != names.end();
}

/// An empty one may be dropped on the way, as a missing one; the gate tells the two apart.
bool is_empty_credentials(const Header& header) {
  return header.value.empty() && fold_headers({header}).front().name == "authorization";
}

/// A secret's form as its prefix tells it, such as `whsec`.
std::string form_of(const std::string& secret) {
  return secret.starts_with("wh") ? secret.substr(0, secret.find('_')) : "";
}

std::optional<std::string> why_not_step(const FixtureStep& step, const StepRun& run,
                                        bool has_origin) {
  if (!run.faults.empty()) {
    return "the fixture has a fault";
  }
  if (run.arrivals.empty() || !run.runs.empty()) {
    return "drives the queue by a scripted clock";
  }
  if (step.breaks_stores) {
    return "breaks the ledger, the queue or the limiter";
  }
  if (step.order == CopyOrder::together && step.copies > 1) {
    return "depends on timing";
  }
  if (!std::ranges::all_of(step.origin, is_plain)) {
    return "scripts the origin";
  }
  if (step.scripts_origin && !has_origin) {
    return "scripts the origin, and no --origin is known";
  }
  const Delivery& delivery = run.arrivals.front().delivery;
  if (delivery.transport == Transport::plain) {
    return "is about plain HTTP";
  }
  if (!delivery.client_address.empty()) {
    return "is about the client's address";
  }
  if (std::ranges::any_of(delivery.headers, is_of_connection)) {
    return "is about one connection";
  }
  if (std::ranges::any_of(delivery.headers, is_empty_credentials)) {
    return "an empty header is lost";
  }
  return std::nullopt;
}

/// Whether it ends in the same way when the sender has its answer before the origin has its event.
bool is_settled(const nlohmann::json& record) {
  const std::string verdict = record.value("verdict", "");
  return verdict == "forwarded" || verdict == "duplicate";
}

/// In queue mode the gate accepts what it would otherwise forward.
bool is_as_wanted(const Expectation& expectation, const nlohmann::json& seen) {
  return seen == expectation.wanted ||
         (expectation.key == "verdict" && seen == "accepted" && expectation.wanted == "forwarded");
}

/// How far from now a delivery was signed, kept away from the limits.
std::int64_t distance_ms(const Recognized& recognized, const StepRun& run,
                         const nlohmann::json& record) {
  const std::int64_t distance = recognized.at_ms.value_or(static_cast<std::int64_t>(run.at_ms)) -
                                static_cast<std::int64_t>(run.at_ms);
  const bool is_future = record.value("reason", "") == "future";
  const bool is_stale = record.value("reason", "") == "stale";
  return is_future                           ? distance + leeway_ms
         : is_stale || distance > -leeway_ms ? distance
                                             : distance + leeway_ms;
}

std::string marked_id(const std::string& id, const std::string& mark) {
  const bool is_long = id.size() > marked_characters_kept;
  return id.empty() ? id : id.substr(0, id.size() - (is_long ? mark.size() : 0)) + mark;
}

std::string show(const nlohmann::json& value) { return value.is_null() ? "(none)" : value.dump(); }

}  // namespace

/// What is known of one step over HTTP.
struct GateReplay::Sent {
  ReplayRow row;
  nlohmann::json facts = nlohmann::json::object();
};

GateReplay::GateReplay(const RunningGate& gate, std::unique_ptr<Engine> (*make_engine)(),
                       Clock clock)
    : gate_(gate), make_engine_(make_engine), clock_(clock), run_mark_(to_hex(random_bytes(4))) {}

std::optional<std::string> GateReplay::why_not(const CompiledCase& one, const CaseRun& native,
                                               const std::optional<RunningSource>& source) const {
  if (!source.has_value() || source->scheme == nullptr) {
    return "the running policy has no such source";
  }
  for (const auto& [key, node] : *one.fixture.source) {
    if (std::ranges::find(plain_source_keys, key.str()) == plain_source_keys.end()) {
      return "its source is configured in its own way";
    }
  }
  if (one.fixture.gate != nullptr) {
    return "its gate is configured in its own way";
  }
  if (!one.fixture.fetch.empty()) {
    return "scripts a key server";
  }
  if (form_of(one.secrets.front()) == "whpk" && form_of(source->secrets.front()) != "whpk") {
    return "the running source has a key of another kind";
  }
  std::optional<std::string> type;
  for (std::size_t i = 0; i < native.steps.size(); ++i) {
    const StepRun& run = native.steps[i];
    if (auto why = why_not_step(one.fixture.steps[i], run, !gate_.session().origin.empty())) {
      return why;
    }
    if (!moved_query(one.address.query, source->address.query, run.arrivals.front().delivery.query)
             .has_value()) {
      return "is about the query of another address";
    }
    for (const Outcome& outcome : run.outcomes) {
      const nlohmann::json record = record_of(outcome);
      if (record.value("reason", "") == "source_unavailable") {
        return "its source is configured in its own way";
      }
      if (!is_authentic(outcome)) {
        continue;
      }
      const auto signer =
          recognize(*one.scheme, one.secrets, one.address.url, run.arrivals.front().delivery);
      if (!signer.has_value()) {
        return "its signature cannot be made afresh";
      }
      const bool has_secret =
          signer->secret < source->secrets.size() && !source->secrets[signer->secret].empty();
      if (!has_secret) {
        return "the running source has no such secret";
      }
      const std::int64_t moved_ms =
          static_cast<std::int64_t>(run.at_ms) - static_cast<std::int64_t>(native.steps[0].at_ms);
      const std::int64_t age_ms = signer->at_ms.value_or(static_cast<std::int64_t>(run.at_ms)) -
                                  static_cast<std::int64_t>(run.at_ms);
      if ((!signer->at_ms.has_value() && moved_ms > clock_move_ms_max) ||
          std::abs(age_ms) > distance_ms_max) {
        return "moves the clock";
      }
      if (!record.contains("event_key")) {
        continue;
      }
      Delivery marked = run.arrivals.front().delivery;
      if (signer->id.empty() &&
          make_fresh_event(*one.scheme, run_mark_, marked) == Freshness::unchanged) {
        return "its event cannot be made a new one";
      }
      const std::string seen = record.value("event_type", "");
      const Way way = way_of(*source->table, seen);
      if (way == Way::none || (way == Way::queue && !is_settled(record))) {
        return "the running policy does not forward this type at once";
      }
      if (type.value_or(seen) != seen && source->table->contains("allow_events")) {
        return "the running policy pins its types";
      }
      type = seen;
    }
  }
  return std::nullopt;
}

GateReplay::Sent GateReplay::send_step(const CompiledCase& one, std::size_t index,
                                       const CaseRun& native, const RunningSource& source,
                                       const std::string& mark) {
  const StepRun& run = native.steps[index];
  Sent sent;
  const std::size_t calls_before = gate_.origin_calls().value_or(0);
  for (const Outcome& outcome : run.outcomes) {
    Delivery delivery = run.arrivals.front().delivery;
    const nlohmann::json record = record_of(outcome);
    if (!one.fixture.steps[index].request.has_value() ||
        !one.fixture.steps[index].request->has_path) {
      delivery.path = source.path;
    }
    const auto signer = is_authentic(outcome)
                            ? recognize(*one.scheme, one.secrets, one.address.url, delivery)
                            : std::nullopt;
    delivery.query = moved_query(one.address.query, source.address.query, delivery.query).value();
    if (signer.has_value()) {
      if (record.contains("event_key")) {
        static_cast<void>(make_fresh_event(*source.scheme, mark, delivery));
      }
      const auto is_signed = sign_delivery({.scheme = *source.scheme,
                                            .secret = source.secrets[signer->secret],
                                            .private_key = source.private_keys[signer->secret],
                                            .at_ms = time_of(*signer, run, record),
                                            .id = marked_id(signer->id, mark),
                                            .url = source.address.url,
                                            .event_type = "",
                                            .rule = std::nullopt},
                                           delivery);
      if (!is_signed.has_value()) {
        gate_.outside().unreadable(fmt::format("{}: the source {} cannot be signed for: {}",
                                               gate_.session().settings, source.name,
                                               is_signed.error().why));
      }
    }
    const std::string query = delivery.query.empty() ? "" : "?" + delivery.query;
    const HttpResponse answer =
        gate_.outside().send({.method = delivery.method,
                              .url = gate_.session().gate + delivery.path + query,
                              .headers = delivery.headers,
                              .body = delivery.body});
    sent.facts["status"] = answer.status;
    sent.row.status = answer.status;
    if (const auto text = gate_.outside().record_of(answer)) {
      const nlohmann::json seen = nlohmann::json::parse(*text, nullptr, false);
      sent.facts["verdict"] = seen.value("verdict", "");
      sent.facts["reason"] = seen.value("reason", "");
      sent.row.verdict = seen.value("verdict", "");
      sent.row.reason = seen.value("reason", "");
    }
    if (sent.row.verdict == "accepted") {
      await_origin(calls_before + 1);
    }
  }
  if (const auto calls = gate_.origin_calls()) {
    sent.facts["origin_calls"] = *calls - calls_before;
    sent.row.origin_calls = *calls - calls_before;
  }
  return sent;
}

/// What was accepted is on its way; what comes next has to find it there.
void GateReplay::await_origin(std::size_t calls) const {
  for (int n = 0; n < origin_polls_max && gate_.origin_calls().value_or(calls) < calls; ++n) {
    gate_.outside().pause(origin_poll_ms);
  }
}

/// The same signed time stays the same within a case, since it may be part of an event's identity;
/// but where the clock is what the step is about, the distance from it counts.
std::int64_t GateReplay::time_of(const Recognized& signer, const StepRun& run,
                                 const nlohmann::json& record) {
  const std::int64_t fresh = gate_.outside().now_ms() + distance_ms(signer, run, record);
  const std::string reason = record.value("reason", "");
  if (!signer.at_ms.has_value() || reason == "stale" || reason == "future") {
    return fresh;
  }
  // Different times stay different to the second, even when all this happens within one.
  std::int64_t time = fresh;
  while (!times_.contains(*signer.at_ms) && std::ranges::any_of(times_, [time](const auto& known) {
    return known.second / 1000 == time / 1000;
  })) {
    time += 1000;
  }
  return times_.try_emplace(*signer.at_ms, time).first->second;
}

CaseReport GateReplay::run(const CompiledCase& one) {
  const double start = clock_();
  CaseReport report{.group = one.fixture.group,
                    .name = one.fixture.name,
                    .file = one.fixture.file,
                    .shows = one.fixture.shows,
                    .why_skipped = {},
                    .failures = {},
                    .rows = {}};
  const std::unique_ptr<Engine> engine = make_engine_();
  const CaseRun native = run_case(one, *engine);
  const toml::table& fixture_source = *one.fixture.source;
  const auto source =
      gate_.find(fixture_source["provider"].value_or(std::string(one.fixture.group)));
  if (const auto why = why_not(one, native, source)) {
    report.state = CaseState::skipped;
    report.why_skipped = *why;
    return report;
  }
  times_.clear();
  const std::string name = one.fixture.group + "/" + one.fixture.name;
  const std::string mark = run_mark_ + to_hex(digest(Hash::sha256, name).value().substr(0, 4));
  for (std::size_t i = 0; i < native.steps.size(); ++i) {
    const FixtureStep& step = one.fixture.steps[i];
    if (!gate_.session().origin.empty()) {
      gate_.script_origin(step.origin);
    }
    const Sent sent = send_step(one, i, native, *source, mark);
    report.rows.push_back(sent.row);
    for (const Expectation& expectation : step.expectations) {
      const bool is_checked =
          std::ranges::find(checked_keys, expectation.key) != checked_keys.end() &&
          sent.facts.contains(expectation.key);
      if (is_checked && !is_as_wanted(expectation, sent.facts[expectation.key])) {
        report.failures.push_back({one.fixture.file, expectation.line, expectation.key,
                                   show(expectation.wanted), show(sent.facts[expectation.key])});
      }
    }
  }
  report.state = report.failures.empty() ? CaseState::passed : CaseState::failed;
  report.seconds = clock_() - start;
  return report;
}

ReplayReport replay_on_gate(const std::vector<CompiledCase>& cases, const RunningGate& gate,
                            std::unique_ptr<Engine> (*make_engine)(), Clock clock) {
  ReplayReport report;
  GateReplay replay(gate, make_engine, clock);
  for (const CompiledCase& one : cases) {
    report.cases.push_back(replay.run(one));
  }
  return report;
}

}  // namespace postern::harness
