#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "postern/base/arena.h"
#include "postern/scheme/reading.h"
#include "postern/scheme/signing_scheme.h"

namespace postern::scheme {

/// What is sent back to a provider's handshake. Borrows from the policy and the arena.
struct ChallengeReply {
  std::uint16_t status = 200;
  std::string_view content_type;
  std::string_view body;
};

/// `answer_challenge` gives the reply of the first challenge of that proof whose method, format and
/// conditions fit, or nothing: most deliveries are none. A policy has no challenge but those that
/// echo safely.
[[nodiscard]] std::optional<ChallengeReply> answer_challenge(const Scheme& scheme,
                                                             ChallengeProof proof, Reading& reading,
                                                             Arena& arena);

/// `echoes_safely` says whether a reply can be no page of an attacker's: all that it sends back was
/// held to the condition `token`, whole, or it is plain text.
[[nodiscard]] bool echoes_safely(const Challenge& challenge);

}  // namespace postern::scheme
