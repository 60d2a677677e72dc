#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "postern/edition/edition.h"
#include "postern/json/extract.h"
#include "postern/scheme/signing_scheme.h"

// The compiled postern.toml: what the gate does, without a secret in it. The harness makes it, the
// module reads it once per instance. All text borrows from the compiled file.

namespace postern::policy {

inline constexpr std::size_t sources_max = 256;
inline constexpr std::size_t routes_max = 64;
inline constexpr std::size_t secrets_max = 1024;
/// Secrets of one source: the live one, the old one, and room for a second rotation.
inline constexpr std::size_t source_secrets_max = 8;
inline constexpr std::size_t events_max = 64;
/// Types of one source that count as different where the type is not signed: all that the
/// provider's file lists (one has some seventy), `allow_events`, and what routes name.
inline constexpr std::size_t types_max = 512;
/// Filters of one route and accepted values of one filter.
inline constexpr std::size_t filters_max = 8;
inline constexpr std::size_t filter_values_max = 64;
inline constexpr std::size_t pointer_tokens_max = 16;
/// Longest text of a policy file. A destination has at most 2,048 bytes; a record, a step or a
/// reply holds what it holds because nothing is longer.
inline constexpr std::size_t text_bytes_max = 4096;
/// Longest name of a source, a provider or a reply's header, and longest path of a source.
inline constexpr std::size_t name_bytes_max = 64;
inline constexpr std::size_t path_bytes_max = 512;
/// Hosts, and certificate names, that a `fetched` key may come from. Providers have one or two.
inline constexpr std::size_t fetch_names_max = 8;
/// Destinations of one route in queue mode.
inline constexpr std::size_t destinations_max = 8;
/// Secrets that sign forwards to one destination: the live one, and the next or the old one.
inline constexpr std::size_t signers_max = 2;
/// Steps of a schedule that lists its delays, and attempts of any schedule. A queue of the platform
/// gives up after 100.
inline constexpr std::size_t retry_delays_max = 32;
inline constexpr std::uint16_t retry_attempts_max = 90;
/// Longest wait between two attempts: what the platform's queue can hold a message back.
inline constexpr std::uint32_t retry_delay_ms_max = std::uint32_t{12} * 60 * 60 * 1000;
/// Address ranges of one source. Providers that publish theirs list a few dozen.
inline constexpr std::size_t address_ranges_max = 256;
/// Longest body of an acknowledgement: a word, or an empty call instruction.
inline constexpr std::size_t acknowledgement_bytes_max = 1024;
/// Largest body that a source may let in: the largest that a known sender makes (25 MB),
/// and with twice its frame and the configuration it stays below the module's 64 MiB.
inline constexpr std::uint64_t body_bytes_limit = std::uint64_t{25} << 20;
/// One compiled policy. 256 sources of 2 KiB each fit; decoded, it leaves room for a body of
/// `body_bytes_limit` in the module's memory.
inline constexpr std::size_t policy_bytes_max = std::size_t{512} << 10;

/// Longest `retain`: a leap year. Beyond that nobody asks, and times stay far from overflow.
inline constexpr std::uint64_t retain_ms_max = std::uint64_t{366} * 24 * 60 * 60 * 1000;

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

/// Where a route forwards to.
struct Destination {
  Setting to;
  /// By slot: the secrets by which the gate signs what goes there. Empty for no signature.
  std::span<const std::uint16_t> signers;
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

/// How the waits between the attempts of queue mode grow.
enum class RetryKind : std::uint8_t {
  exponential = 0,  // first, 2 first, 4 first, ...
  fixed = 1,        // first, first, ...
  fibonacci = 2,    // first, first, 2 first, 3 first, 5 first, ...
  list = 3,         // As listed, the last one from then on.
};

/// The schedule of a route in queue mode. Every wait is at most `longest_ms` and shortened at
/// random by up to `jitter_percent`, so that events that failed together do not come back together.
struct Retry {
  RetryKind kind = RetryKind::exponential;
  std::uint8_t jitter_percent = 0;
  std::uint16_t attempts = 0;  // Forwards in all; after the last one the event is dead.
  std::uint32_t first_ms = 0;
  std::uint32_t longest_ms = 0;  // Of a list: its largest.
  std::uint64_t horizon_ms = 0;  // From the delivery's arrival; no attempt begins later.
  std::span<const std::uint32_t> delays_ms;
};

struct Route {
  RouteKind kind = RouteKind::forward;
  /// Globs on the event type: `*` stands for any run of characters. Empty matches nothing.
  std::span<const std::string_view> events;
  std::span<const Filter> filters;
  /// One, or in queue mode up to `destinations_max` different ones, each with a ledger row of its
  /// own. Empty for a route that answers.
  std::span<const Destination> to;
  Deliver deliver = Deliver::proxy;
  Retry retry;  // Of a route in queue mode.
  std::uint32_t timeout_ms = 0;
  std::uint16_t answer_status = 200;
};

/// Which identity a source uses instead of its scheme's own.
enum class IdentityChoice : std::uint8_t {
  scheme = 0,          // What the provider's file says.
  signed_content = 1,  // SHA-256 of the signed bytes.
  body = 2,            // SHA-256 of the body.
  custom = 3,          // `identity` below.
  none = 4,            // None: each delivery is an event of its own, and marked.
};

/// Addresses whose first `prefix_bits` are those of `address`. IPv4 stands in IPv6 as
/// ::ffff:a.b.c.d (RFC 4291, section 2.5.5.2), with 96 bits more.
struct AddressRange {
  std::array<std::byte, 16> address{};
  std::uint8_t prefix_bits = 0;
};

enum class LimitBy : std::uint8_t { none = 0, source = 1, address = 2 };

/// At most `requests` per period: of one address before anything is verified, or of the whole
/// source, counting authentic deliveries only, so that forgeries cannot use it up.
struct RateLimit {
  LimitBy by = LimitBy::none;
  std::uint32_t requests = 0;
  std::uint32_t period_seconds = 0;
};

/// What a sender gets for an event that was taken: queued, a duplicate, or answered by a route. The
/// body is for senders that want to read one.
struct Acknowledgement {
  std::string_view content_type;
  std::string_view body;
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
  /// How long an outcome is remembered: 1 to `retain_ms_max`.
  std::uint64_t retain_ms = 0;
  std::uint32_t lease_ms = 0;
  /// How long a claim may wait for the outcome of a delivery in flight before it is told busy.
  std::uint32_t busy_wait_ms = 0;
  std::uint16_t shards = 1;
  LedgerDown on_ledger_down = LedgerDown::closed;
  Mode mode = Mode::enforce;
  /// The address that the sender was given, for schemes that sign it.
  Setting url;
  /// What the scheme leaves to the source, by the scheme's numbers. Empty where it is not given:
  /// then what asks for it does not hold.
  std::span<const Setting> parameters;
  IdentityChoice identity_choice = IdentityChoice::scheme;
  std::span<const scheme::IdentityPart> identity;
  /// What the same identity under another hint is.
  scheme::SameContent same_content = scheme::SameContent::unsaid;
  /// Unsigned event types that count as different; all others are one.
  std::span<const std::string_view> types;
  /// The only event types let in, exact; empty lets all in.
  std::span<const std::string_view> allow_events;
  /// Headers that go on to the origin besides those that the scheme lists, by their names.
  std::span<const std::string_view> forward_headers;
  /// The only addresses let in; empty lets in all.
  std::span<const AddressRange> allow_addresses;
  RateLimit rate_limit;
  Acknowledgement acknowledgement;
  std::span<const Route> routes;
};

struct Gate {
  bool require_https = true;
  bool allow_private_origins = false;
};

struct Policy {
  /// What it needs of a module: what `features_of` gives.
  Features features = 0;
  Gate gate;
  /// Names of the values that the host reads from its environment, by slot.
  std::span<const std::string_view> settings;
  /// What hosts rehearse at their start (docs/ABI.md). Nothing to the core; may be empty.
  Bytes rehearsal;
  std::span<const scheme::Scheme> schemes;
  std::span<const Source> sources;
};

}  // namespace postern::policy
