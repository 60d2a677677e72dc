#include "harness/host/memory_ledger.h"

#include <algorithm>

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

}  // namespace

LedgerResult MemoryLedger::judge(Engine& engine, const LedgerPlace& place,
                                 const std::string& operation, std::uint64_t now_ms) {
  now_ms_ = std::max(now_ms_, now_ms);
  const auto found = rows_.find(place);
  const std::string row = found == rows_.end() ? std::string() : found->second;
  return decode_ledger(engine.ledger(
      encode_ledger({.now_ms = now_ms_, .started_ms = 0, .row = row, .operation = operation})));
}

void MemoryLedger::keep(const LedgerPlace& place, const LedgerResult& result) {
  if (result.keep != Keep::unchanged) {
    rows_[place] = result.row;
  }
}

LedgerResult MemoryLedger::ask(Engine& engine, const LedgerPlace& place,
                               const std::string& operation, std::uint64_t now_ms) {
  LedgerResult result = judge(engine, place, operation, now_ms);
  keep(place, result);
  return result;
}

LedgerResult MemoryLedger::apply(Engine& engine, const LedgerOperation& operation,
                                 std::uint64_t now_ms) {
  const LedgerPlace place{operation.shard, operation.key};
  LedgerResult result = ask(engine, place, operation.operation, now_ms);
  follow(place, result);
  if (result.answer == LedgerAnswer::elsewhere && operation.copy.has_value()) {
    const LedgerPlace copy{operation.shard, operation.copy->key};
    result = ask(engine, copy, operation.copy->operation, now_ms);
    follow(copy, result);
  }
  return result;
}

/// What becomes of a parcel when its row has changed.
void MemoryLedger::follow(const LedgerPlace& place, const LedgerResult& result) {
  const auto parcel = outbox_.find(place);
  if (result.keep == Keep::unchanged || parcel == outbox_.end()) {
    return;
  }
  if (result.due_ms != 0 || is_dead(result.row)) {
    parcel->second.drive_ms = result.due_ms;
  } else {
    outbox_.erase(parcel);
  }
}

LedgerResult MemoryLedger::accept(Engine& engine, const Accept& accept, const std::string& body,
                                  std::uint64_t now_ms) {
  const auto shared_body = std::make_shared<const std::string>(body);
  std::optional<LedgerResult> first;
  bool is_copy = false;
  const auto take_in = [&](const RowEntry& question, const LedgerResult& result) {
    const LedgerPlace place{accept.shard, question.key};
    keep(place, result);
    if (result.answer == LedgerAnswer::accepted) {
      outbox_[place] = {question.ticket, shared_body, result.due_ms};
      ++accepted_;
    } else {
      follow(place, result);
    }
  };
  for (const AcceptEntry& entry : accept.entries) {
    LedgerResult result = judge(engine, {accept.shard, entry.key}, entry.operation, now_ms);
    const bool stands_elsewhere = result.answer == LedgerAnswer::elsewhere;
    // What is a copy for the first of its rows is one for the others, whatever they know.
    const bool would_be_first = is_copy && result.answer == LedgerAnswer::accepted;
    if (!would_be_first || !entry.copy.has_value()) {
      take_in(row_of(entry), result);
    }
    if ((stands_elsewhere || would_be_first) && entry.copy.has_value()) {
      result = judge(engine, {accept.shard, entry.copy->key}, entry.copy->operation, now_ms);
      take_in(*entry.copy, result);
    }
    if (!first.has_value()) {
      is_copy = stands_elsewhere;
      first = std::move(result);
      if (first->answer != LedgerAnswer::accepted) {
        break;
      }
    }
  }
  return first.value();
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
  std::vector<LedgerPlace> overdue;
  for (auto& [place, parcel] : outbox_) {
    if (parcel.drive_ms != 0 && sweep_ms_of(parcel) <= now_ms) {
      parcel.drive_ms = now_ms + resend_ms;
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
