#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

// Shared conventions of the whole core: `Bytes` and `std::string_view` borrow. Nothing that the
// core makes outlives the call that received the bytes, unless its comment says so.

namespace postern {

/// Bytes as they arrived. Borrows.
using Bytes = std::span<const std::byte>;

/// Bytes that the callee fills. Borrows.
using MutableBytes = std::span<std::byte>;

// These two take what they view by reference: a function whose argument is copied as a whole gets
// it through memory, and in registers otherwise. It is 0.4 KB of the module.

/// `bytes_of` views the same memory as bytes; no copy, no decoding.
[[nodiscard]] inline Bytes bytes_of(const std::string_view& text) {
  return {reinterpret_cast<const std::byte*>(text.data()), text.size()};
}

/// `text_of` views the same memory as text; the bytes need not be UTF-8.
[[nodiscard]] inline std::string_view text_of(const Bytes& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace postern
