#pragma once

#include <span>
#include <string>

#include "harness/host/frames.h"
#include "harness/sender/cannot_sign.h"
#include "postern/scheme/signing_scheme.h"

namespace postern::harness {

/// What the parts of a signed content may name, as the sender knows it.
struct ContentValues {
  const Delivery& delivery;
  std::string timestamp;
  std::string id;
  std::string url;     // The configured address, without a query.
  std::string secret;  // The configured text.
};

/// `render_content` makes the text that a rule signs, such as that of `{timestamp}.{body}`. A
/// second implementation beside the core's: of the parts it shares the list, and nothing that makes
/// them. Refuses a delivery without a header or field that is signed, and an address that is not
/// known.
[[nodiscard]] SenderText render_content(std::span<const scheme::Part> content,
                                        const ContentValues& values);

}  // namespace postern::harness
