#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "postern/base/bytes.h"
#include "postern/http/body_form.h"

namespace postern::http {

/// Most headers of one delivery. Senders use about a dozen, the edge adds as many again.
inline constexpr std::size_t headers_max = 128;

/// All names and values of one delivery together. Cloudflare lets 128 KiB through; no sender that
/// is known comes near 8.
inline constexpr std::size_t header_bytes_max = std::size_t{32} << 10;

/// Longest query string that is read. Signed ones carry one hash.
inline constexpr std::size_t query_bytes_max = 1024;

/// One header, as Fetch gives it: the name in lower case and once only, repeated values joined by
/// ", ", the value without space around it.
struct Header {
  std::string_view name;
  std::string_view value;
};

enum class Transport : std::uint8_t { plain = 0, https = 1 };

/// One HTTP attempt of a sender, as the host received it. Borrows everything from the call's frame.
struct Delivery {
  /// Unix time after the last byte of the body arrived, so that a slow body cannot stretch a
  /// window.
  std::uint64_t received_ms = 0;
  Transport transport = Transport::plain;
  std::string_view method;
  std::string_view path;
  /// As received, without the question mark, never normalised.
  std::string_view query;
  std::string_view client_address;
  std::span<const Header> headers;
  /// The body's length; the bytes are there only when `body_is_here`.
  std::uint64_t body_bytes = 0;
  bool body_is_here = false;
  BodyForm body_form = BodyForm::unknown;
  Bytes body;
};

/// `find_header` gives the value of the header of that lower-case name, or nothing.
[[nodiscard]] inline const Header* find_header(std::span<const Header> headers,
                                               std::string_view name) {
  for (const Header& header : headers) {
    if (header.name == name) {
      return &header;
    }
  }
  return nullptr;
}

}  // namespace postern::http
