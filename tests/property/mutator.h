#pragma once

#include <cstdint>
#include <random>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "harness/host/frames.h"

namespace postern::property {

/// A delivery that was let in as it was, and when.
struct Sample {
  std::size_t endpoint = 0;
  harness::Delivery delivery;
  std::uint64_t at_ms = 0;
};

/// Changes deliveries at random: the same seed, the same changes on every machine.
class Mutator {
 public:
  explicit Mutator(std::uint64_t seed) : random_(seed) {}

  /// `below` is a number from 0 to `bound` - 1.
  [[nodiscard]] std::size_t below(std::size_t bound) { return random_() % bound; }

  /// `mutate` changes `sample` in one to three ways. `headers` are the names that prove something;
  /// most changes go there and to the body. `others` are samples of the same endpoint to take
  /// pieces from. What it did is in the result, for a report.
  std::string mutate(Sample& sample, const std::vector<std::string>& headers,
                     std::span<const Sample> others);

 private:
  std::string mutate_once(Sample& sample, const std::vector<std::string>& headers,
                          std::span<const Sample> others);
  std::string mutate_body(std::string& body);
  std::string mutate_proof(harness::Delivery& delivery, const std::vector<std::string>& headers);
  std::string mutate_text(std::string& text);
  std::string respell(std::string& text);
  std::string change_list(std::string& text);
  std::string change_number(std::string& text);
  std::string mutate_request(Sample& sample);
  std::string transplant(Sample& sample, const std::vector<std::string>& headers,
                         std::span<const Sample> others);
  std::string change_other_header(harness::Delivery& delivery,
                                  const std::vector<std::string>& headers);

  std::mt19937_64 random_;
};

}  // namespace postern::property
