#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "postern/base/arena.h"
#include "postern/http/delivery.h"
#include "postern/scheme/key.h"
#include "postern/scheme/reading.h"
#include "postern/scheme/signing_scheme.h"

namespace postern::scheme {

/// What is sent back to a provider's handshake. Borrows from the policy and the arena.
struct ChallengeReply {
  std::uint16_t status = 200;
  std::string_view content_type;
  std::string_view body;
  /// Besides the content type.
  std::span<const http::Header> headers;
};

/// What of a source a challenge may need besides the delivery.
struct ChallengeInputs {
  /// What computed replies are made with: the key that verified the delivery, or where nothing was
  /// signed the first of the source's. Null for a source without one.
  const Key* key = nullptr;
  /// By the scheme's numbers.
  std::span<const std::string_view> parameters;
};

/// `answer_challenge` gives the reply of the first challenge of that proof whose method, format and
/// conditions fit, or nothing: most deliveries are none. A policy has no challenge but those that
/// echo safely, and no number of a parameter that the source has no text for.
[[nodiscard]] std::optional<ChallengeReply> answer_challenge(const Scheme& scheme,
                                                             ChallengeProof proof,
                                                             const ChallengeInputs& inputs,
                                                             Reading& reading, Arena& arena);

/// `echoes_safely` says whether a reply can be no page of an attacker's: all that it sends back was
/// held to the condition `token`, whole, or it is plain text in the body. What it sends back in a
/// header, or signs, was held to `token` whatever the type.
[[nodiscard]] bool echoes_safely(const Challenge& challenge);

/// `is_parameter_text` says whether a parameter counts as given: 1 to `parameter_bytes_max`
/// characters of visible ASCII.
[[nodiscard]] bool is_parameter_text(std::string_view text);

}  // namespace postern::scheme
