#pragma once

#include <cstdint>

#include "postern/base/bytes.h"
#include "postern/gate/call.h"

// First state: a delivery has come in, and nobody has looked at what it says.
//
//   asks: limit, where the source limits by address   next: verifying

namespace postern::gate {

enum class BodySize : std::uint8_t { within_limit = 0, over_limit = 1 };

/// Its address is being counted.
struct Arrived {
  static constexpr StateNumber number = StateNumber::arrived;
  [[nodiscard]] StepBytes resume(Call& call, Report& report) const;
};

/// `arrive` takes in the delivery of `call`: its source by path and method, https, sizes, encoding,
/// headers, the address. May end with 404 405 403 413 431 415 400 429 503.
[[nodiscard]] StepBytes arrive(Call& call, BodySize body_size);

}  // namespace postern::gate
