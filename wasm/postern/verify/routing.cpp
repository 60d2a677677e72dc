#include "postern/gate/routing.h"

#include <array>
#include <span>

#include "postern/gate/ending.h"
#include "postern/gate/forward_fields.h"
#include "postern/gate/route.h"

namespace postern::gate {

/// Here the way ends, with what an origin would be told.
StepBytes route_event(Call& call, const scheme::Event&, const scheme::EventRule& rule,
                      scheme::Reading& reading) {
  call.facts.sender_id = scheme::sender_id_of(*call.source->scheme, rule, reading);
  ForwardFields fields;
  tell_event(call, fields);
  tell_keys(call, fields);
  std::array<http::Header, forward_fields_count> headers;
  const std::size_t count = fields.write_headers(headers);
  return last_answer(call, {.verdict = Verdict::forwarded, .status = 200},
                     {.headers = std::span(headers).first(count), .body = {}});
}

bool routes_read_body(const policy::Source&) { return false; }

}  // namespace postern::gate
