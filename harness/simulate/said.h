#pragma once

#include <cstdint>
#include <utility>

#include "postern/contract/numbers.h"

// What the ledger answered, as a log entry has it.

namespace postern::harness::simulate {

[[nodiscard]] constexpr std::uint64_t logged(contract::LedgerAnswer answer) {
  return std::to_underlying(answer);
}

namespace said {

enum Answer : std::uint64_t {
  granted = logged(contract::LedgerAnswer::granted),
  busy = logged(contract::LedgerAnswer::busy),
  duplicate = logged(contract::LedgerAnswer::duplicate),
  done = logged(contract::LedgerAnswer::done),
  ignored = logged(contract::LedgerAnswer::ignored),
  accepted = logged(contract::LedgerAnswer::accepted),
  elsewhere = logged(contract::LedgerAnswer::elsewhere),
  limited = logged(contract::LedgerAnswer::limited),
};

}  // namespace said

}  // namespace postern::harness::simulate
