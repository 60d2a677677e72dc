#include "compiler/acknowledgement_reader.h"

#include <fmt/format.h>

#include <algorithm>

#include "compiler/table_reader.h"

namespace postern::compiler {
namespace {

/// Longest half of a media type (RFC 6838, section 4.2).
constexpr std::size_t media_name_bytes_max = 127;

/// `restricted-name` of RFC 6838, section 4.2, in lower case.
bool is_media_name(std::string_view text) {
  constexpr std::string_view first = "abcdefghijklmnopqrstuvwxyz0123456789";
  constexpr std::string_view others = "abcdefghijklmnopqrstuvwxyz0123456789!#$&-^_.+";
  return !text.empty() && text.size() <= media_name_bytes_max && first.contains(text.front()) &&
         text.find_first_not_of(others) == std::string_view::npos;
}

}  // namespace

bool is_media_type(std::string_view text) {
  const std::size_t slash = text.find('/');
  return slash != std::string_view::npos && is_media_name(text.substr(0, slash)) &&
         is_media_name(text.substr(slash + 1));
}

policy::Acknowledgement read_acknowledgement(const toml::table& table, std::string_view what,
                                             Storage& storage, Report& report) {
  TableReader reader(table, what, report);
  std::string type = reader.text("type").value_or("text/plain");
  if (!is_media_type(type)) {
    reader.error("type", "bad-media-type", "this is not a plain media type",
                 "a type and a subtype in lower case, without parameters: \"text/plain\"");
  }
  std::string body = reader.required_text("body", "what the sender wants to read");
  if (body.size() > policy::acknowledgement_bytes_max) {
    reader.error("body", "out-of-range",
                 fmt::format("`body` has more than {} bytes", policy::acknowledgement_bytes_max),
                 "");
  }
  reader.finish();
  return {.content_type = storage.text(std::move(type)), .body = storage.text(std::move(body))};
}

}  // namespace postern::compiler
