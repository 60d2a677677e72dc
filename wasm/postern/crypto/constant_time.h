#pragma once

#include "postern/base/bytes.h"

namespace postern::crypto {

/// `equal_constant_time` compares a claimed signature with the computed one. Its time depends on
/// the lengths only, which are public: an early exit would let a sender guess a MAC byte by byte. A
/// shorter claim is never equal, so a truncated MAC does not pass for a whole one.
[[nodiscard]] inline bool equal_constant_time(Bytes left, Bytes right) {
  if (left.size() != right.size()) {
    return false;
  }
  unsigned difference = 0;
  for (std::size_t i = 0; i < left.size(); ++i) {
    difference |= std::to_integer<unsigned>(left[i] ^ right[i]);
    // Hides the value from the optimizer, which might leave the loop once every bit is set.
    asm volatile("" : "+r"(difference));
  }
  return difference == 0;
}

}  // namespace postern::crypto
