#include "harness/simulate/explore.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "harness/simulate/explore_search.h"
#include "harness/simulate/explore_state.h"

namespace postern::harness::simulate {
namespace {

std::string_view value_of(const Forward& forward, std::string_view name) {
  const auto found = std::ranges::find(forward.headers, name, &Header::name);
  return found == forward.headers.end() ? std::string_view() : std::string_view(found->value);
}

class Explorer {
 public:
  explicit Explorer(const ExploreOptions& options)
      : options_(options), core_(options.make_engine, proxy_source) {
    unavailable_ = core_.texts().number_of(ledger_replied(std::nullopt));
    for (const auto& [kind, number] : {std::pair(ForwardOutcome::refused, &refused_),
                                       std::pair(ForwardOutcome::reset, &reset_)}) {
      *number = core_.texts().number_of(origin_failed(kind));
    }
    ok_ = core_.texts().number_of(origin_responded({.status = 200, .headers = {}, .body = {}}));
    error_ = core_.texts().number_of(origin_responded({.status = 500, .headers = {}, .body = {}}));
  }

  ExploreResult run() {
    State first;
    first.now_ms = Core::begins_at_ms;
    if (options_.scope == Scope::store_restarts) {
      first.started_ms = first.now_ms - 10 * core_.lease_ms();  // Long ago: nothing was granted.
    }
    list_row(first);
    search_.run(first, [this](const State& state) { visit(state); });
    return std::move(search_.result());
  }

 private:
  // ---- the search

  void next(const State& state, std::uint8_t delivery, const char* what) {
    if (search_.reach(state, delivery, what)) {
      list_row(state);
    }
  }

  void accuse(std::string_view promise, std::uint8_t delivery, const char* what) {
    search_.accuse(promise, delivery, what);
  }

  /// As the model prints them: the row's state, whether its lease is over, and how often the origin
  /// has acted, up to twice.
  void list_row(const State& state) {
    const std::string& row = core_.texts()[state.row];
    const int kind = row.size() < 2 ? 0 : row[1];
    const bool is_over = kind == 1 && state.now_ms >= state.lease_ends_ms;
    search_.result().rows.insert(
        fmt::format("{} {} {}", kind, is_over ? 1 : 0, std::min<int>(state.effects, 2)));
  }

  void visit(const State& state) {
    bool is_end = true;
    for (std::uint8_t i = 0; i < options_.deliveries; ++i) {
      is_end = is_end && state.walkers[i].at == At::over;
      move(state, i);
    }
    pass_time(state);
    if (is_end) {
      ++search_.result().ends;
      check_end(state);
    }
  }

  // ---- what anybody may do next

  void move(const State& state, std::uint8_t i) {
    switch (state.walkers[i].at) {
      case At::unsent:
        return follow(state, i, core_.begin(i, state.now_ms), "is sent and verified");
      case At::claim_sent:
        claim(state, i);
        return may_crash(state, i);
      case At::claim_answered:
        resume(state, i, state.walkers[i].reply, "has the ledger's answer");
        if (const auto faulty = with_fault(state)) {
          resume(*faulty, i, unavailable_, "misses the ledger's answer");
        }
        return may_crash(state, i);
      case At::forward_ready:
        begin_forward(state, i);
        return may_crash(state, i);
      case At::origin:
        return end_forward(state, i);
      case At::settle_sent:
        settle(state, i);
        return may_crash(state, i);
      case At::over:
        return;
    }
  }

  [[nodiscard]] std::optional<State> with_fault(const State& state) const {
    if (state.faults == options_.faults) {
      return std::nullopt;
    }
    State faulty = state;
    ++faulty.faults;
    return faulty;
  }

  void may_crash(const State& state, std::uint8_t i) {
    if (auto faulty = with_fault(state)) {
      faulty->walkers[i] = {.at = At::over};
      next(*faulty, i, "dies");
    }
  }

  /// From one outcome of an effect to the next effect.
  void resume(const State& state, std::uint8_t i, std::uint32_t outcome, const char* what) {
    follow(state, i, core_.resume(state.walkers[i].step, outcome, state.now_ms), what);
  }

  void follow(State state, std::uint8_t i, const Core::Advance& advance, const char* what) {
    if (advance.answered >= 200 && advance.answered < 300 && !state.is_confirmed) {
      accuse("S2: 2xx although the origin has not taken the event", i, what);
    }
    Walker& walker = state.walkers[i];
    walker.step = advance.step;
    walker.reply = 0;
    if (advance.step == 0) {
      walker = {.at = At::over};
      return next(state, i, what);
    }
    const Step& step = core_.step(advance.step);
    walker.at = step.kind == EffectKind::claim     ? At::claim_sent
                : step.kind == EffectKind::forward ? At::forward_ready
                                                   : At::settle_sent;
    next(state, i, what);
  }

  void claim(const State& before, std::uint8_t i) {
    State state = before;
    Walker& walker = state.walkers[i];
    const Core::Change change =
        core_.ledger(walker.step, state.row, state.now_ms, state.started_ms);
    const bool is_held = state.holder != no_holder && state.now_ms < state.lease_ends_ms;
    check_claim(state, i, change.answer, is_held);
    keep(state, change);
    if (change.answer == LedgerAnswer::granted) {
      state.causes += state.holder != no_holder ? 1 : 0;  // A lease ran out.
      state.holder = i;
      state.lease_ends_ms = walker.lease_ends_ms = state.now_ms + core_.lease_ms();
      walker.life = state.life;
    }
    walker.reply = change.outcome;
    walker.at = At::claim_answered;
    next(state, i, "claims at the store");
    if (const auto faulty = with_fault(before)) {
      resume(*faulty, i, unavailable_, "has its claim lost");
    }
  }

  void check_claim(const State& state, std::uint8_t i, LedgerAnswer answer, bool is_held) {
    if (state.is_done && answer != LedgerAnswer::duplicate) {
      accuse("S7: a done event is forgotten", i, "claims");
    } else if (!state.is_done && answer == LedgerAnswer::duplicate) {
      accuse("S2: the ledger calls an event done that nobody has committed", i, "claims");
    } else if (is_held && answer == LedgerAnswer::granted) {
      accuse("S3: a lease is granted while another runs", i, "claims");
    } else if (!state.is_done && !is_held && answer == LedgerAnswer::busy) {
      accuse("S9: a claim outlives its lease", i, "claims");
    }
  }

  static void keep(State& state, const Core::Change& change) {
    state.row = change.row;
    state.durable_row = change.keep == Keep::durable ? change.row : state.durable_row;
  }

  void begin_forward(State state, std::uint8_t i) {
    Walker& walker = state.walkers[i];
    const auto& forward = std::get<Forward>(core_.step(walker.step).effect);
    walker.is_marked = value_of(forward, "postern-maybe-duplicate") == "true";
    walker.at = At::origin;
    ++state.forwards;
    const auto is_fresh = [&](const Walker& other) {
      return other.at == At::origin && other.life == state.life &&
             state.now_ms < other.lease_ends_ms;
    };
    if (std::ranges::count_if(state.walkers, is_fresh) > 1 && !state.is_exempt) {
      accuse("S3: two forwards under leases that run", i, "begins its forward");
    }
    if (state.is_committed && is_fresh(walker) && !state.is_exempt) {
      accuse("S4: a forward begins after the commit", i, "begins its forward");
    }
    if (state.forwards > 1 + state.causes) {
      accuse("S5: more forwards than causes", i, "begins its forward");
    }
    if (state.forwards > 1 && state.faults == 0) {
      accuse("S5b: a second forward without a fault", i, "begins its forward");
    }
    const bool may_lack_mark = options_.scope == Scope::store_restarts || state.is_exempt;
    if (state.effects > 0 && !walker.is_marked && !may_lack_mark) {
      accuse("mark: a repeat is not marked", i, "begins its forward");
    }
    next(state, i, "begins its forward");
  }

  void end_forward(const State& before, std::uint8_t i) {
    State state = before;
    ++state.effects;
    state.is_confirmed = true;
    resume(state, i, ok_, "is taken by the origin");
    const auto faulty = with_fault(before);
    if (!faulty.has_value()) {
      return;
    }
    State failed = *faulty;
    ++failed.causes;
    resume(failed, i, error_, "is answered 500 by the origin");
    resume(failed, i, refused_, "finds no connection");
    resume(failed, i, reset_, "loses its connection, and the origin has not acted");
    ++failed.effects;
    resume(failed, i, reset_, "loses its connection, and the origin has acted");
    State dead = *faulty;
    dead.walkers[i] = {.at = At::over};
    next(dead, i, "dies, and the origin has not acted");
    ++dead.effects;
    next(dead, i, "dies, and the origin has acted");
  }

  void settle(const State& before, std::uint8_t i) {
    State state = before;
    const Walker& walker = state.walkers[i];
    const bool is_commit = core_.step(walker.step).kind == EffectKind::commit;
    const Core::Change change =
        core_.ledger(walker.step, state.row, state.now_ms, state.started_ms);
    keep(state, change);
    if (is_commit) {
      state.is_done = true;
      state.is_committed =
          state.is_committed || (walker.life == state.life && state.now_ms < walker.lease_ends_ms);
      state.holder = no_holder;
    } else if (state.holder == i) {
      state.holder = no_holder;
    }
    resume(state, i, change.outcome, is_commit ? "commits" : "releases");
    if (const auto faulty = with_fault(before)) {
      resume(*faulty, i, unavailable_, is_commit ? "has its commit lost" : "has its release lost");
    }
  }

  /// Time stands still but for the ends of leases. A lease outlasts every owner that does not
  /// sleep.
  void pass_time(const State& state) {
    const bool is_held = state.holder != no_holder && state.now_ms < state.lease_ends_ms;
    if (is_held && state.walkers[state.holder].at == At::over) {
      State later = state;
      later.now_ms = state.lease_ends_ms;
      next(later, state.holder, "is gone, and its lease ends");
    } else if (is_held && options_.scope == Scope::owners_pause) {
      if (auto faulty = with_fault(state)) {
        faulty->now_ms = state.lease_ends_ms;
        faulty->is_exempt = true;
        next(*faulty, state.holder, "sleeps until its lease is over");
      }
    }
    auto faulty = with_fault(state);
    if (options_.scope == Scope::store_restarts && faulty.has_value()) {
      faulty->started_ms = ++faulty->now_ms;
      faulty->row = faulty->durable_row;
      faulty->holder = no_holder;
      faulty->is_committed = false;
      ++faulty->life;
      ++faulty->causes;
      next(*faulty, 0, "is there when the store restarts");
    }
  }

  // ---- L1

  /// Whatever has happened, a further delivery that meets no fault is served when every lease is
  /// over, and the event is then done.
  void check_end(const State& state) {
    const std::uint64_t now_ms = state.now_ms + 2 * core_.lease_ms();
    const std::uint8_t last = deliveries_max;
    const Core::Advance sent = core_.begin(last, now_ms);
    if (sent.step == 0) {
      return accuse("L1: a delivery that meets no fault is refused", last,
                    "comes when all is over");
    }
    const Core::Change claimed = core_.ledger(sent.step, state.row, now_ms, state.started_ms);
    Core::Advance moved = core_.resume(sent.step, claimed.outcome, now_ms);
    if (moved.step != 0 && core_.step(moved.step).kind == EffectKind::forward) {
      moved = core_.resume(moved.step, ok_, now_ms);
    }
    if (moved.answered != 200) {
      accuse("L1: a delivery that meets no fault is not served", last, "comes when all is over");
    }
  }

  ExploreOptions options_;
  Core core_;
  std::uint32_t unavailable_ = 0;
  std::uint32_t refused_ = 0;
  std::uint32_t reset_ = 0;
  std::uint32_t ok_ = 0;
  std::uint32_t error_ = 0;
  Search<State> search_;
};

}  // namespace

ExploreResult explore(const ExploreOptions& options) {
  if (options.deliveries == 0 || options.deliveries > deliveries_max) {
    throw std::length_error("the search takes one to four deliveries");
  }
  return options.scope >= Scope::queue ? explore_queue(options) : Explorer(options).run();
}

}  // namespace postern::harness::simulate
