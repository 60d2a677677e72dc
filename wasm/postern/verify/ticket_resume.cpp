#include "postern/gate/ticket.h"
#include "postern/gate/ticket_fields.h"

namespace postern::gate {

/// Of a state behind these no ticket is written here.
StepBytes TicketFields::resume(Call& call, Report& report) {
  switch (call.head.state) {
    case StateNumber::verifying:
      return Verifying{}.resume(call, report);
    case StateNumber::identifying:
      return Identifying{scheme::Authentic(call.facts.seal, call.arrival.delivery)}.resume(call,
                                                                                           report);
    default:
      return {};
  }
}

}  // namespace postern::gate
