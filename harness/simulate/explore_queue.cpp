#include <algorithm>
#include <optional>
#include <tuple>
#include <utility>

#include "harness/simulate/explore.h"
#include "harness/simulate/explore_queue_state.h"
#include "harness/simulate/explore_search.h"
#include "harness/simulate/explore_state.h"

// Every interleaving in queue mode: deliveries that come in, messages in a bag, two consumers.

namespace postern::harness::simulate {
namespace {

bool is_marked(const Step& step) {
  const auto& headers = std::get<Forward>(step.effect).headers;
  return std::ranges::find(headers, "postern-maybe-duplicate", &Header::name) != headers.end();
}

class QueueExplorer {
 public:
  explicit QueueExplorer(const ExploreOptions& options)
      : options_(options), core_(options.make_engine, queue_source) {
    Texts& texts = core_.texts();
    unavailable_ = texts.number_of(ledger_replied(std::nullopt));
    sent_ = texts.number_of(enqueued(Enqueued::done));
    not_sent_ = texts.number_of(enqueued(Enqueued::failed));
    ok_ = texts.number_of(origin_responded({.status = 200, .headers = {}, .body = {}}));
    error_ = texts.number_of(origin_responded({.status = 500, .headers = {}, .body = {}}));
    reset_ = texts.number_of(origin_failed(ForwardOutcome::reset));
  }

  ExploreResult run() {
    search_.run(QueueState{}, [this](const QueueState& state) { visit(state); });
    return std::move(search_.result());
  }

 private:
  /// Consumers are alike too: which of them does what makes no difference.
  void reach(QueueState state, std::uint8_t who, const char* what) {
    Walker& first = state.walkers[deliveries_max];
    Walker& second = state.walkers[deliveries_max + 1];
    if (std::tuple(first.owner, first.at, first.step) >
        std::tuple(second.owner, second.at, second.step)) {
      std::swap(first, second);
    }
    search_.reach(state, who, what);
  }

  [[nodiscard]] bool is_consumer(std::uint8_t i) const { return i >= deliveries_max; }

  void visit(const QueueState& state) {
    bool is_quiet = state.messages == 0;
    for (std::uint8_t i = 0; i < walkers_max; ++i) {
      if (i < options_.deliveries || is_consumer(i)) {
        move(state, i);
        const At rest = is_consumer(i) ? At::unsent : At::over;
        is_quiet = is_quiet && state.walkers[i].at == rest;
      }
    }
    pass_time(state, is_quiet);
    if (options_.scope == Scope::operators && !state.has_order) {
      be_administered(state);
    }
    if (auto faulty = with_fault(state); faulty.has_value() && state.messages > 0) {
      QueueState fewer = *faulty;
      --fewer.messages;
      reach(fewer, 0, "is there when a message gets lost");
      put_message(*faulty);
      reach(*faulty, 0, "is there when a message is doubled");
    }
    if (is_quiet && state.due_ms == 0) {
      ++search_.result().ends;
      check_end(state);
    }
  }

  /// Lost only if the store has neither: an event that was accepted is done, or kept as dead.
  void check_end(const QueueState& state) {
    const bool is_dead = state.ticket != 0;
    if (state.is_accepted && !state.is_confirmed && !is_dead && !state.is_dropped) {
      search_.accuse("lost: an accepted event is neither done nor dead", 0, "is there at the end");
    }
  }

  void move(const QueueState& state, std::uint8_t i) {
    switch (state.walkers[i].at) {
      case At::unsent:
        return is_consumer(i) ? take_message(state, i)
                              : follow(state, i, core_.begin(i, state.now_ms), "is sent");
      case At::claim_sent:
        ask(state, i);
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
        is_enqueue(state, i) ? send_message(state, i) : settle(state, i);
        return may_crash(state, i);
      case At::over:
        return;
    }
  }

  [[nodiscard]] bool is_enqueue(const QueueState& state, std::uint8_t i) {
    return core_.step(state.walkers[i].step).kind == EffectKind::enqueue;
  }

  [[nodiscard]] std::optional<QueueState> with_fault(const QueueState& state) const {
    if (state.faults == options_.faults) {
      return std::nullopt;
    }
    QueueState faulty = state;
    ++faulty.faults;
    return faulty;
  }

  static void put_message(QueueState& state) {
    state.messages = std::min<std::uint8_t>(messages_max, state.messages + 1);
  }

  /// An operator gives one order at any time.
  void be_administered(const QueueState& before) {
    const auto faulty = with_fault(before);
    if (!faulty.has_value()) {
      return;
    }
    for (const auto& [order, what] : {std::pair(Order::release, "meets a release by an operator"),
                                      std::pair(Order::redrive, "meets a redrive by an operator"),
                                      std::pair(Order::drop, "meets a drop by an operator")}) {
      QueueState state = *faulty;
      state.has_order = true;
      const Core::Change change = core_.administer(order, state.row, state.now_ms);
      if (change.answer == LedgerAnswer::done) {
        obey(state, order, what);
      }
      keep(state, change);
      if (order == Order::redrive && state.due_ms != 0) {
        put_message(state);
      }
      reach(state, 0, what);
    }
  }

  /// As docs/DUPLICATES.md has it: a redrive is for what is owed or dead, a drop for what is dead.
  void obey(QueueState& state, Order order, const char* what) {
    const bool is_owed = state.ticket != 0;
    if (order == Order::redrive && !is_owed) {
      search_.accuse("redrive: what is not owed was taken up again", 0, what);
    } else if (order == Order::drop && (!is_owed || state.due_ms != 0)) {
      search_.accuse("drop: what is not dead was dropped", 0, what);
    }
    state.is_dropped = order == Order::drop;
    state.is_done = state.is_committed = order == Order::drop;
    const bool ends_lease = state.holder != no_holder;
    state.causes += order == Order::release || (order == Order::redrive && ends_lease) ? 1 : 0;
    state.must_be_marked = order != Order::drop && (!is_owed || ends_lease);
    state.holder = no_holder;
    for (Walker& walker : state.walkers) {
      walker.lease_ends_ms = 0;  // Whoever forwards now does so without a lease.
    }
  }

  /// A consumer that dies leaves its message to others.
  void may_crash(const QueueState& state, std::uint8_t i) {
    if (auto faulty = with_fault(state)) {
      rest(*faulty, i);
      if (is_consumer(i)) {
        put_message(*faulty);
      }
      reach(*faulty, i, "dies");
    }
  }

  void rest(QueueState& state, std::uint8_t i) const {
    state.walkers[i] = {.at = is_consumer(i) ? At::unsent : At::over};
  }

  void resume(const QueueState& state, std::uint8_t i, std::uint32_t outcome, const char* what) {
    follow(state, i, core_.resume(state.walkers[i].step, outcome, state.now_ms), what);
  }

  void follow(QueueState state, std::uint8_t i, const Core::Advance& advance, const char* what) {
    if (advance.answered >= 200 && advance.answered < 300 && !state.is_accepted) {
      search_.accuse("S2: 2xx for an event that is not kept", i, what);
    }
    if (advance.step == 0) {
      rest(state, i);
      reach(state, i, what);
      return;
    }
    Walker& walker = state.walkers[i];
    walker.step = advance.step;
    walker.reply = 0;
    switch (core_.step(advance.step).kind) {
      case EffectKind::retry_later:
        rest(state, i);
        put_message(state);
        break;
      case EffectKind::dead_letter:
        rest(state, i);
        break;
      case EffectKind::accept:
      case EffectKind::claim:
        walker.at = At::claim_sent;
        break;
      case EffectKind::forward:
        walker.at = At::forward_ready;
        break;
      default:
        walker.at = At::settle_sent;
        break;
    }
    reach(state, i, what);
  }

  void take_message(const QueueState& before, std::uint8_t i) {
    if (before.messages == 0) {
      return;
    }
    QueueState state = before;
    --state.messages;
    if (state.ticket == 0) {
      reach(state, i, "finds that nothing is owed");
      return;
    }
    const std::uint8_t owner = free_owner(state);
    state.walkers[i].owner = owner;
    const Core::Advance advance = core_.begin_run(state.ticket, owner, state.now_ms);
    follow(state, i, advance, "begins to drive the event");
  }

  /// The smallest number that no run under way has, nor the one that was granted last. Names of
  /// runs are random in the world; here they come again, so that the search has an end.
  static std::uint8_t free_owner(const QueueState& state) {
    std::uint8_t owner = 1;
    while (owner == state.holder ||
           std::ranges::find(state.walkers, owner, &Walker::owner) != state.walkers.end()) {
      ++owner;
    }
    return owner;
  }

  /// Accept, or take.
  void ask(const QueueState& before, std::uint8_t i) {
    QueueState state = before;
    Walker& walker = state.walkers[i];
    const Core::Change change = core_.ledger(walker.step, state.row, state.now_ms, 0);
    const bool is_held = state.holder != no_holder && state.now_ms < state.lease_ends_ms;
    if (state.is_done && change.answer != LedgerAnswer::duplicate) {
      search_.accuse("S7: a done event is forgotten", i, "asks the store");
    } else if (is_held && change.answer == LedgerAnswer::granted) {
      search_.accuse("S3: a lease is granted while another runs", i, "asks the store");
    }
    if (change.answer == LedgerAnswer::accepted) {
      const auto& acceptance = std::get<Accept>(core_.step(walker.step).effect);
      state.ticket = core_.texts().number_of(acceptance.entries[0].ticket);
      state.is_accepted = true;
    } else if (change.answer == LedgerAnswer::granted) {
      state.causes += state.holder != no_holder ? 1 : 0;  // A lease ran out.
      state.holder = walker.owner;
      state.lease_ends_ms = walker.lease_ends_ms = state.now_ms + core_.lease_ms();
    }
    keep(state, change);
    walker.reply = change.outcome;
    walker.at = At::claim_answered;
    reach(state, i, "asks the store");
    if (const auto faulty = with_fault(before)) {
      resume(*faulty, i, unavailable_, "has its call lost");
    }
  }

  static void keep(QueueState& state, const Core::Change& change) {
    if (change.keep != Keep::unchanged) {
      state.row = change.row;
      state.due_ms = change.due_ms;
      state.ticket = change.due_ms == 0 && change.expires_ms != 0 ? 0 : state.ticket;
    }
  }

  void send_message(const QueueState& before, std::uint8_t i) {
    QueueState state = before;
    put_message(state);
    resume(state, i, sent_, "sends a message");
    if (auto faulty = with_fault(before)) {
      resume(*faulty, i, not_sent_, "cannot send a message");
      put_message(*faulty);
      resume(*faulty, i, not_sent_, "sends a message and hears that it failed");
    }
  }

  void begin_forward(QueueState state, std::uint8_t i) {
    Walker& walker = state.walkers[i];
    walker.at = At::origin;
    ++state.forwards;
    const auto is_fresh = [&](const Walker& other) {
      return other.at == At::origin && state.now_ms < other.lease_ends_ms;
    };
    if (std::ranges::count_if(state.walkers, is_fresh) > 1) {
      search_.accuse("S3: two forwards under leases that run", i, "begins its forward");
    }
    if (state.must_be_marked && is_fresh(walker) && !is_marked(core_.step(walker.step))) {
      search_.accuse("mark: a forward after an operator's order lacks it", i, "begins its forward");
    }
    if (state.is_committed && is_fresh(walker)) {
      search_.accuse("S4: a forward begins after the commit", i, "begins its forward");
    }
    if (state.forwards > 1 + state.causes) {
      search_.accuse("S5: more forwards than causes", i, "begins its forward");
    }
    reach(state, i, "begins its forward");
  }

  void end_forward(const QueueState& before, std::uint8_t i) {
    QueueState state = before;
    state.effects = std::min<std::uint8_t>(2, state.effects + 1);
    state.is_confirmed = true;
    resume(state, i, ok_, "is taken by the origin");
    if (auto faulty = with_fault(before)) {
      QueueState dead = *faulty;
      rest(dead, i);
      put_message(dead);
      reach(dead, i, "dies while the origin is at it");
      ++faulty->causes;
      resume(*faulty, i, error_, "is answered 500 by the origin");
      resume(*faulty, i, reset_, "loses its connection");
    }
  }

  void settle(const QueueState& before, std::uint8_t i) {
    QueueState state = before;
    const Walker& walker = state.walkers[i];
    const bool is_commit = core_.step(walker.step).kind == EffectKind::commit;
    const Core::Change change = core_.ledger(walker.step, state.row, state.now_ms, 0);
    keep(state, change);
    state.is_done = state.is_done || is_commit;
    state.is_committed = state.is_committed || (is_commit && walker.lease_ends_ms != 0);
    state.holder = is_commit || state.holder == walker.owner ? no_holder : state.holder;
    resume(state, i, change.outcome, is_commit ? "commits" : "puts the event back, or gives it up");
    if (const auto faulty = with_fault(before)) {
      resume(*faulty, i, unavailable_, is_commit ? "has its commit lost" : "has its return lost");
    }
  }

  /// Time stands still but for the ends of leases without an owner, for the time at which an event
  /// is due, and, when nobody moves any more, for the store's sweep.
  void pass_time(const QueueState& state, bool is_quiet) {
    const bool is_held = state.holder != no_holder && state.now_ms < state.lease_ends_ms;
    QueueState later = state;
    if (is_held) {
      const bool is_gone =
          std::ranges::find(state.walkers, state.holder, &Walker::owner) == state.walkers.end();
      if (is_gone) {
        later.now_ms = state.lease_ends_ms;
        reach(later, 0, "is there when a lease ends whose owner is gone");
      }
      return;
    }
    if (state.due_ms > state.now_ms) {
      later.now_ms = state.due_ms;
      reach(later, 0, "is there when the event is due");
    } else if (is_quiet && state.due_ms != 0) {
      later.now_ms = std::max(state.now_ms, state.due_ms + overdue_ms + 1);
      put_message(later);
      reach(later, 0, "is there when the store sweeps");
    }
  }

  ExploreOptions options_;
  Core core_;
  std::uint32_t unavailable_ = 0;
  std::uint32_t sent_ = 0;
  std::uint32_t not_sent_ = 0;
  std::uint32_t ok_ = 0;
  std::uint32_t error_ = 0;
  std::uint32_t reset_ = 0;
  Search<QueueState> search_;
};

}  // namespace

ExploreResult explore_queue(const ExploreOptions& options) { return QueueExplorer(options).run(); }

}  // namespace postern::harness::simulate
