#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "harness/engine/engine.h"
#include "harness/host/frames.h"

namespace postern::harness::simulate {

/// What is known of a source from its policy, and from docs/DUPLICATES.md: checkers and senders go
/// by it, and never ask the core.
struct SourceFacts {
  std::string name;
  std::string path = {};
  std::string secret = {};
  bool has_time = false;   // Signs an id and a time, and so refuses what is too old.
  bool is_queued = false;  // Is answered as soon as the event is kept.
  std::string_view on_ledger_down;
  std::uint8_t destinations = 1;
  /// After so many failures an event that is owed is dead. Without a schedule: docs/POLICY.md.
  std::uint16_t attempts = 20;
  std::string_view limited_by = {};  // `address`, `source`, or nothing.
  bool has_addresses = false;        // Lets its sender's address in, and no other.
  bool is_observing = false;
  /// What the same content under another hint is: `mark`, `refuse`, or nothing where an event has
  /// no hint.
  std::string_view same_content = {};
  std::uint64_t lease_ms = 0;
  std::uint64_t retain_ms = 0;
};

/// Where an event has a hint, it is a content and a hint, and its number has both. The hint is not
/// signed: whoever has read a delivery can send it on under another one, or under none.
inline constexpr std::uint16_t hints_count = 8;
inline constexpr std::uint16_t empty_hint = hints_count - 2;
inline constexpr std::uint16_t no_hint = hints_count - 1;
[[nodiscard]] inline std::uint16_t content_of(const SourceFacts& source, std::uint16_t event) {
  return source.same_content.empty() ? event : static_cast<std::uint16_t>(event / hints_count);
}
[[nodiscard]] inline std::uint16_t hint_of(std::uint16_t event) { return event % hints_count; }
[[nodiscard]] inline std::uint16_t under_hint(std::uint16_t event, std::uint16_t hint) {
  return static_cast<std::uint16_t>(event / hints_count * hints_count + hint);
}

/// Signatures of the scheme with a time are taken for so long, before and after.
inline constexpr std::uint64_t tolerance_ms = 5 * 60 * 1000;

/// An owner begins its forward within this time of sending the claim, says docs/DUPLICATES.md.
inline constexpr std::uint64_t begin_within_ms = 3000;

using MakeEngine = std::function<std::unique_ptr<Engine>()>;

/// The gate under test: two versions of a policy, an engine for each, and what is known of the
/// sources. Made once and used for many schedules.
class GateModel {
 public:
  static constexpr std::size_t versions = 2;

  /// Throws `std::runtime_error` when the policy does not compile, `MalformedAnswer` when an engine
  /// refuses it.
  explicit GateModel(const MakeEngine& make_engine);

  [[nodiscard]] const std::vector<SourceFacts>& sources() const { return sources_; }

  /// `destination_of` is the number of the destination that stands at `place` of a route of
  /// `source` in that version of the policy: in the second one they stand in another order.
  [[nodiscard]] std::uint8_t destination_of(std::uint16_t source, std::size_t place,
                                            std::size_t version) const {
    const std::uint8_t count = sources_[source].destinations;
    return static_cast<std::uint8_t>(version % versions == 0 ? place : count - 1 - place);
  }
  [[nodiscard]] Engine& engine(std::size_t version) { return *engines_[version % versions]; }

  /// `mac_outcome` performs a `mac` effect.
  [[nodiscard]] std::string mac_outcome(const Mac& mac, const std::string& body) const;

  /// `verifies` is what an origin finds of a forward by both signatures of the gate
  /// (docs/ORIGIN.md): its body, where it goes, and every `postern-*` field.
  [[nodiscard]] bool verifies(const Forward& forward, const std::string& body) const;

  /// `put_hint` has `delivery` say `hint`, which nothing signs.
  static void put_hint(Delivery& delivery, std::uint16_t hint);

  /// `signed_delivery` is what the sender of an event makes at `signed_at_ms`.
  [[nodiscard]] Delivery signed_delivery(std::uint16_t source, std::uint16_t event,
                                         std::uint64_t signed_at_ms) const;

 private:
  std::vector<SourceFacts> sources_;
  std::array<std::unique_ptr<Engine>, versions> engines_;
  std::string forward_key_;
};

}  // namespace postern::harness::simulate
