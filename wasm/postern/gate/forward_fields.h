#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "postern/gate/call.h"
#include "postern/http/delivery.h"

namespace postern::gate {

/// What the gate itself tells the origin of a forward, in `postern-*` headers. The order is part of
/// the contract: it is that of the text which the gate signs.
enum class ForwardField : std::uint8_t {
  source = 0,       // The source's name.
  event = 1,        // The event's type.
  id = 2,           // The sender's own id of the event or the delivery.
  key = 3,          // The key of the ledger's row: the same on each attempt.
  content_key = 4,  // What all copies of one content have in common.
  attempt = 5,      // The lease's epoch.
  maybe_duplicate = 6,
  proof = 7,    // How much of the delivery was proved.
  verdict = 8,  // Of what a source that observes lets through: what would have become of it.
  reason = 9,
  tenant = 10,  // Whose delivery it is, where the source's secrets are tenants'.
};
inline constexpr std::size_t forward_fields_count = 11;

/// The fields of one forward; an empty one is not sent. Borrows its values.
class ForwardFields {
 public:
  /// A value that does not come through a header as it is counts as none: every field is one line
  /// of what is signed.
  void set(ForwardField field, std::string_view value);

  /// `write_headers` puts those that are there to the start of `room`, which has place for all, and
  /// gives their number.
  [[nodiscard]] std::size_t write_headers(std::span<http::Header> room) const;

  /// In the order of the fields. Without the tenant where there is none: what is signed then has a
  /// line less, and so it is what it was before there were tenants.
  [[nodiscard]] std::span<const std::string_view> values() const {
    return std::span(values_).first(values_.size() - (values_.back().empty() ? 1 : 0));
  }

 private:
  std::array<std::string_view, forward_fields_count> values_;
};

/// `tell_event` sets what is known of the event of `call` and of its proof, `tell_keys` the keys
/// that its copies are known by. Borrows: from the call's facts and arena.
void tell_event(const Call& call, ForwardFields& fields);
void tell_keys(const Call& call, ForwardFields& fields);

}  // namespace postern::gate
