#pragma once

#include <expected>

// One name for "a value or the reason why not", so that a toolchain without <expected> needs a
// change in this file only.

namespace postern {

template <class Value, class Reason>
using Result = std::expected<Value, Reason>;

template <class Reason>
[[nodiscard]] constexpr std::unexpected<Reason> refuse(Reason reason) {
  return std::unexpected<Reason>(reason);
}

}  // namespace postern
