#pragma once

#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace postern::json_tests {

using Oracle = nlohmann::json;

/// What the oracle makes of a text. It stops at numbers that no double holds, which we let through.
class Verdict : public nlohmann::json_sax<Oracle> {
 public:
  enum class Kind : std::uint8_t { accepted, refused, number_too_large };

  static Kind of(std::string_view text) {
    Verdict verdict;
    (void)Oracle::sax_parse(text.begin(), text.end(), &verdict);
    return verdict.kind_;
  }

  bool null() override { return true; }
  bool boolean(bool) override { return true; }
  bool number_integer(std::int64_t) override { return true; }
  bool number_unsigned(std::uint64_t) override { return true; }
  bool number_float(double, const std::string&) override { return true; }
  bool string(std::string&) override { return true; }
  bool binary(Oracle::binary_t&) override { return true; }
  bool start_object(std::size_t) override { return true; }
  bool key(std::string&) override { return true; }
  bool end_object() override { return true; }
  bool start_array(std::size_t) override { return true; }
  bool end_array() override { return true; }
  bool parse_error(std::size_t, const std::string&, const Oracle::exception& error) override {
    constexpr int number_overflow = 406;
    kind_ = error.id == number_overflow ? Kind::number_too_large : Kind::refused;
    return false;
  }

 private:
  Kind kind_ = Kind::accepted;
};

}  // namespace postern::json_tests
