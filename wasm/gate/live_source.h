#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "base/arena.h"
#include "policy/policy.h"
#include "scheme/key.h"

namespace postern::gate {

/// Why a source cannot take deliveries although its policy is sound: it answers 503, others work.
enum class SourceProblem : std::uint8_t {
  none = 0,
  bad_secret = 1,          // A slot is empty, undecodable, or a key that anybody can sign for.
  bad_destination = 2,     // A route's destination from the environment is not one.
  bad_url = 3,             // The source's own address is missing.
  bad_forward_secret = 4,  // The secret that signs forwards is not one.
};

/// The key number under which the host keeps the key that signs forwards.
inline constexpr std::uint8_t forward_key_index = 0xFF;

/// A source of the policy with its secrets read. Lives as long as the configuration.
struct LiveSource {
  const policy::Source* policy = nullptr;
  const scheme::Scheme* scheme = nullptr;
  SourceProblem problem = SourceProblem::none;
  std::span<const scheme::Key> keys;
  std::string_view url;
  /// By route, and by the order in `policy::Route::to`: where it forwards to.
  std::span<const std::span<const std::string_view>> destinations;
};

/// `go_live` reads the settings' `values` into keys and destinations of one source.
[[nodiscard]] LiveSource go_live(const policy::Policy& policy, const policy::Source& source,
                                 std::span<const std::string_view> values, Arena& arena);

/// `forward_key` reads the secret that signs forwards, in the form of Standard Webhooks. Nothing
/// when it is not one.
[[nodiscard]] const scheme::Key* forward_key(const policy::Policy& policy,
                                             std::span<const std::string_view> values,
                                             Arena& arena);

}  // namespace postern::gate
