#pragma once

#include <cstddef>
#include <expected>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "postern/http/delivery.h"

namespace postern::compiler {

/// Longer requests are not read: nobody pastes one, and the first bytes of a body tell its sender.
inline constexpr std::size_t http_text_bytes_max = std::size_t{1} << 20;

/// A request as it was written down. Borrows the body.
struct WrittenRequest {
  std::string method = "POST";
  std::string path = "/";
  std::string query;
  std::vector<std::pair<std::string, std::string>> headers;
  /// Behind the empty line; nothing where only headers were written.
  std::string_view body;
  bool has_body = false;
};

/// `read_http_text` reads a raw request of HTTP/1.1: a first line or none, headers, and behind an
/// empty line the body. Lines end with LF or CR LF. Names become lower case; values of one name are
/// joined by ", ", as Fetch does.
///
/// Refuses, with a sentence that names the line and never shows it: more than
/// `http_text_bytes_max` bytes, a line that is no header, a name that is none, more than
/// `http::headers_max` headers, no header at all.
[[nodiscard]] std::expected<WrittenRequest, std::string> read_http_text(std::string_view text);

}  // namespace postern::compiler
