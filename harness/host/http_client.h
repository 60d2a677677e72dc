#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

#include "harness/host/frames.h"

namespace postern::harness {

/// Nobody answered: no connection, no answer within the time, a broken connection.
class Unreachable : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

struct HttpRequest {
  std::string method = "GET";
  std::string url;
  std::vector<Header> headers;
  std::string body;
  std::uint32_t timeout_ms = 30'000;
};

struct HttpResponse {
  std::uint16_t status = 0;
  std::vector<Header> headers;  // Names in lower case.
  std::string body;
  double seconds = 0;

  /// `header` is the first value of that name, or empty.
  [[nodiscard]] std::string header(std::string_view name) const;
};

/// `send_http` sends exactly these headers, and `host` and `content-length`; follows no redirect.
/// Throws `Unreachable`.
[[nodiscard]] HttpResponse send_http(const HttpRequest& request);

}  // namespace postern::harness
