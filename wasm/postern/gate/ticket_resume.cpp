#include "postern/base/check.h"
#include "postern/gate/ticket.h"
#include "postern/gate/ticket_fields.h"

namespace postern::gate {

StepBytes TicketFields::resume_forwarding(Call& call, const Routed& routed, Report& report) {
  Facts& facts = call.facts;
  switch (facts.sending.by) {
    case Sending::By::grant:
      return Forwarding{Granted(routed)}.resume(call, report);
    case Sending::By::no_claim:
      return Forwarding{Unclaimed(routed)}.resume(call, report);
    case Sending::By::observation:
      // What was refused has no proof and no event, however far it came.
      facts.has_event =
          facts.decision.verdict == Verdict::duplicate || facts.decision.verdict == Verdict::busy;
      facts.is_authentic = facts.has_event;
      return Forwarding{Observed()}.resume(call, report);
  }
  trap();
}

StepBytes TicketFields::resume(Call& call, Report& report) {
  const Routed routed(call);
  const scheme::Event event(call.facts.event);
  switch (call.head.state) {
    case StateNumber::arrived:
      return Arrived{}.resume(call, report);
    case StateNumber::verifying:
      return Verifying{}.resume(call, report);
    case StateNumber::identifying:
      return Identifying{scheme::Authentic(call.facts.seal, call.arrival.delivery)}.resume(call,
                                                                                           report);
    case StateNumber::admitting:
      return Admitting{routed}.resume(call, report);
    case StateNumber::claiming:
      return Claiming{routed}.resume(call, report);
    case StateNumber::forwarding:
      return resume_forwarding(call, routed, report);
    case StateNumber::settling:
      return Settling{}.resume(call, report);
    case StateNumber::accepting:
      return Accepting{routed}.resume(call, report);
    case StateNumber::accepted:
      return Accepted{routed}.resume(call, report);
    case StateNumber::entrusting:
      return Entrusting{routed}.resume(call, report);
    case StateNumber::owed:
      return Owed{event}.resume(call, report);
    case StateNumber::rerouting:
      return Rerouting{event}.resume(call, report);
    case StateNumber::taking:
      return Taking{event}.resume(call, report);
  }
  trap();
}

}  // namespace postern::gate
