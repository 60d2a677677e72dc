#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "broken_engine.h"
#include "harness/simulate/campaign.h"

// How the tests find out whether a mistake is noticed.

namespace postern::harness::simulate::testing_support {

/// Far more seeds than any of the mistakes needs.
inline constexpr std::uint64_t seeds_max = 20'000;

inline MakeEngine broken(const Mistake& mistake) {
  return [mistake] { return std::make_unique<BrokenEngine>(mistake); };
}

/// Whether some schedule of a gate with that mistake is reported to break `promise`.
inline bool is_caught(const Mistake& mistake, std::string_view promise) {
  GateModel gate(broken(mistake));
  for (std::uint64_t seed = 1; seed <= seeds_max; ++seed) {
    const Finding finding = run_schedule(gate, make_scenario(seed));
    for (const Violation& violation : finding.violations) {
      if (violation.promise == promise) {
        return true;
      }
    }
  }
  return false;
}

}  // namespace postern::harness::simulate::testing_support
