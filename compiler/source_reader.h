#pragma once

#include <string_view>

#include "compiler/host_limits.h"
#include "compiler/policy_reader.h"

namespace postern::compiler {

/// What readers of one policy share.
struct PolicyReading {
  PolicyUse use;
  const HostLimits& host;
  /// `[gate] max_body`, for sources that do not say it.
  std::uint64_t body_bytes_max;
  PolicyModel& model;
  Catalogue& catalogue;
  Report& report;
};

/// Whether a secret's text holds nothing but white space.
[[nodiscard]] inline bool is_blank(std::string_view text) {
  return text.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

/// `read_source` reads one `[sources.NAME]` and adds it to the model.
void read_source(const toml::table& table, std::string_view name, PolicyReading& reading);

/// `read_setting` reads a text that may be `env:NAME`; gives nothing when the key is absent.
[[nodiscard]] std::optional<PlacedSetting> read_setting(TableReader& reader, std::string_view key,
                                                        PolicyReading& reading);

/// `make_setting` makes one of a text of `key`; gives nothing, and reports it, when it is empty.
[[nodiscard]] std::optional<PlacedSetting> make_setting(PlacedText text, std::string_view key,
                                                        PolicyReading& reading);

/// `add_setting` adds a value and gives its slot. Secrets of a fixture get names that no
/// environment has.
std::uint16_t add_setting(std::string name, std::optional<std::string> value, PolicyModel& model);

/// `slot_of` gives the slot of the setting of that name, one per name.
[[nodiscard]] std::uint16_t slot_of(const std::string& name, PolicyModel& model);

/// `environment_slot` gives the slot of `env:NAME`, one per name. Gives nothing for other texts,
/// and reports a malformed name.
[[nodiscard]] std::optional<std::uint16_t> environment_slot(const PlacedText& text,
                                                            PolicyReading& reading);

/// `read_signers` reads the secrets of `sign_forwards`: one, or two while it is rotated.
[[nodiscard]] std::vector<PlacedSetting> read_signers(TableReader& reader, PolicyReading& reading);

/// `read_destinations` reads the `to` of a route whose mode is read.
void read_destinations(TableReader& reader, RouteModel& route, PolicyReading& reading);

/// `make_destinations` makes the views of them that a policy holds.
[[nodiscard]] std::span<const policy::Destination> make_destinations(
    const std::vector<DestinationModel>& destinations, Storage& storage);

/// `read_routes` reads the routes of a source whose scheme and secrets are read.
void read_routes(TableReader& reader, SourceModel& source, PolicyReading& reading);

/// `read_admission` reads who may come in and how often, and what they are told.
void read_admission(TableReader& reader, SourceModel& source, PolicyReading& reading);

/// Default of a route's time limit while a sender waits, and in queue mode, where nobody does: what
/// most origins' own servers allow.
inline constexpr std::uint64_t default_timeout_ms = 8000;
inline constexpr std::uint64_t queue_timeout_ms = 30'000;
/// What a lease gives beyond the time limit: time to claim before the forward and to commit behind
/// it.
inline constexpr std::uint64_t lease_margin_ms = 5000;

/// What a sender must have left after our answer: the way back takes time too.
inline constexpr std::uint64_t sender_margin_ms = 1000;

}  // namespace postern::compiler
