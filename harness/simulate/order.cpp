#include "harness/simulate/order.h"

#include <array>

#include "postern/base/bytes.h"
#include "postern/ledger/ledger.h"

namespace postern::harness::simulate {
namespace {

ledger::Verb verb_for(Order order) {
  return order == Order::drop      ? ledger::Verb::drop
         : order == Order::redrive ? ledger::Verb::redrive
                                   : ledger::Verb::reopen;
}

}  // namespace

std::string operation_of(Order order, std::uint64_t retain_ms) {
  std::array<std::byte, ledger::operation_bytes_max> room;
  return std::string(
      text_of(ledger::encode_operation({.verb = verb_for(order), .retain_ms = retain_ms}, room)));
}

}  // namespace postern::harness::simulate
