#pragma once

#include <span>
#include <string_view>

#include "postern/gate/ticket.h"

namespace postern::gate {

/// One decision record. All texts of it are limited, escapes at most sixfold.
inline constexpr std::size_t record_bytes_max = std::size_t{8} << 10;

/// Of a destination's name: enough to tell those of a route apart.
inline constexpr std::size_t destination_name_bytes_max = 256;

/// What of the policy a record shows besides the ticket. Empty where no source was found.
struct RecordSubject {
  std::string_view source;
  std::string_view provider;
  /// By `scheme::name_of`; empty when nothing was proved.
  std::string_view proof;
  bool has_event = false;
  /// Which destination a run of the queue was for; empty where it was for none in particular.
  std::string_view destination;
};

/// `write_record` writes the decision of a finished delivery as one JSON object without line
/// breaks. It holds no secret, no signature and nothing of the body but its event type.
[[nodiscard]] std::string_view write_record(const Ticket& ticket, const RecordSubject& subject,
                                            std::span<char> room);

}  // namespace postern::gate
