#include "postern/gate/address.h"

#include <algorithm>

#include "postern/gate/ending.h"
#include "postern/gate/rate_limit.h"
#include "postern/gate/states/arrived.h"
#include "postern/gate/states/verifying.h"
#include "postern/gate/ticket.h"
#include "postern/http/address.h"

namespace postern::gate {
namespace {

bool lets_in(const Call& call) {
  const auto ranges = call.source->policy->allow_addresses;
  if (ranges.empty()) {
    return true;
  }
  const auto address = http::parse_address(call.arrival.delivery.client_address);
  return address.has_value() && std::ranges::any_of(ranges, [&](const policy::AddressRange& range) {
           return http::shares_prefix(*address, range.address, range.prefix_bits);
         });
}

}  // namespace

StepBytes look_at_address(Call& call) {
  if (!lets_in(call)) {
    return refuse(call, Reason::address_refused);
  }
  if (call.source->policy->rate_limit.by == policy::LimitBy::address) {
    // A body that came along is needed again: it is not verified yet.
    return ask(call, Arrived{}, limit_of(call),
               {.body_need = need_if(call.arrival.delivery.body_is_here)});
  }
  return verify(call);
}

StepBytes Arrived::resume(Call& call, Report& report) const {
  const Counted counted = read_limit(call, report);
  if (counted == Counted::malformed) {
    return {};
  }
  return counted == Counted::denied ? end(call, rate_refusal(call)) : verify(call);
}

}  // namespace postern::gate
