#include "fuzz/fuzz_check.h"

#include <cstdio>
#include <cstdlib>
#include <string>

namespace postern::fuzz {

void fail(std::string_view rule, std::string_view detail) {
  const std::string line =
      "finding: does not hold: " + std::string(rule) + "\n  " + std::string(detail) + "\n";
  std::fputs(line.c_str(), stderr);
  std::abort();
}

}  // namespace postern::fuzz
