#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "postern/base/arena.h"
#include "postern/policy/policy.h"
#include "postern/scheme/key.h"

namespace postern::gate {

/// Why a source cannot take deliveries although its policy is sound: it answers 503, others work.
enum class SourceProblem : std::uint8_t {
  none = 0,
  bad_secret = 1,          // A slot is empty, undecodable, or a key that anybody can sign for.
  bad_destination = 2,     // A route's destination from the environment is not one.
  bad_url = 3,             // The source's own address is missing, or is none.
  bad_forward_secret = 4,  // A secret that signs forwards is not one.
};

/// Where a route forwards to, and the keys that sign what goes there. None: it is not signed.
struct LiveDestination {
  std::string_view url;
  std::span<const scheme::Key* const> signers;
};

/// A source of the policy with its secrets read. Lives as long as the configuration.
struct LiveSource {
  const policy::Source* policy = nullptr;
  const scheme::Scheme* scheme = nullptr;
  SourceProblem problem = SourceProblem::none;
  std::span<const scheme::Key> keys;
  std::string_view url;
  /// What the scheme leaves to the source, by the scheme's numbers; empty where it is not given.
  std::span<const std::string_view> parameters;
  /// By route, and by the order in `policy::Route::to`.
  std::span<const std::span<const LiveDestination>> destinations;
};

/// What `setting` is worth by the settings' `values`.
[[nodiscard]] inline std::string_view value_of(const policy::Setting& setting,
                                               std::span<const std::string_view> values) {
  return setting.slot == policy::Setting::no_slot ? setting.text : values[setting.slot];
}

/// `go_live` reads the settings' `values` into keys and destinations of one source. `hmac_keys`
/// counts the HMAC keys that there are; each new one is numbered by it.
[[nodiscard]] LiveSource go_live(const policy::Policy& policy, const policy::Source& source,
                                 std::span<const std::string_view> values,
                                 std::span<const scheme::Key* const> forward_keys,
                                 std::uint16_t& hmac_keys, Arena& arena);

}  // namespace postern::gate
