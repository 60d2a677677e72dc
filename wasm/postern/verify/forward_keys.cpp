#include "postern/gate/forward_keys.h"

namespace postern::gate {

// Nothing is forwarded: no destination is looked at, nothing is signed, and no secret for it is
// missed.

void read_forward_keys(const policy::Policy&, std::span<const std::string_view>, ForwardKeys,
                       std::uint16_t&, std::size_t&, Arena&) {}

void read_destinations(const policy::Gate&, const policy::Source&,
                       std::span<const std::string_view>, std::span<const scheme::Key* const>,
                       LiveSource&, Arena&) {}

}  // namespace postern::gate
