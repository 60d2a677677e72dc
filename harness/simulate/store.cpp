#include "harness/simulate/store.h"

#include <algorithm>

namespace postern::harness::simulate {
namespace {

// As the Durable Object has them (wasm/hosts/cloudflare/starts.mjs).
constexpr std::uint64_t burst_ms = 10'000;
constexpr std::uint64_t quiet_ms = 20'000;
constexpr std::uint64_t first_start_back_ms = 10 * 60 * 1000;

// `Keep`, as docs/ABI.md numbers it.
constexpr std::uint8_t keep_unchanged = 0;
constexpr std::uint8_t keep_in_memory = 1;

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

LedgerResult Store::apply(Engine& engine, std::uint16_t place, const std::string& operation,
                          std::uint64_t clock_ms) {
  seen_ms_ = now_ms(clock_ms);
  settle(seen_ms_);
  const Slot& in_memory = slot(volatile_, place);
  const Slot& on_disk = slot(durable_, place);
  LedgerResult result = decode_ledger(
      engine.ledger(encode_ledger({.now_ms = seen_ms_,
                                   .started_ms = started_ms_,
                                   .row = in_memory.is_here ? in_memory.row : on_disk.row,
                                   .operation = operation})));
  keep(place, result, seen_ms_);
  return result;
}

void Store::keep(std::uint16_t place, const LedgerResult& result, std::uint64_t now_ms) {
  if (result.keep == keep_unchanged) {
    return;
  }
  if (result.keep == keep_in_memory) {
    count_lease(now_ms);
    if (is_volatile_) {
      slot(volatile_, place) = {.row = result.row, .is_here = true};
      return;
    }
  }
  slot(durable_, place) = {.row = result.row, .is_here = true};
  slot(volatile_, place) = {};
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
      slot(durable_, static_cast<std::uint16_t>(place)) = volatile_[place];
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
