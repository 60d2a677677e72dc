#include "postern/gate/kept_headers.h"

#include <algorithm>

#include "postern/gate/forward_headers.h"
#include "postern/gate/ticket.h"
#include "postern/scheme/claims.h"

namespace postern::gate {

bool keep_headers(Call& call) {
  const std::span<const http::Header> all = call.arrival.delivery.headers;
  const std::span<http::Header> kept = call.arena.make_array<http::Header>(kept_headers_max);
  std::size_t places = kept.size();
  std::size_t bytes = kept_header_bytes_max;
  const auto fits = [&](const http::Header& header) {
    const std::size_t size = header.name.size() + header.value.size() + 4;
    if (places == 0 || size > bytes) {
      return false;
    }
    --places;
    bytes -= size;
    return true;
  };
  const auto is_read = [&](const http::Header& header) {
    return scheme::reads_header(*call.source->scheme, header.name);
  };
  if (!std::ranges::all_of(
          all, [&](const http::Header& header) { return !is_read(header) || fits(header); })) {
    return false;
  }
  std::size_t count = 0;
  for (const http::Header& header : all) {
    if (is_read(header) || (goes_on(*call.source, header.name, Way::at_once) && fits(header))) {
      kept[count++] = header;
    }
  }
  call.arrival.delivery.headers = kept.first(count);
  return true;
}

}  // namespace postern::gate
