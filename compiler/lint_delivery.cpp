#include <fmt/format.h>

#include <algorithm>

#include "compiler/address_range.h"
#include "compiler/lint.h"
#include "compiler/retry_reader.h"
#include "compiler/source_reader.h"
#include "postern/base/cut.h"
#include "postern/gate/retry.h"
#include "postern/http/query.h"

// What is lost, repeated or let in when something is down: times, retries, queue mode, admission.

namespace postern::compiler {
namespace {

using policy::Deliver;
using policy::LedgerDown;
using policy::RouteKind;

/// How far two honest clocks may be apart; it counts at both ends of the time that a signature
/// lives.
constexpr std::uint64_t clock_skew_ms = 60'000;

/// A sender with this many attempts more, or this long a horizon, is through with them before
/// anybody has looked at an outage.
constexpr std::uint32_t few_attempts = 3;
constexpr std::uint64_t short_horizon_ms = 60ULL * 60 * 1000;

/// What a Worker's ledger waits at most for a copy under way: `wait_ms_max` in
/// `hosts/store/times.mjs`.
constexpr std::uint32_t ledger_wait_ms_max = 5000;

bool is_queue(const RouteModel& route) { return route.route.deliver == Deliver::queue; }

bool is_proxy(const RouteModel& route) {
  return route.route.kind == RouteKind::forward && !is_queue(route);
}

/// How long a copy of an event may travel in a queue before the gate hands it to the ledger.
std::uint64_t queue_horizon_ms(const SourceModel& source) {
  std::uint64_t horizon =
      source.source.on_ledger_down == LedgerDown::queue ? gate::default_retry().horizon_ms : 0;
  for (const RouteModel& route : source.routes) {
    horizon = std::max(horizon, route.route.retry.horizon_ms);
  }
  return horizon;
}

void lint_retain(const SourceModel& source, Report& report) {
  const std::uint64_t retain = source.source.retain_ms;
  const SchemeModel& scheme = *source.scheme;
  const toml::source_region place = place_of(*source.table, "retain");
  const std::uint64_t lifetime =
      (std::uint64_t{source.source.max_age_seconds} + source.source.max_future_seconds) * 1000 +
      2 * clock_skew_ms;
  const std::uint64_t horizon = queue_horizon_ms(source);
  if (retain == 0) {
    return;  // Reported where it was read.
  }
  if (scheme.scheme.timestamp.unit != scheme::TimeUnit::none && retain < lifetime) {
    report.error(place, "short-retain",
                 "the ledger forgets an event while its signature is still fresh",
                 fmt::format("retain at least max_age + max_future + 2m for clocks: {}",
                             show_duration(lifetime)));
  } else if (scheme.sender.horizon_ms.has_value() && retain < *scheme.sender.horizon_ms) {
    report.error(place, "short-retain",
                 fmt::format("the ledger forgets an event while {} may still retry it",
                             scheme.name.empty() ? "its sender" : scheme.name),
                 fmt::format("retain at least {}", show_duration(*scheme.sender.horizon_ms)));
  } else if (retain < horizon) {
    report.error(place, "short-retain",
                 "the ledger forgets an event while the queue may still bring a copy of it",
                 fmt::format("retain at least the schedule's horizon: {}", show_duration(horizon)));
  }
}

/// What the gate answers when the origin or the ledger is down is a 5xx.
bool takes_503_for_an_end(const SenderFacts& sender) {
  return !sender.retried_on.empty() &&
         std::ranges::none_of(sender.retried_on, [](std::string_view cause) {
           return cause == "non-2xx" || cause == "5xx";
         });
}

/// In proxy mode the sender is the only one who tries again. Where it does not, or hardly, the
/// author has to say that an event may be lost, and by what.
void lint_sender(const SourceModel& source, Report& report) {
  const SenderFacts& sender = source.scheme->sender;
  const bool says_ledger_down = source.table->get("on_ledger_down") != nullptr;
  const bool never = sender.attempts == 0U || takes_503_for_an_end(sender);
  const std::string_view behaviour = sender.attempts == 0U
                                         ? "this sender never retries"
                                         : "this sender does not retry what was answered 503";
  bool has_proxy = false;
  for (const RouteModel& route : source.routes) {
    has_proxy = has_proxy || is_proxy(route);
    if (never && is_proxy(route) && route.table->get("deliver") == nullptr) {
      report.error(route.table->source(), "sender-never-retries",
                   fmt::format("{}: an event that the origin does not take is lost", behaviour),
                   "deliver = \"queue\" answers first and tries until the origin has it; "
                   "deliver = \"proxy\", written out, accepts the loss");
      return;
    }
  }
  if (!has_proxy || says_ledger_down) {
    return;
  }
  if (never) {
    report.error(
        source.table->source(), "sender-never-retries",
        fmt::format("{}: in proxy mode an event is lost while the ledger is down", behaviour),
        "deliver = \"queue\" in its routes; or say it here: on_ledger_down = \"queue\" "
        "keeps the event, \"open\" lets duplicates pass, \"closed\" loses it");
  } else if (sender.attempts.value_or(UINT32_MAX) <= few_attempts ||
             sender.horizon_ms.value_or(UINT64_MAX) <= short_horizon_ms) {
    report.warn(source.table->source(), "sender-retries-little",
                "this sender soon gives up: an event is lost when the ledger is down for longer",
                "deliver = \"queue\" in its routes; or say it here: on_ledger_down = \"queue\" "
                "keeps the event, \"open\" lets duplicates pass, \"closed\" loses it");
  }
}

void lint_ledger_down(const SourceModel& source, Report& report) {
  if (source.source.on_ledger_down == LedgerDown::open &&
      std::ranges::any_of(source.routes, is_queue)) {
    report.error(place_of(*source.table, "on_ledger_down"), "open-queue",
                 "`open` forwards while the sender waits, which queue mode does not: its "
                 "deliveries would be refused",
                 "on_ledger_down = \"queue\" keeps them in the queue until the ledger is back");
  }
}

void lint_busy_wait(const SourceModel& source, Report& report) {
  if (source.source.busy_wait_ms > ledger_wait_ms_max) {
    const std::string longest = show_duration(ledger_wait_ms_max);
    report.warn(
        place_of(*source.table, "busy_wait"), "long-busy-wait",
        fmt::format("the Worker's ledger ends a copy's wait after {} (`wait_ms_max`)", longest),
        fmt::format("at most {}", longest));
  }
}

void lint_lease(const RouteModel& route, Report& report) {
  const std::uint64_t timeout = route.route.timeout_ms;
  if (route.lease_ms.has_value() && *route.lease_ms <= timeout) {
    report.error(
        place_of(*route.table, "lease"), "short-lease",
        "the lease ends while the origin may still be at work, so a retry would be "
        "forwarded beside it",
        fmt::format("at least timeout + 5s: {}", show_duration(timeout + lease_margin_ms)));
  }
}

/// In queue mode the sender has its answer before the origin is asked.
void lint_timeout(const SourceModel& source, const RouteModel& route, Report& report) {
  const auto& limit = source.scheme->sender.timeout_ms;
  if (is_proxy(route) && limit.has_value() && route.route.timeout_ms + sender_margin_ms > *limit) {
    report.warn(
        place_of(*route.table, "timeout"), "long-timeout",
        fmt::format("the sender gives up after {}, before or as the origin answers",
                    show_duration(*limit)),
        fmt::format("at most {}, or deliver = \"queue\"",
                    show_duration(std::max(*limit, 2 * sender_margin_ms) - sender_margin_ms)));
  }
}

void lint_schedule(const RouteModel& route, Report& report) {
  const policy::Retry& retry = route.route.retry;
  if (!is_queue(route) || retry.horizon_ms == 0) {
    return;
  }
  const std::uint32_t fitting = attempts_that_fit(retry);
  if (fitting < retry.attempts) {
    report.warn(place_of(*route.table, "retry"), "short-horizon",
                fmt::format("only {} of {} attempts begin within the horizon of {}", fitting,
                            retry.attempts, show_duration(retry.horizon_ms)),
                fmt::format("attempts = {}, or a horizon of at least {}", fitting,
                            show_duration(all_waits_ms(retry))));
  }
}

void lint_admission(const SourceModel& source, Report& report) {
  const auto ranges = source.source.allow_addresses;
  if (ranges.size() == source.allow_addresses.size()) {
    for (std::size_t i = 0; i < ranges.size(); ++i) {
      for (std::size_t other = 0; other < ranges.size(); ++other) {
        const bool is_same = covers(ranges[i], ranges[other]);
        if (other != i && covers(ranges[other], ranges[i]) && (!is_same || other < i)) {
          report.warn(source.allow_addresses[i], "covered-address",
                      "another range of this list holds these addresses", "leave it out");
          break;
        }
      }
    }
  }
  if (source.source.mode == policy::Mode::observe) {
    report.warn(place_of(*source.table, "mode"), "observe-mode",
                "this source lets forgeries and duplicates through: it forwards everything, and "
                "only records what it would have refused",
                "mode = \"enforce\" as soon as the records show what you expect");
  }
}

/// The address that the sender signs goes on with its query, so that a name of it which stands in
/// the destination too would have every delivery refused.
void lint_queries(const SourceModel& source, const RouteModel& route, Report& report) {
  std::string_view query = source.source.url.text;
  static_cast<void>(cut(query, '?'));
  for (const PlacedSetting& to : route.to) {
    if (!http::may_extend(to.setting.text, query)) {
      report.error(to.place, "query-overlap",
                   "a name of this query stands in the source's signed `url` too, so that every "
                   "delivery would be refused",
                   "rename the parameter here: the signed query goes on behind this one");
    }
  }
}

}  // namespace

void lint_delivery(const SourceModel& source, Report& report) {
  lint_retain(source, report);
  lint_sender(source, report);
  lint_ledger_down(source, report);
  lint_busy_wait(source, report);
  for (const RouteModel& route : source.routes) {
    if (route.route.kind == RouteKind::forward) {
      lint_lease(route, report);
      lint_timeout(source, route, report);
      lint_schedule(route, report);
      lint_queries(source, route, report);
    }
  }
  lint_admission(source, report);
}

}  // namespace postern::compiler
