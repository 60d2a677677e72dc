#pragma once

#include <string_view>

namespace postern::fuzz {

/// `fail` says which rule does not hold and ends the program: libFuzzer keeps the input.
[[noreturn]] void fail(std::string_view rule, std::string_view detail);

}  // namespace postern::fuzz

/// `FUZZ_CHECK` ends the run as a finding unless `condition` holds. `detail` is made only then.
#define FUZZ_CHECK(condition, detail)              \
  do {                                             \
    if (!(condition)) [[unlikely]] {               \
      ::postern::fuzz::fail(#condition, (detail)); \
    }                                              \
  } while (false)
