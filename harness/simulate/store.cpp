#include "harness/simulate/store.h"

#include <algorithm>
#include <utility>

namespace postern::harness::simulate {
namespace {

// As the Durable Object has them (hosts/store/sqlite/starts.mjs, times.mjs).
constexpr std::uint64_t burst_ms = 10'000;
constexpr std::uint64_t quiet_ms = 20'000;
constexpr std::uint64_t first_start_back_ms = 10 * 60 * 1000;

/// Expired rows go with their table, some time in the next day.
constexpr std::uint64_t table_ms = std::uint64_t{24} * 60 * 60 * 1000;
constexpr std::uint64_t resend_ms = 15 * 60 * 1000;

}  // namespace

Store::Store(std::uint16_t quiet_leases_max, std::uint64_t now_ms)
    : quiet_leases_max_(quiet_leases_max), started_ms_(now_ms - first_start_back_ms) {}

Store::Slot& Store::slot(std::vector<Slot>& slots, std::uint16_t place) {
  if (slots.size() <= place) {
    slots.resize(place + std::size_t{1});
  }
  return slots[place];
}

std::uint64_t Store::now_ms(std::uint64_t clock_ms) const {
  return std::max({clock_ms, seen_ms_, floor_ms_, started_ms_});
}

/// The store's time goes on, and a burst that is over is written.
void Store::advance(std::uint64_t clock_ms) {
  seen_ms_ = now_ms(clock_ms);
  settle(seen_ms_);
}

LedgerResult Store::ask(Engine& engine, const Question& question) {
  const Slot& in_memory = slot(volatile_, question.place);
  Slot& on_disk = slot(durable_, question.place);
  if (on_disk.expires_ms != 0 && seen_ms_ >= on_disk.expires_ms + table_ms) {
    on_disk = {};
  }
  return decode_ledger(
      engine.ledger(encode_ledger({.now_ms = seen_ms_,
                                   .started_ms = started_ms_,
                                   .row = in_memory.is_here ? in_memory.row : on_disk.row,
                                   .operation = question.operation})));
}

Store::Step Store::apply(Engine& engine, const Entry& entry, std::uint64_t clock_ms) {
  advance(clock_ms);
  Step step = judge_operation(entry, [&](const Question& one) { return ask(engine, one); });
  keep_all(step, 0);
  return step;
}

std::string Store::row(std::uint16_t place) const {
  for (const std::vector<Slot>* slots : {&volatile_, &durable_}) {
    if (place < slots->size() && (*slots)[place].is_here) {
      return (*slots)[place].row;
    }
  }
  return {};
}

Store::Step Store::accept(Engine& engine, const std::vector<Entry>& entries, std::uint16_t delivery,
                          std::uint64_t clock_ms) {
  advance(clock_ms);
  Step step = judge_acceptance(entries, [&](const Question& one) { return ask(engine, one); });
  keep_all(step, delivery);
  return step;
}

/// `delivery` is that of an acceptance.
void Store::keep_all(const Step& step, std::uint16_t delivery) {
  expect_deliveries(step, [&](std::uint16_t place) { return find_parcel(place) != nullptr; });
  for (const auto& [question, entry, result] : step) {
    if (result.answer == LedgerAnswer::accepted) {
      outbox_.resize(std::max(outbox_.size(), question.place + std::size_t{1}));
      outbox_[question.place] = {.ticket = question.ticket,
                                 .delivery = delivery,
                                 .drive_ms = result.due_ms,
                                 .is_here = true};
    }
    keep(question.place, result, seen_ms_);
  }
}

void Store::keep(std::uint16_t place, const LedgerResult& result, std::uint64_t now_ms) {
  if (result.keep == Keep::unchanged) {
    return;
  }
  Slot written{
      .row = result.row, .due_ms = result.due_ms, .expires_ms = result.expires_ms, .is_here = true};
  if (result.keep == Keep::in_memory) {
    count_lease(now_ms);
    if (is_volatile_) {
      slot(volatile_, place) = std::move(written);
      return;
    }
  }
  write(place, std::move(written));
  slot(volatile_, place) = {};
}

/// What was given up has no expiry: it stays until somebody takes it up again.
void Store::write(std::uint16_t place, Slot written) {
  if (find_parcel(place) != nullptr) {
    outbox_[place].drive_ms = written.due_ms;
    outbox_[place].is_here = written.due_ms != 0 || written.expires_ms == 0;
  }
  slot(durable_, place) = std::move(written);
}

const Store::Parcel* Store::find_parcel(std::uint16_t place) const {
  return place < outbox_.size() && outbox_[place].is_here ? &outbox_[place] : nullptr;
}

std::uint64_t Store::next_drive_ms() const {
  std::uint64_t next = 0;
  for (const Parcel& parcel : outbox_) {
    if (parcel.is_here && parcel.drive_ms != 0 && (next == 0 || parcel.drive_ms < next)) {
      next = parcel.drive_ms;
    }
  }
  return next;
}

std::vector<std::uint16_t> Store::sweep(std::uint64_t clock_ms) {
  seen_ms_ = now_ms(clock_ms);
  std::vector<std::uint16_t> overdue;
  for (std::size_t place = 0; place < outbox_.size(); ++place) {
    Parcel& parcel = outbox_[place];
    if (parcel.is_here && parcel.drive_ms != 0 && parcel.drive_ms + overdue_ms < seen_ms_) {
      parcel.drive_ms = seen_ms_ + resend_ms;
      overdue.push_back(static_cast<std::uint16_t>(place));
    }
  }
  return overdue;
}

void Store::count_lease(std::uint64_t now_ms) {
  recent_leases_.push_back(now_ms);
  if (recent_leases_.size() > quiet_leases_max_ + 1) {
    recent_leases_.pop_front();
  }
  const bool is_burst =
      recent_leases_.size() > quiet_leases_max_ && now_ms - recent_leases_.front() < burst_ms;
  if (is_burst && !is_volatile_) {
    is_volatile_ = true;
    floor_ms_ = std::max(floor_ms_, now_ms);
  }
}

void Store::settle(std::uint64_t now_ms) {
  if (!is_volatile_ || now_ms - recent_leases_.back() < quiet_ms) {
    return;
  }
  for (std::size_t place = 0; place < volatile_.size(); ++place) {
    if (volatile_[place].is_here) {
      write(static_cast<std::uint16_t>(place), volatile_[place]);
      volatile_[place] = {};
    }
  }
  is_volatile_ = false;
  floor_ms_ = std::max(floor_ms_, now_ms);
}

Store::Restart Store::restart(std::uint64_t clock_ms) {
  const Restart what = is_volatile_ ? Restart::lost_leases : Restart::kept_leases;
  if (is_volatile_) {
    started_ms_ = std::max({clock_ms, floor_ms_, started_ms_ + 1});
    floor_ms_ = std::max(floor_ms_, clock_ms);
  }
  is_volatile_ = false;
  volatile_.clear();
  recent_leases_.clear();
  seen_ms_ = 0;
  return what;
}

}  // namespace postern::harness::simulate
