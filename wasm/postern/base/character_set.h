#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace postern {

/// A set of ASCII characters that is data of a policy; `Characters` names those that are ours.
/// Bytes beyond ASCII are in none.
class CharacterSet {
 public:
  constexpr void add(char c) {
    const auto byte = static_cast<unsigned char>(c);
    bits_[byte / 64 % 2] |= std::uint64_t{byte < 128} << byte % 64;
  }
  [[nodiscard]] constexpr bool has(char c) const {
    const auto byte = static_cast<unsigned char>(c);
    return byte < 128 && (bits_[byte / 64] >> byte % 64 & 1) != 0;
  }
  [[nodiscard]] constexpr bool has_all(std::string_view text) const {
    for (const char c : text) {
      if (!has(c)) {
        return false;
      }
    }
    return true;
  }
  [[nodiscard]] constexpr bool is_empty() const { return bits_[0] == 0 && bits_[1] == 0; }

  friend bool operator==(const CharacterSet&, const CharacterSet&) = default;

 private:
  std::array<std::uint64_t, 2> bits_{};
};

}  // namespace postern
