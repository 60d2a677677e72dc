#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <type_traits>

#include "base/bytes.h"

// What SHA-1 and SHA-2 have in common: cutting the input into blocks, the padding behind it, and
// words in big-endian order. A hash adds its compression function, and instantiates `update` and
// `finish` in functions of its own that are never inlined: the pair is 0.6 KB of module.

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

/// `store_big_endian` fills `to` with as many of the state's words as fit in it, a whole number.
template <class Word, std::size_t word_count>
void store_big_endian(const std::array<Word, word_count>& words, MutableBytes to) {
  for (std::size_t i = 0; i < to.size() / sizeof(Word); ++i) {
    const Word word = big_endian(words[i]);
    std::memcpy(to.data() + i * sizeof(Word), &word, sizeof(Word));
  }
}

/// Keeps what does not fill a block yet, and counts. `compress` is called with one or more whole
/// blocks; as many as there are at once, so that it may keep its state in registers between them.
template <std::size_t block_bytes>
class BlockBuffer {
 public:
  template <class Compress>
  void update(Bytes input, Compress compress) {
    if (input.empty()) {
      return;
    }
    const std::size_t filled = pending_bytes();
    total_bytes_ += input.size();
    if (filled > 0) {
      const std::size_t taken = std::min(block_bytes - filled, input.size());
      std::memcpy(pending_.data() + filled, input.data(), taken);
      if (filled + taken < block_bytes) {
        return;
      }
      compress(Bytes(pending_));
      input = input.subspan(taken);
    }
    const std::size_t whole = input.size() - input.size() % block_bytes;
    if (whole > 0) {
      compress(input.first(whole));
    }
    if (input.size() > whole) {
      std::memcpy(pending_.data(), input.data() + whole, input.size() - whole);
    }
  }

  /// `finish` compresses the last one or two blocks: a one bit, zeros, the length in bits.
  template <class Compress>
  void finish(Compress compress) {
    // The length is written in two words of this hash: 64 bits for SHA-256, 128 for SHA-512.
    constexpr std::size_t length_bytes = block_bytes / 8;
    std::size_t filled = pending_bytes();
    pending_[filled++] = std::byte{0x80};
    if (filled > block_bytes - length_bytes) {
      std::memset(pending_.data() + filled, 0, block_bytes - filled);
      compress(Bytes(pending_));
      filled = 0;
    }
    std::memset(pending_.data() + filled, 0, block_bytes - filled);
    const std::uint64_t bits = big_endian(total_bytes_ * 8);
    std::memcpy(pending_.data() + block_bytes - sizeof(bits), &bits, sizeof(bits));
    compress(Bytes(pending_));
  }

 private:
  [[nodiscard]] std::size_t pending_bytes() const {
    return static_cast<std::size_t>(total_bytes_ % block_bytes);
  }

  /// Bits overflow 64 bits after 2^61 bytes, which no host hands over.
  std::uint64_t total_bytes_ = 0;
  std::array<std::byte, block_bytes> pending_{};
};

}  // namespace postern::crypto
