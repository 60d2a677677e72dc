#include "harness/host/token_buckets.h"

#include <algorithm>

namespace postern::harness {

Limited TokenBuckets::take(const Limit& limit, std::uint64_t now_ms) {
  // In units of a millisecond divided by `requests`, so that the share of one token is whole.
  const std::uint64_t token = std::uint64_t{limit.period_seconds} * 1000;
  const std::uint64_t now = now_ms * limit.requests;
  std::uint64_t& full_at = full_at_[limit.bucket];
  const std::uint64_t missing = std::max(full_at, now) - now;
  if (missing + token > token * limit.requests) {
    return Limited::denied;
  }
  full_at = now + missing + token;
  return Limited::allowed;
}

}  // namespace postern::harness
