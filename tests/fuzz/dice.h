#pragma once

#include <algorithm>
#include <cstdint>
#include <random>
#include <string_view>

namespace postern::fuzz {

/// Chances out of a fuzzer's input: its bytes first, so that a mutation changes one decision, and
/// behind them numbers that follow from the input. Any input is as long as it has to be.
class Dice {
 public:
  explicit Dice(std::string_view bytes) : bytes_(bytes), random_(seed_of(bytes)) {}

  [[nodiscard]] std::size_t below(std::size_t bound) {
    std::uint64_t number = random_();
    if (bytes_.size() >= 2) {
      number = static_cast<unsigned char>(bytes_[0]) + 256U * static_cast<unsigned char>(bytes_[1]);
      bytes_.remove_prefix(2);
    }
    return bound == 0 ? 0 : number % bound;
  }

  [[nodiscard]] bool chance(unsigned percent) { return below(100) < percent; }

  /// `edge` is a number from `least` to `most`, and most often one of the ends.
  [[nodiscard]] std::size_t edge(std::size_t least, std::size_t most) {
    switch (below(4)) {
      case 0:
        return least;
      case 1:
        return most;
      case 2:
        return least + std::min(most - least, below(3));
      default:
        return least + below(most - least + 1);
    }
  }

  /// `around` is `limit`, one less or one more, or much less.
  [[nodiscard]] std::size_t around(std::size_t limit) {
    const std::size_t choice = below(5);
    return choice < 3 ? limit - 1 + choice : below(limit);
  }

 private:
  static std::uint64_t seed_of(std::string_view bytes) {
    std::uint64_t seed = 14695981039346656037ULL;  // FNV-1a.
    for (const char byte : bytes) {
      seed = (seed ^ static_cast<unsigned char>(byte)) * 1099511628211ULL;
    }
    return seed;
  }

  std::string_view bytes_;
  std::mt19937_64 random_;
};

}  // namespace postern::fuzz
