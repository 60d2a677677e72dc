#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "harness/host/cryptography.h"
#include "harness/host/frames.h"

namespace postern::harness {

/// Computes what `mac` effects ask for, with the keys that the module named when it was configured.
/// Borrows the keys.
class Macs {
 public:
  explicit Macs(std::span<const frame::HmacKey> keys) : keys_(keys), ready_(keys.size()) {}

  /// Gives the outcome. Throws `MalformedAnswer` for a key or a hash that was never named.
  [[nodiscard]] std::string perform(const Mac& mac, std::string_view body);

 private:
  [[nodiscard]] std::string result_of(const MacRequest& request, std::string_view body);

  std::span<const frame::HmacKey> keys_;
  std::vector<std::optional<Hmac>> ready_;  // Each from when it is first asked for.
  std::vector<std::string_view> parts_;     // Of one message. Kept for its room.
};

}  // namespace postern::harness
