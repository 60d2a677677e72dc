#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "harness/host/frames.h"
#include "postern/scheme/signing_scheme.h"

namespace postern::harness {

/// What a genuine delivery says about its signing.
struct Recognized {
  std::size_t secret = 0;             // Which of the secrets.
  std::optional<std::int64_t> at_ms;  // Absent where the scheme signs no time in a header.
  std::string time;                   // The same in the delivery's own words.
  std::string id;
};

/// `recognize` finds which secret signed a delivery, so that it can be signed again at another
/// time. Nothing for a forged or malformed one, and for a scheme whose signatures this sender
/// cannot check (ECDSA, fetched keys). Not a verification: it forgives much that the gate refuses.
[[nodiscard]] std::optional<Recognized> recognize(const scheme::Scheme& scheme,
                                                  const std::vector<std::string>& secrets,
                                                  const std::string& url, const Delivery& delivery);

}  // namespace postern::harness
