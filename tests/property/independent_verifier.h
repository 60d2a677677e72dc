#pragma once

#include <toml++/toml.h>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "harness/fixture/compiled_case.h"
#include "harness/host/frames.h"

namespace postern::property {

/// What a second opinion needs besides the delivery. Borrows.
struct Endpoint {
  const harness::CompiledCase& compiled;
  /// The scheme of its source as it is written: `written_scheme`.
  const toml::table& scheme;
  /// What stands behind the addresses of keys, PEM certificates by URL.
  const std::map<std::string, std::string>& fetch;
};

/// `is_genuine` says whether some secret of the endpoint signed this delivery and the signed time
/// is within the bounds at `now_ms`: read from the scheme's TOML, computed by OpenSSL. It shares no
/// code with the core, and where a manual leaves room it says yes: a delivery that it calls forged
/// must never be let in, one that it calls genuine may still be refused for another reason.
[[nodiscard]] bool is_genuine(const Endpoint& endpoint, const harness::Delivery& delivery,
                              std::uint64_t now_ms);

/// `is_open_handshake` says whether the scheme answers this delivery before any signature.
[[nodiscard]] bool is_open_handshake(const Endpoint& endpoint, const harness::Delivery& delivery);

/// `binds_the_body` is false for schemes that show a password or sign a checksum.
[[nodiscard]] bool binds_the_body(const Endpoint& endpoint);

}  // namespace postern::property
