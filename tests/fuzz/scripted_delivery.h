#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "fuzz/fuzz_input.h"
#include "fuzz/sample_gate.h"
#include "harness/host/frames.h"
#include "harness/host/script.h"

namespace postern::fuzz {

/// A delivery and the world that it comes into, as an input of `fuzz_begin` describes them.
struct ScriptedDelivery {
  std::size_t endpoint = 0;
  harness::Delivery delivery;
  std::uint64_t at_ms = 0;
  /// At least one; they come together.
  std::size_t copies = 1;
  /// Whether it comes once more when all is settled.
  std::size_t repeats = 0;
  harness::Script script;
};

/// `read_scripted` reads an input. The delivery is signed by the harness's signer, with a secret of
/// the endpoint, where the input says so, and changed after that where it says so.
[[nodiscard]] ScriptedDelivery read_scripted(Input input, const SampleGate& gate);

/// Whether a seed brings its sample's own signature, or is signed anew when it is read.
enum class SeedSignature : std::uint8_t { of_the_sample, anew };

/// `input_of` is the input that gives the sample in a world where all goes well. `padding` is how
/// many times 512 spaces follow its body.
[[nodiscard]] std::string input_of(std::size_t endpoint, const Sample& sample,
                                   SeedSignature signature, std::uint8_t padding);

}  // namespace postern::fuzz
