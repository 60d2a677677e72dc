// What the types let through: each maker in its place, from the ticket's facts to a permit.
// compiles

#include "postern/gate/states/claiming.h"
#include "postern/gate/states/forwarding.h"

namespace postern::gate {

StepBytes go_on(Call& call, const scheme::Event& event, const ledger::Reply& reply) {
  const auto routed = Routed::make(call, event, Place{});
  if (!routed.has_value()) {
    return {};
  }
  const auto granted = Granted::make(*routed, reply);
  return granted.has_value() ? forward(call, *granted) : admit(*routed);
}

StepBytes go_on_without_claim(const Routed& routed) {
  const auto unclaimed = Unclaimed::make(routed);
  return unclaimed.has_value() ? forward(routed.call(), *unclaimed) : StepBytes{};
}

StepBytes only_observe(Call& call, const Decision& decision) {
  const auto observed = Observed::make(call, decision);
  return observed.has_value() ? forward(call, *observed) : StepBytes{};
}

}  // namespace postern::gate
