#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <utility>

namespace postern::harness {

/// What an order lacks, or has wrong.
enum class OrderPart : std::uint8_t { none, secret, private_key, url, headers, body };

/// What was ordered cannot be signed: a missing key, or a scheme that this sender does not know.
struct CannotSign {
  std::string why;  // Never holds a secret.
  OrderPart part = OrderPart::none;
};

/// What is signed or sent, or why there is none.
using SenderText = std::expected<std::string, CannotSign>;

[[nodiscard]] inline std::unexpected<CannotSign> cannot_sign(OrderPart part, std::string why) {
  return std::unexpected(CannotSign{.why = std::move(why), .part = part});
}

}  // namespace postern::harness
