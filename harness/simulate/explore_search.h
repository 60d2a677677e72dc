#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <deque>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

#include "harness/simulate/explore.h"
#include "harness/simulate/explore_state.h"

namespace postern::harness::simulate {

/// A search, breadth first, through states of the type `State`, which has a `fingerprint_of`.
template <class State>
class Search {
 public:
  /// `run` calls `visit` for each state once, which calls `reach` for what comes next.
  template <class Visit>
  void run(const State& first, Visit visit) {
    const auto started = std::chrono::steady_clock::now();
    reach(first, 0, "");
    while (!frontier_.empty() && result_.violation.empty()) {
      const auto [state, number] = std::move(frontier_.front());
      frontier_.pop_front();
      from_ = number;
      visit(state);
    }
    result_.states = steps_.size();
    result_.seconds =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
  }

  /// `reach` says whether nobody was there before. `who` did `what`, a text that lives for ever.
  bool reach(const State& state, std::uint8_t who, const char* what) {
    ++result_.transitions;
    if (!seen_.insert(fingerprint_of(state)).second) {
      return false;
    }
    steps_.push_back({.from = from_, .who = who, .what = what});
    frontier_.emplace_back(state, static_cast<std::uint32_t>(steps_.size() - 1));
    return true;
  }

  /// `accuse` ends the search. The first accusation counts.
  void accuse(std::string_view promise, std::uint8_t who, const char* what) {
    if (!result_.violation.empty()) {
      return;
    }
    result_.violation = promise;
    result_.way = {fmt::format("{}: {}", who + 1, what)};
    for (std::uint32_t at = from_; at != 0; at = steps_[at].from) {
      result_.way.push_back(fmt::format("{}: {}", steps_[at].who + 1, steps_[at].what));
    }
    std::ranges::reverse(result_.way);
  }

  [[nodiscard]] ExploreResult& result() { return result_; }

 private:
  /// How a state was reached.
  struct Step {
    std::uint32_t from = 0;
    std::uint8_t who = 0;
    const char* what = "";
  };
  struct HashOf {
    std::size_t operator()(const Fingerprint& print) const { return print.first; }
  };

  std::unordered_set<Fingerprint, HashOf> seen_;
  std::vector<Step> steps_;
  std::deque<std::pair<State, std::uint32_t>> frontier_;
  std::uint32_t from_ = 0;
  ExploreResult result_;
};

}  // namespace postern::harness::simulate
