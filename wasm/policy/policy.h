#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "json/extract.h"
#include "scheme/signing_scheme.h"

// The compiled postern.toml: what the gate does, without a secret in it. The harness makes it, the
// module reads it once per instance. All text borrows from the compiled file.

namespace postern::policy {

inline constexpr std::size_t sources_max = 256;
inline constexpr std::size_t routes_max = 64;
inline constexpr std::size_t secrets_max = 1024;
/// Secrets of one source: the live one, the old one, and room for a second rotation.
inline constexpr std::size_t source_secrets_max = 8;
inline constexpr std::size_t events_max = 64;
/// Filters of one route and accepted values of one filter.
inline constexpr std::size_t filters_max = 8;
inline constexpr std::size_t filter_values_max = 64;
inline constexpr std::size_t pointer_tokens_max = 16;
/// Hosts, and certificate names, that a `fetched` key may come from. Providers have one or two.
inline constexpr std::size_t fetch_names_max = 8;
/// Largest body that a source may let in: the largest that a known sender makes (25 MB),
/// and the frame that carries it, with its headers, stays below 32 MiB.
inline constexpr std::uint64_t body_bytes_limit = std::uint64_t{25} << 20;
/// One compiled policy. 256 sources of 1 KiB each fit; a Worker's script limit is far above.
inline constexpr std::size_t policy_bytes_max = std::size_t{1} << 20;

/// What the ledger's absence means for a source.
enum class LedgerDown : std::uint8_t { closed = 0, open = 1, queue = 2 };

enum class Mode : std::uint8_t { enforce = 0, observe = 1 };

enum class Deliver : std::uint8_t { proxy = 0, queue = 1 };

/// A text of the policy, or the slot of a value that the host reads from its environment.
struct Setting {
  static constexpr std::uint16_t no_slot = 0xFFFF;
  std::string_view text;
  std::uint16_t slot = no_slot;
};

/// A JSON value that a filter accepts: a string as it reads, a number as it is written, or `true`
/// or `false`. Of no other type.
struct FilterValue {
  json::Type type = json::Type::string;
  std::string_view text;
};

/// Accepts a delivery when the JSON value at `pointer` is one of `values`, in type and text.
struct Filter {
  json::Pointer pointer;
  std::span<const FilterValue> values;
};

enum class RouteKind : std::uint8_t { forward = 0, answer = 1 };

struct Route {
  RouteKind kind = RouteKind::forward;
  /// Globs on the event type: `*` stands for any run of characters. Empty matches nothing.
  std::span<const std::string_view> events;
  std::span<const Filter> filters;
  Setting to;
  Deliver deliver = Deliver::proxy;
  std::uint32_t timeout_ms = 0;
  std::uint16_t answer_status = 200;
};

/// Which identity a source uses instead of its scheme's own.
enum class IdentityChoice : std::uint8_t {
  scheme = 0,          // What the provider's file says.
  signed_content = 1,  // SHA-256 of the signed bytes.
  body = 2,            // SHA-256 of the body.
  custom = 3,          // `identity` below.
};

struct Source {
  std::string_view name;
  std::string_view path;
  /// Bit 0 POST, bit 1 GET, bit 2 PUT.
  std::uint8_t methods = 1;
  std::uint16_t scheme = 0;
  std::span<const std::uint16_t> secrets;
  std::uint32_t max_age_seconds = 0;
  std::uint32_t max_future_seconds = 0;
  std::uint64_t body_bytes_max = 0;
  std::uint64_t retain_ms = 0;
  std::uint32_t lease_ms = 0;
  /// How long a claim may wait for the outcome of a delivery in flight before it is told busy.
  std::uint32_t busy_wait_ms = 0;
  std::uint16_t shards = 1;
  LedgerDown on_ledger_down = LedgerDown::closed;
  Mode mode = Mode::enforce;
  /// The address that the sender was given, for schemes that sign it.
  Setting url;
  IdentityChoice identity_choice = IdentityChoice::scheme;
  std::span<const scheme::IdentityPart> identity;
  /// The only event types let in, exact; empty lets all in. Needed where the type is not signed and
  /// is part of the identity.
  std::span<const std::string_view> allow_events;
  std::span<const Route> routes;
};

struct Gate {
  bool require_https = true;
  bool allow_private_origins = false;
  /// The secret that signs forwards; `Setting::no_slot` for none.
  std::uint16_t sign_forwards_slot = Setting::no_slot;
};

struct Policy {
  Gate gate;
  /// Names of the values that the host reads from its environment, by slot.
  std::span<const std::string_view> settings;
  std::span<const scheme::Scheme> schemes;
  std::span<const Source> sources;
};

}  // namespace postern::policy
