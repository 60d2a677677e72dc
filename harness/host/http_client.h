#pragma once

#include <stdexcept>

#include "harness/host/http_message.h"

namespace postern::harness {

/// Nobody answered: no connection, no answer within the time, a broken connection.
class Unreachable : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// `send_http` sends exactly these headers, and `host` and `content-length`; follows no redirect.
/// Throws `Unreachable`.
[[nodiscard]] HttpResponse send_http(const HttpRequest& request);

}  // namespace postern::harness
