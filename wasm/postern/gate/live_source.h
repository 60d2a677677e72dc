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

/// How a secret that signs forwards is written: as Standard Webhooks has it.
inline constexpr scheme::KeyRule forward_key_rule = {.form = scheme::KeyForm::base64,
                                                     .prefix = "whsec_",
                                                     .prefix_rule = scheme::PrefixRule::optional,
                                                     .bytes_min = 24,
                                                     .bytes_max = 64};

/// The keys that sign forwards, by slot; null where a slot's secret signs none, or is none.
using ForwardKeys = std::span<const scheme::Key*>;

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
  /// By route, and by the order in `policy::Route::to`.
  std::span<const std::span<const LiveDestination>> destinations;
};

/// `forward_key` reads the `value` of a slot as a secret that signs forwards. Null when it is none.
/// `hmac_keys` counts the HMAC keys that there are; the new one is numbered by it.
[[nodiscard]] const scheme::Key* forward_key(std::string_view value, std::uint16_t& hmac_keys,
                                             Arena& arena);

/// `go_live` reads the settings' `values` into keys and destinations of one source. `hmac_keys` as
/// for `forward_key`.
[[nodiscard]] LiveSource go_live(const policy::Policy& policy, const policy::Source& source,
                                 std::span<const std::string_view> values,
                                 std::span<const scheme::Key* const> forward_keys,
                                 std::uint16_t& hmac_keys, Arena& arena);

}  // namespace postern::gate
