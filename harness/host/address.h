#pragma once

#include <string>
#include <string_view>

namespace postern::harness {

/// The address that a sender was given, in two parts: a scheme that signs it signs both, and a
/// delivery has the second as its query, or the beginning of it. Empty where it was given none.
struct Address {
  std::string url;
  std::string query;  // Without its `?`.
};

[[nodiscard]] Address split_address(std::string_view text);

}  // namespace postern::harness
