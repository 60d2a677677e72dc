#include "harness/simulate/campaign.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <exception>
#include <mutex>
#include <thread>

#include "harness/simulate/world.h"

namespace postern::harness::simulate {
namespace {

/// Seeds that a thread takes at once.
constexpr std::uint64_t portion = 256;

void add(Totals& totals, const Log& log) {
  ++totals.schedules;
  totals.deliveries += log.deliveries.size();
  totals.strikes += log.strikes;
  totals.happenings += log.entries.size();
  totals.with_operator += log.orders == 0 ? 0 : 1;
  // `Answer` of the ledger, as docs/ABI.md numbers it.
  constexpr std::uint64_t elsewhere = 7;
  constexpr std::uint64_t limited = 8;
  bool stood_elsewhere = false;
  for (const LogEntry& entry : log.entries) {
    totals.forwards += entry.what == Happening::forwarded ? 1 : 0;
    totals.observed += entry.what == Happening::forwarded && (entry.detail & only_observed) != 0;
    totals.denied += entry.what == Happening::limited && entry.a == 2;
    totals.carried += entry.what == Happening::carried ? 1 : 0;
    totals.handed_back += entry.what == Happening::handed_back ? 1 : 0;
    totals.carries_lost += entry.what == Happening::carry_lost ? 1 : 0;
    if (entry.what == Happening::applied) {
      totals.limited_copies += entry.a == limited ? 1 : 0;
      totals.refused_copies += entry.a == elsewhere ? 1 : 0;
      if (entry.content != nobody && stood_elsewhere) {
        ++totals.copies;
        --totals.refused_copies;
      }
    }
    stood_elsewhere = entry.what == Happening::applied && entry.a == elsewhere;
    if (entry.what == Happening::struck) {
      ++totals.strikes_of[entry.detail];
    } else if (entry.what == Happening::administered) {
      ++totals.orders[static_cast<std::size_t>(order_of(entry.detail))][state_of(entry.detail)];
    }
  }
}

void add(Totals& totals, const Totals& more) {
  totals.schedules += more.schedules;
  totals.deliveries += more.deliveries;
  totals.forwards += more.forwards;
  totals.strikes += more.strikes;
  totals.happenings += more.happenings;
  totals.run_twice += more.run_twice;
  for (std::size_t i = 0; i < faults_count; ++i) {
    totals.strikes_of[i] += more.strikes_of[i];
  }
  totals.with_operator += more.with_operator;
  totals.observed += more.observed;
  totals.denied += more.denied;
  totals.copies += more.copies;
  totals.refused_copies += more.refused_copies;
  totals.limited_copies += more.limited_copies;
  totals.carried += more.carried;
  totals.handed_back += more.handed_back;
  totals.carries_lost += more.carries_lost;
  for (std::size_t order = 0; order < orders_count; ++order) {
    for (std::size_t state = 0; state < row_states_count; ++state) {
      totals.orders[order][state] += more.orders[order][state];
    }
  }
}

Finding run_seed(GateModel& gate, std::uint64_t seed, Totals& totals) {
  Finding finding = run_schedule(gate, make_scenario(seed));
  add(totals, finding.log);
  if (seed % run_twice_each == 0) {
    ++totals.run_twice;
    const Finding again = run_schedule(gate, finding.scenario);
    if (again.log.trace != finding.log.trace) {
      finding.violations.push_back({"replay", "the same seed has left two traces", 0});
    }
  }
  return finding;
}

/// What the threads of a campaign share.
struct Shared {
  std::atomic<std::uint64_t> next = 0;
  std::atomic<bool> has_failed = false;
  std::mutex mutex;  // Of everything below.
  CampaignResult result;
  std::exception_ptr defect;
};

void work(const CampaignOptions& options, Shared& shared) {
  GateModel gate(options.make_engine);
  Totals totals;
  std::optional<Finding> failure;
  while (!shared.has_failed) {
    const std::uint64_t begin = shared.next.fetch_add(portion);
    if (begin >= options.count) {
      break;
    }
    const std::uint64_t end = std::min(begin + portion, options.count);
    for (std::uint64_t i = begin; i < end && !failure.has_value(); ++i) {
      Finding finding = run_seed(gate, options.first_seed + i, totals);
      if (!finding.violations.empty()) {
        failure = std::move(finding);
        shared.has_failed = true;
      }
    }
    if (options.progress) {
      const std::scoped_lock lock(shared.mutex);
      options.progress(std::min(end, options.count));
    }
  }
  const std::scoped_lock lock(shared.mutex);
  add(shared.result.totals, totals);
  auto& first = shared.result.failure;
  if (failure.has_value() &&
      (!first.has_value() || failure->scenario.seed < first->scenario.seed)) {
    first = std::move(failure);
  }
}

}  // namespace

Finding run_schedule(GateModel& gate, const Scenario& scenario) {
  Finding finding{.scenario = scenario, .log = {}, .violations = {}};
  World world(gate, finding.scenario);
  try {
    world.run();
  } catch (const MalformedAnswer& fault) {
    finding.violations.push_back({"frames", fault.what(), 0});
  }
  finding.log = world.take_log();
  if (!finding.violations.empty()) {
    return finding;  // The log ends in the middle.
  }
  finding.violations =
      check_all({.log = finding.log, .scenario = finding.scenario, .sources = gate.sources()});
  return finding;
}

CampaignResult run_campaign(const CampaignOptions& options) {
  const auto started = std::chrono::steady_clock::now();
  Shared shared;
  const auto guarded = [&] {
    try {
      work(options, shared);
    } catch (...) {
      const std::scoped_lock lock(shared.mutex);
      shared.has_failed = true;
      shared.defect = std::current_exception();
    }
  };
  {
    std::vector<std::jthread> threads;
    for (unsigned i = 1; i < options.jobs; ++i) {
      threads.emplace_back(guarded);
    }
    guarded();
  }
  if (shared.defect != nullptr) {
    std::rethrow_exception(shared.defect);
  }
  shared.result.seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
  return std::move(shared.result);
}

}  // namespace postern::harness::simulate
