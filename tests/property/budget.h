#pragma once

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <string_view>

// What the environment may say of a search: how much of it, and from which seed. CONTRIBUTING.md
// lists the names.

namespace postern::property {

/// `seed_from` is the whole number under `name` in the environment, or `otherwise`. Throws for a
/// text that is none: a search that ran over nothing would prove nothing.
[[nodiscard]] inline std::uint64_t seed_from(const char* name, std::uint64_t otherwise) {
  const char* set = std::getenv(name);
  if (set == nullptr) {
    return otherwise;
  }
  const std::string_view text = set;
  std::uint64_t number = 0;
  const auto [stop, fault] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (fault != std::errc() || stop != text.data() + text.size()) {
    throw std::invalid_argument(std::string(name) + " is no whole number");
  }
  return number;
}

/// `count_from` is the same for how many there are to be: at least one.
[[nodiscard]] inline std::size_t count_from(const char* name, std::size_t otherwise) {
  const std::uint64_t count = seed_from(name, otherwise);
  if (count == 0) {
    throw std::invalid_argument(std::string(name) + " is 0: nothing would be searched");
  }
  return static_cast<std::size_t>(count);
}

}  // namespace postern::property
