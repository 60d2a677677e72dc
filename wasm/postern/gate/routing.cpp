#include "postern/gate/routing.h"

#include <algorithm>

#include "postern/base/check.h"
#include "postern/gate/ending.h"
#include "postern/gate/route.h"
#include "postern/gate/routed.h"
#include "postern/gate/signed_query.h"
#include "postern/gate/states/claiming.h"
#include "postern/http/query.h"

namespace postern::gate {

StepBytes route_event(Call& call, const scheme::Event& event, const scheme::EventRule& rule,
                      scheme::Reading& reading) {
  const LiveSource& source = *call.source;
  const auto number = route_of(*source.policy, event, reading);
  if (!number.has_value() && number.error() != Reason::no_route) {
    return refuse(call, number.error());
  }
  if (!number.has_value()) {
    return end(call, {.verdict = Verdict::unrouted,
                      .reason = Reason::no_route,
                      .status = status_of(Reason::no_route)});
  }
  call.facts.sender_id = scheme::sender_id_of(*source.scheme, rule, reading);
  const policy::Route& route = source.policy->routes[*number];
  if (route.kind == policy::RouteKind::answer) {
    return end(call, {.verdict = Verdict::unrouted,
                      .reason = Reason::answered_by_route,
                      .status = route.answer_status});
  }
  const std::string_view query = signed_query(call, &call.facts.seal);
  const bool is_forwardable = std::ranges::all_of(
      source.destinations[*number],
      [&](const LiveDestination& destination) { return http::may_extend(destination.url, query); });
  if (!is_forwardable) {
    return refuse(call, Reason::unforwardable_query);
  }
  Place place{.route = *number};
  // A hot source is spread over several stores; the key's own bits choose.
  place.shard = std::to_integer<std::uint8_t>(event.key()[0]) % source.policy->shards;
  aim_at(0, route, *call.configuration.policy, place);
  const auto routed = Routed::make(call, event, place);
  POSTERN_CHECK(routed.has_value());
  return admit(*routed);
}

}  // namespace postern::gate
