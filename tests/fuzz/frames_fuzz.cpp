#include <cstdint>
#include <string>

#include "fuzz/fuzz_check.h"
#include "fuzz/fuzz_input.h"
#include "fuzz/sample_gate.h"
#include "harness/engine/engine.h"
#include "harness/host/frames.h"

// Frames of any bytes to each of the four calls: no trap, and an answer that is empty or decodes.
// Tickets, rows and operations are a host's to keep, and may come back from a store as anything.

namespace postern::fuzz {
namespace {

std::unique_ptr<harness::Engine> configured_engine() {
  const SampleGate gate;
  auto engine = harness::make_native_engine();
  FUZZ_CHECK(!engine->configure(harness::encode_configure(gate.policy(), gate.settings())).empty(),
             "the sample policy");
  return engine;
}

harness::Engine& engine() {
  static const auto made = configured_engine();
  return *made;
}

void check_step(const std::string& answer) {
  if (!answer.empty()) {
    static_cast<void>(harness::decode_step(answer));
  }
}

/// A row that the rules give is one that they take.
void check_ledger(const std::string& frame) {
  const std::string answer = engine().ledger(frame);
  if (answer.empty()) {
    return;
  }
  const harness::LedgerResult result = harness::decode_ledger(answer);
  constexpr std::size_t row_at = 1 + 8 + 8;  // Version, time, start.
  const std::size_t row_bytes =
      static_cast<unsigned char>(frame[row_at]) |
      static_cast<std::size_t>(static_cast<unsigned char>(frame[row_at + 1])) << 8;
  const std::string operation = frame.substr(row_at + 2 + row_bytes + 2);
  const std::string again = engine().ledger(harness::encode_ledger(
      {.now_ms = 0, .started_ms = 0, .row = result.row, .operation = operation}));
  FUZZ_CHECK(!again.empty(), "a row that the ledger gave is malformed");
}

void check_configure(const std::string& frame) {
  static const auto other = harness::make_native_engine();
  const std::string answer = other->configure(frame);
  if (!answer.empty()) {
    static_cast<void>(harness::decode_configured(answer));
  }
}

void run(Input input) {
  const std::uint8_t call = input.u8();
  const std::string frame(input.rest());
  switch (call % 4) {
    case 0:
      check_step(engine().begin(frame));
      break;
    case 1:
      check_step(engine().resume(frame));
      break;
    case 2:
      check_ledger(frame);
      break;
    default:
      check_configure(frame);
  }
}

}  // namespace
}  // namespace postern::fuzz

extern "C" int LLVMFuzzerInitialize(int*, char***) {
  static_cast<void>(postern::fuzz::engine());
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  postern::fuzz::run({data, size});
  return 0;
}
