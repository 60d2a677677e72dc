#include "compiler/public_key_text.h"

#include <optional>
#include <string>

#include "postern/encoding/hex.h"
#include "postern/scheme/der.h"

namespace postern::compiler {
namespace {

using scheme::DerReader;

/// Bytes of hex in either case.
std::optional<std::string> lenient_hex(std::string_view text) {
  if (text.size() % 2 != 0) {
    return std::nullopt;
  }
  std::string bytes;
  for (std::size_t i = 0; i < text.size(); i += 2) {
    const unsigned high = encoding::hex_value(text[i]);
    const unsigned low = encoding::hex_value(text[i + 1]);
    if ((high | low) >= encoding::not_a_hex_digit) {
      return std::nullopt;
    }
    bytes += static_cast<char>(high << 4U | low);
  }
  return bytes;
}

std::optional<unsigned> base64_value(char digit) {
  if (digit >= 'A' && digit <= 'Z') {
    return static_cast<unsigned>(digit - 'A');
  }
  if (digit >= 'a' && digit <= 'z') {
    return static_cast<unsigned>(digit - 'a' + 26);
  }
  if (digit >= '0' && digit <= '9') {
    return static_cast<unsigned>(digit - '0' + 52);
  }
  if (digit == '+' || digit == '-') {
    return 62;
  }
  return digit == '/' || digit == '_' ? std::optional(63U) : std::nullopt;
}

/// Bytes of base64 in both alphabets, without padding; bits behind the last byte are dropped.
std::optional<std::string> lenient_base64(std::string_view text) {
  std::string bytes;
  unsigned pending = 0;
  unsigned pending_bits = 0;
  for (const char digit : text) {
    const auto value = base64_value(digit);
    if (!value.has_value()) {
      return std::nullopt;
    }
    pending = (pending << 6U | *value) & 0xFFFFU;
    pending_bits += 6;
    if (pending_bits >= 8) {
      pending_bits -= 8;
      bytes += static_cast<char>(pending >> pending_bits & 0xFFU);
    }
  }
  return bytes;
}

/// SEQUENCE { OBJECT IDENTIFIER, parameters }.
bool is_algorithm(DerReader algorithm) { return algorithm.expect(scheme::der_object_id); }

/// `rest` is what an outer SEQUENCE holds: an algorithm and a BIT STRING, and nothing behind them.
bool ends_with_bits(DerReader rest) {
  const bool has_algorithm = is_algorithm(rest.enter(scheme::der_sequence));
  return has_algorithm && rest.expect(scheme::der_bit_string) && rest.is_at_end();
}

bool is_public_der(std::string_view der) {
  DerReader outer(bytes_of(der));
  const DerReader fields = outer.enter(scheme::der_sequence);
  if (!outer.is_at_end()) {
    return false;
  }
  DerReader certificate = fields;
  DerReader numbers = fields;
  const bool has_body = certificate.expect(scheme::der_sequence);
  const bool has_numbers =
      !scheme::next_unsigned(numbers).empty() && !scheme::next_unsigned(numbers).empty();
  return ends_with_bits(fields) || (has_body && ends_with_bits(certificate)) ||
         (has_numbers && numbers.is_at_end());
}

}  // namespace

bool holds_public_key(std::string_view text) {
  std::string digits;
  for (const char c : text) {
    if (!std::string_view(" \t\r\n=").contains(c)) {
      digits += c;
    }
  }
  // Hex is base64 by its characters, so each is tried.
  const auto from_hex = lenient_hex(digits);
  const auto from_base64 = lenient_base64(digits);
  return (from_hex.has_value() && is_public_der(*from_hex)) ||
         (from_base64.has_value() && is_public_der(*from_base64));
}

}  // namespace postern::compiler
