#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "harness/host/frames.h"

namespace postern::harness {

/// The harness's limiter. Each bucket holds `requests` tokens and begins full; every one that is
/// taken comes back after its share of the period, period / requests, one after the other. So a
/// full bucket lets `requests` through at once, and never more than twice that within one period.
/// Exact: no fraction is rounded.
class TokenBuckets {
 public:
  /// `take` takes a token of `limit`'s bucket at `now_ms`, if there is one.
  [[nodiscard]] Limited take(const Limit& limit, std::uint64_t now_ms);

 private:
  /// When each bucket is full again: the time in milliseconds times `requests`.
  std::map<std::string, std::uint64_t> full_at_;
};

}  // namespace postern::harness
