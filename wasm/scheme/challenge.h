#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/arena.h"
#include "scheme/reading.h"
#include "scheme/signing_scheme.h"

namespace postern::scheme {

/// What is sent back to a provider's handshake. Borrows from the policy and the arena.
struct ChallengeReply {
  std::uint16_t status = 200;
  std::string_view content_type;
  std::string_view body;
};

/// `answer_challenge` gives the reply of the first challenge of that proof whose method, format and
/// conditions fit, or nothing: most deliveries are none. What a reply echoes was held to the
/// condition `token` by its challenge, which the policy compiler demands.
[[nodiscard]] std::optional<ChallengeReply> answer_challenge(const Scheme& scheme,
                                                             ChallengeProof proof, Reading& reading,
                                                             Arena& arena);

}  // namespace postern::scheme
