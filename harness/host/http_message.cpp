#include "harness/host/http_message.h"

#include <algorithm>

namespace postern::harness {

std::string HttpResponse::header(std::string_view name) const {
  const auto found = std::ranges::find(headers, name, &Header::name);
  return found == headers.end() ? "" : found->value;
}

}  // namespace postern::harness
