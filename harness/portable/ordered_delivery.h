#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <vector>

#include "compiler/catalogue.h"
#include "harness/host/frames.h"

// A signed delivery for a program, such as a test.

namespace postern::harness {

struct DeliveryOrder {
  std::string provider;
  std::string secret;                 // Empty: none.
  std::string private_key;            // Empty: none.
  std::optional<std::int64_t> at_ms;  // Absent: now.
  std::int64_t now_ms = 0;
  std::string id;    // Empty: one made of the body.
  std::string url;   // The address that the sender was given.
  std::string type;  // Put where the provider has it: a header or the JSON body. Empty: none.
  std::string method;
  std::vector<Header> headers;
  std::string body;
};

/// `ordered_delivery` signs what was ordered, and calls a body of JSON or of a form by its type.
/// Else a sentence for whoever ordered it: no such provider, or one with errors, a secret in
/// another form than the provider's, what cannot be signed, an order that has no effect. Where one
/// part of the order is at fault the sentence begins with its name: `secret`, `key`, `at`, `id`,
/// `url`, `type`, `headers` or `body`.
[[nodiscard]] std::expected<Delivery, std::string> ordered_delivery(const DeliveryOrder& order,
                                                                    compiler::Catalogue& catalogue,
                                                                    compiler::Report& report);

}  // namespace postern::harness
