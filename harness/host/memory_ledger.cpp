#include "harness/host/memory_ledger.h"

#include <algorithm>
#include <utility>

#include "postern/base/bytes.h"
#include "postern/ledger/ledger.h"

namespace postern::harness {
namespace {

/// The one fact that a store wants of a row beyond what a ledger call tells it.
bool is_dead(std::string_view row) {
  const auto decoded = ledger::decode_row(bytes_of(row));
  return decoded.has_value() && decoded->state == ledger::State::dead;
}

std::uint64_t sweep_ms_of(const MemoryLedger::Parcel& parcel) {
  return parcel.drive_ms + overdue_ms + 1;
}

LedgerQuestion<LedgerPlace> question_of(const std::string& shard, const RowEntry& entry) {
  return {{shard, entry.key}, entry.operation, entry.ticket};
}

LedgerEntry<LedgerPlace> entry_of(LedgerQuestion<LedgerPlace> question,
                                  const std::optional<RowEntry>& copy) {
  LedgerEntry<LedgerPlace> entry{.question = std::move(question)};
  if (copy.has_value()) {
    entry.copy = question_of(entry.question.place.shard, *copy);
  }
  return entry;
}

}  // namespace

LedgerResult MemoryLedger::judge(Engine& engine, const LedgerQuestion<LedgerPlace>& question) {
  const auto found = rows_.find(question.place);
  return decode_ledger(
      engine.ledger(encode_ledger({.now_ms = now_ms_,
                                   .started_ms = 0,
                                   .row = found == rows_.end() ? std::string_view() : found->second,
                                   .operation = question.operation})));
}

LedgerResult MemoryLedger::apply(Engine& engine, const LedgerOperation& operation,
                                 std::uint64_t now_ms) {
  now_ms_ = std::max(now_ms_, now_ms);
  const LedgerStep<LedgerPlace> step = judge_operation(
      entry_of({{operation.shard, operation.key}, operation.operation}, operation.copy),
      [&](const auto& question) { return judge(engine, question); });
  keep(step, {});
  return told_of(step);
}

LedgerResult MemoryLedger::accept(Engine& engine, const Accept& accept, const std::string& body,
                                  std::uint64_t now_ms) {
  now_ms_ = std::max(now_ms_, now_ms);
  std::vector<LedgerEntry<LedgerPlace>> entries;
  for (const AcceptEntry& entry : accept.entries) {
    entries.push_back(entry_of(question_of(accept.shard, row_of(entry)), entry.copy));
  }
  const LedgerStep<LedgerPlace> step =
      judge_acceptance(entries, [&](const auto& question) { return judge(engine, question); });
  keep(step, body);
  return told_of(step);
}

void MemoryLedger::keep(const LedgerStep<LedgerPlace>& step, const std::string& body) {
  expect_deliveries(step, [&](const LedgerPlace& place) { return find_parcel(place) != nullptr; });
  std::shared_ptr<const std::string> shared_body;
  for (const auto& [question, entry, result] : step) {
    if (result.keep == Keep::unchanged) {
      continue;
    }
    rows_[question.place] = result.row;
    if (result.answer == LedgerAnswer::accepted) {
      shared_body = shared_body ? shared_body : std::make_shared<const std::string>(body);
      outbox_[question.place] = {question.ticket, shared_body, result.due_ms};
      ++accepted_;
    } else {
      follow(question.place, result);
    }
  }
}

/// What becomes of a parcel when its row has changed.
void MemoryLedger::follow(const LedgerPlace& place, const LedgerResult& result) {
  const auto parcel = outbox_.find(place);
  if (parcel == outbox_.end()) {
    return;
  }
  if (result.due_ms != 0 || is_dead(result.row)) {
    parcel->second.drive_ms = result.due_ms;
  } else {
    outbox_.erase(parcel);
  }
}

std::string MemoryLedger::row(const LedgerPlace& place) const {
  const auto found = rows_.find(place);
  return found == rows_.end() ? std::string() : found->second;
}

const MemoryLedger::Parcel* MemoryLedger::find_parcel(const LedgerPlace& place) const {
  const auto found = outbox_.find(place);
  return found == outbox_.end() ? nullptr : &found->second;
}

std::optional<std::uint64_t> MemoryLedger::next_sweep_ms() const {
  std::optional<std::uint64_t> next;
  for (const auto& [place, parcel] : outbox_) {
    if (parcel.drive_ms != 0) {
      next = std::min(next.value_or(sweep_ms_of(parcel)), sweep_ms_of(parcel));
    }
  }
  return next;
}

std::vector<LedgerPlace> MemoryLedger::sweep(std::uint64_t now_ms) {
  now_ms_ = std::max(now_ms_, now_ms);
  std::vector<LedgerPlace> overdue;
  for (auto& [place, parcel] : outbox_) {
    if (parcel.drive_ms != 0 && sweep_ms_of(parcel) <= now_ms_) {
      parcel.drive_ms = now_ms_ + resend_ms;
      overdue.push_back(place);
    }
  }
  return overdue;
}

MemoryLedger::Counts MemoryLedger::counts() const {
  const auto dead = static_cast<std::size_t>(
      std::ranges::count_if(outbox_, [](const auto& one) { return one.second.drive_ms == 0; }));
  return {.owed = outbox_.size() - dead, .dead = dead, .accepted = accepted_};
}

}  // namespace postern::harness
