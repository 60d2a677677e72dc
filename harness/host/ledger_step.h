#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "harness/host/frames.h"

// What one call of a ledger makes of rows, before any of it is kept. A store keeps all of it, or
// nothing where the module fails halfway. As `hosts/store/ledger.mjs`.

namespace postern::harness {

/// What is asked of one row; the ticket is of an acceptance. `Place` is how a store names its rows.
template <typename Place>
struct LedgerQuestion {
  Place place;
  std::string operation;
  std::string ticket = {};
};

/// Where the event stands elsewhere its copy's row is asked as well, in the same step.
template <typename Place>
struct LedgerEntry {
  LedgerQuestion<Place> question;
  std::optional<LedgerQuestion<Place>> copy = std::nullopt;
};

/// What became of one row.
template <typename Place>
struct LedgerAnswered {
  LedgerQuestion<Place> question;
  std::size_t entry;  // Its place in the call.
  LedgerResult result;

  [[nodiscard]] bool is_owed_now() const { return result.answer == LedgerAnswer::accepted; }
};

template <typename Place>
using LedgerStep = std::vector<LedgerAnswered<Place>>;  // In the order in which rows were asked.

/// `judge(question)` is what the module makes of one row. No call asks for one row twice.
template <typename Place, typename Judge>
[[nodiscard]] LedgerStep<Place> judge_operation(LedgerEntry<Place> entry, const Judge& judge) {
  LedgerStep<Place> step;
  LedgerResult result = judge(entry.question);
  step.push_back({std::move(entry.question), 0, std::move(result)});
  if (step.back().result.answer == LedgerAnswer::elsewhere && entry.copy.has_value()) {
    result = judge(*entry.copy);
    step.push_back({std::move(*entry.copy), 0, std::move(result)});
  }
  return step;
}

/// Takes a delivery in for all entries if the first one is accepted, else for none.
template <typename Place, typename Judge>
[[nodiscard]] LedgerStep<Place> judge_acceptance(const std::vector<LedgerEntry<Place>>& entries,
                                                 const Judge& judge) {
  LedgerStep<Place> step;
  bool is_copy = false;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const auto& [question, copy] = entries[i];
    LedgerResult result = judge(question);
    const bool stands_elsewhere = result.answer == LedgerAnswer::elsewhere;
    // What is a copy for the first of its rows is one for the others, whatever they know.
    const bool would_be_first = is_copy && result.answer == LedgerAnswer::accepted;
    const bool goes_on = copy.has_value() && (stands_elsewhere || would_be_first);
    if (stands_elsewhere || !goes_on) {
      step.push_back({question, i, std::move(result)});
    }
    if (goes_on) {
      step.push_back({*copy, i, judge(*copy)});
      is_copy = is_copy || i == 0;
    }
    if (i == 0 && !step.back().is_owed_now()) {
      break;
    }
  }
  return step;
}

/// What the caller is told: what became of the first entry.
template <typename Place>
[[nodiscard]] LedgerResult told_of(const LedgerStep<Place>& step) {
  const bool is_copy_asked = step.size() > 1 && step[1].entry == 0;
  return step[is_copy_asked ? 1 : 0].result;
}

/// Throws `MalformedAnswer` where a step wants an event owed whose delivery nobody has kept;
/// `has_delivery(place)` says whether somebody has.
template <typename Place, typename HasDelivery>
void expect_deliveries(const LedgerStep<Place>& step, const HasDelivery& has_delivery) {
  for (const auto& one : step) {
    const bool is_kept_now = one.is_owed_now() && !one.question.ticket.empty();
    if (one.result.due_ms != 0 && !is_kept_now && !has_delivery(one.question.place)) {
      malformed_answer("an event is owed without its delivery");
    }
  }
}

}  // namespace postern::harness
