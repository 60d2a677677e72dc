#pragma once

#include <bit>
#include <cstddef>
#include <cstring>

namespace postern::crypto {

template <class Word>
[[nodiscard]] constexpr Word big_endian(Word word) {
  if constexpr (std::endian::native == std::endian::big) {
    return word;
  }
  return std::byteswap(word);
}

template <class Word>
[[nodiscard]] inline Word load_big_endian(const std::byte* from) {
  Word word = 0;
  std::memcpy(&word, from, sizeof(Word));
  return big_endian(word);
}

template <class Word>
inline void store_big_endian(std::byte* to, Word word) {
  word = big_endian(word);
  std::memcpy(to, &word, sizeof(Word));
}

}  // namespace postern::crypto
