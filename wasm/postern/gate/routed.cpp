#include "postern/gate/routed.h"

#include "postern/base/bytes.h"
#include "postern/base/check.h"
#include "postern/crypto/crc32.h"

namespace postern::gate {

std::string_view name_of(const policy::Destination& destination, const policy::Policy& policy) {
  const policy::Setting& to = destination.to;
  return to.slot == policy::Setting::no_slot ? to.text : policy.settings[to.slot];
}

std::uint32_t id_of(const policy::Destination& destination, const policy::Policy& policy) {
  return crypto::crc32(bytes_of(name_of(destination, policy)));
}

void aim_at(std::size_t destination, const policy::Route& route, const policy::Policy& policy,
            Place& place) {
  place.destination = static_cast<std::uint8_t>(destination);
  place.destination_id = id_of(route.to[destination], policy);
  place.is_first_destination = destination == 0;
  place.is_only_destination = route.to.size() == 1;
}

std::optional<Routed> Routed::make(Call& call, const scheme::Event& event, const Place& place) {
  POSTERN_CHECK(&event.facts() == &call.facts.event);
  call.facts.place = place;
  return is_place(call) ? std::optional(Routed(call)) : std::nullopt;
}

bool Routed::is_place(const Call& call) {
  const Place& place = call.facts.place;
  return call.source != nullptr && place.route < call.source->destinations.size() &&
         place.destination < call.source->destinations[place.route].size();
}

}  // namespace postern::gate
