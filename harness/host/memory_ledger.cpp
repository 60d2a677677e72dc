#include "harness/host/memory_ledger.h"

#include <algorithm>

namespace postern::harness {
namespace {

constexpr std::uint8_t keep_unchanged = 0;

}  // namespace

LedgerResult MemoryLedger::apply(Engine& engine, const LedgerOperation& operation,
                                 std::uint64_t now_ms) {
  now_ms_ = std::max(now_ms_, now_ms);
  const std::string place = operation.shard + '\0' + operation.key;
  const auto found = rows_.find(place);
  const std::string row = found == rows_.end() ? std::string() : found->second;
  LedgerResult result = decode_ledger(engine.ledger(encode_ledger(
      {.now_ms = now_ms_, .started_ms = 0, .row = row, .operation = operation.operation})));
  if (result.keep != keep_unchanged) {
    rows_[place] = result.row;
  }
  return result;
}

}  // namespace postern::harness
