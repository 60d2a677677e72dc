#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "harness/host/frames.h"

namespace postern::harness {

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

}  // namespace postern::harness
