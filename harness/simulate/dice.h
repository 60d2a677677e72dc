#pragma once

#include <cstdint>
#include <string>

namespace postern::harness::simulate {

/// Chance without a state: every draw is a function of the seed and of what it is drawn for. So a
/// scenario from which something was taken away meets the same fate in everything else, and a
/// schedule can be shrunk.
class Dice {
 public:
  explicit Dice(std::uint64_t seed) : seed_(mixed(seed + increment)) {}

  /// `draw` gives 64 bits for the `nth` time that `subject` needs chance for `purpose`.
  [[nodiscard]] std::uint64_t draw(std::uint64_t purpose, std::uint64_t subject,
                                   std::uint64_t nth) const {
    return mixed(mixed(mixed(seed_ + purpose * increment) + subject * increment) + nth * increment);
  }

  /// `between` draws a number from `least` to `most`, both included.
  [[nodiscard]] std::uint64_t between(std::uint64_t least, std::uint64_t most,
                                      std::uint64_t purpose, std::uint64_t subject,
                                      std::uint64_t nth) const {
    return least + draw(purpose, subject, nth) % (most - least + 1);
  }

  /// `token` draws 16 bytes, as hosts draw names for deliveries and for runs.
  [[nodiscard]] std::string token(std::uint64_t purpose, std::uint64_t subject) const {
    std::string bytes;
    for (std::uint64_t half = 0; half < 2; ++half) {
      const std::uint64_t word = draw(purpose, subject, half);
      for (unsigned i = 0; i < 8; ++i) {
        bytes.push_back(static_cast<char>(word >> (8 * i)));
      }
    }
    return bytes;
  }

 private:
  // SplitMix64, by Steele, Lea and Flood (2014): its increment and its finalizer.
  static constexpr std::uint64_t increment = 0x9E3779B97F4A7C15;
  static std::uint64_t mixed(std::uint64_t value) {
    value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
    value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
    return value ^ (value >> 31);
  }

  std::uint64_t seed_;
};

}  // namespace postern::harness::simulate
