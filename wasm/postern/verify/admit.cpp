#include <array>
#include <span>

#include "postern/gate/ending.h"
#include "postern/gate/forward_fields.h"
#include "postern/gate/states/claiming.h"

namespace postern::gate {

/// Here the way ends, with what an origin would be told.
StepBytes admit(const Routed& routed) {
  Call& call = routed.call();
  ForwardFields fields;
  tell_event(call, fields);
  tell_keys(call, fields);
  std::array<http::Header, forward_fields_count> headers;
  const std::size_t count = fields.write_headers(headers);
  return last_answer(call, {.verdict = Verdict::forwarded, .status = 200},
                     {.headers = std::span(headers).first(count), .body = {}});
}

}  // namespace postern::gate
