#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

#include "postern/base/arena.h"
#include "postern/base/bytes.h"
#include "postern/base/result.h"
#include "postern/scheme/content.h"
#include "postern/scheme/reading.h"
#include "postern/scheme/reason.h"
#include "postern/scheme/signing_scheme.h"
#include "postern/scheme/verify.h"

namespace postern::scheme {

/// Longest value that is part of an identity, and longest event type: some senders' have
/// up to 256 characters.
inline constexpr std::size_t identity_bytes_max = 256;
inline constexpr std::size_t event_type_bytes_max = 256;

inline constexpr std::size_t event_key_bytes = 32;
using EventKey = std::array<std::byte, event_key_bytes>;

/// What a delivery says of its event unsigned, as a hash; all zero where nothing of it counts.
inline constexpr std::size_t event_hint_bytes = 16;
using EventHint = std::array<std::byte, event_hint_bytes>;

struct EventPolicy;

/// What a delivery says of the event that it reports.
struct EventFacts {
  EventKey key{};
  EventHint hint{};
  std::string_view type;  // May be empty.
};

/// `has_hint` says whether something unsigned tells the event from others of its content.
[[nodiscard]] bool has_hint(const EventFacts& event);

/// What an authentic delivery reports: which event, of what type. Only `read_event` makes one, of
/// an `Authentic`, and only the ticket of a delivery that had one brings it back. Borrows the
/// facts.
class Event {
 public:
  [[nodiscard]] const EventFacts& facts() const { return *facts_; }
  [[nodiscard]] const EventKey& key() const { return facts_->key; }
  [[nodiscard]] const EventHint& hint() const { return facts_->hint; }
  [[nodiscard]] std::string_view type() const { return facts_->type; }
  /// Why there is no type although the sender gave one: it matters where the type does.
  [[nodiscard]] Reason type_fault() const { return type_fault_; }

 private:
  friend Result<Event, Reason> read_event(const Authentic&, const EventRule&, const EventPolicy&,
                                          std::span<const Bytes>, Reading&, Arena&, EventFacts&);
  friend class gate::TicketFields;
  explicit Event(const EventFacts& facts) : facts_(&facts) {}

  const EventFacts* facts_;
  Reason type_fault_ = Reason::none;
};

/// How a source wants identity and type to be read.
struct EventPolicy {
  /// The source's name: keys of two sources never meet.
  std::string_view source;
  /// Whose delivery it is, where the source's secrets are tenants': their keys never meet either.
  std::string_view tenant;
  /// What makes the event's key; with no parts, `token` does.
  std::span<const IdentityPart> identity;
  /// The only types let in; empty lets in all.
  std::span<const std::string_view> allow_events;
  SameContent same_content = SameContent::unsaid;
  /// Types that count as different from each other where the type is not signed; all others are
  /// one, so that nobody makes up new ones.
  std::span<const std::string_view> types;
  /// The delivery's own, for sources that take each delivery for an event of its own.
  Bytes token;
};

/// `condition_holds` says whether `condition` is true of the delivery that `reading` reads.
[[nodiscard]] bool condition_holds(const Condition& condition, Reading& reading);

/// `event_rule_of` finds the first rule that is for this delivery, or nothing; nothing too when a
/// condition looks into a body that cannot be read.
[[nodiscard]] const EventRule* event_rule_of(const Scheme& scheme, Reading& reading);

/// `reads_body` says whether finding the rule, its identity or its type needs the body's bytes
/// here. Digests of the body do not: a host may compute them.
[[nodiscard]] bool reads_body(const Scheme& scheme, std::span<const IdentityPart> identity);

/// A digest that an identity needs, as a host is asked for it: SHA-256 by no key.
using IdentityDigest = contract::MacRequest;

/// `digests_of` says how many digests the identity `parts` need.
[[nodiscard]] std::size_t digests_of(std::span<const IdentityPart> parts);

/// `copy_key_of` is the key of a copy: of the event `key` under `hint`. Its first byte is that of
/// `key`, which chooses the shard.
[[nodiscard]] EventKey copy_key_of(const EventKey& key, const EventHint& hint);

/// `plan_digests` lists the SHA-256 digests that the identity `parts` need, in their order.
/// `secret` is the text of the secret that the delivery was signed for, for schemes that sign it.
///
/// Refuses: as `compose_content`.
[[nodiscard]] Result<std::span<const IdentityDigest>, Reason> plan_digests(
    std::span<const IdentityPart> parts, const SignatureRule& rule, const ContentInputs& inputs,
    Bytes secret, Reading& reading, Arena& arena);

/// `sender_id_of` gives the sender's own id of an authentic delivery, as signed; empty where there
/// is none, or none that names it in a line of text. To be asked last: nothing is decided by it.
[[nodiscard]] std::string_view sender_id_of(const Scheme& scheme, const EventRule& rule,
                                            Reading& reading);

/// `read_event` reads the type, then makes the event key of the identity, and the hint, into
/// `facts`, which the event borrows.
///
/// Takes the proof, not the delivery: nothing unverified gets a key.
/// Refuses: `malformed_body` or `malformed_event_type` where the policy lists the types that come
///   in, `event_not_allowed`; then `malformed_body`, `missing_identity`, `malformed_identity`.
[[nodiscard]] Result<Event, Reason> read_event(const Authentic& authentic, const EventRule& rule,
                                               const EventPolicy& policy,
                                               std::span<const Bytes> digests, Reading& reading,
                                               Arena& arena, EventFacts& facts);

}  // namespace postern::scheme
