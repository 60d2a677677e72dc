#include "postern/http/body_form.h"

#include <algorithm>
#include <string_view>

#include "postern/base/characters.h"

namespace postern::http {
namespace {

using namespace std::string_view_literals;

constexpr std::string_view white_space = " \t\n\r";
constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

/// RFC 2046, section 5.1.1.
constexpr std::size_t boundary_bytes_max = 70;

bool is_boundary(char c) {
  return consists_of({&c, 1}, Characters::path) || " '()+,:=?"sv.contains(c);
}

bool begins_with_boundary_line(std::string_view head) {
  if (!head.starts_with("--")) {
    return false;
  }
  const std::string_view line = head.substr(2, head.find("\r\n") - 2);
  const std::size_t end = line.find_last_not_of(" \t") + 1;
  return line.size() < head.size() - 2 && end != 0 && end <= boundary_bytes_max &&
         std::ranges::all_of(line.substr(0, end), is_boundary);
}

/// Where the first name of a form would end: at the first byte that no name has.
std::size_t end_of_name(std::string_view head) {
  const auto end = std::ranges::find_if(head, [](char c) {
    return !consists_of({&c, 1}, Characters::visible) || "=&\"<"sv.contains(c);
  });
  return static_cast<std::size_t>(end - head.begin());
}

bool is_control(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return (byte < 0x20 && !white_space.contains(c)) || byte == 0x7F;
}

}  // namespace

BodyForm body_form_of(Bytes bytes, std::uint64_t body_bytes) {
  if (body_bytes == 0) {
    return BodyForm::empty;
  }
  const std::string_view head = text_of(bytes);
  const bool is_whole = head.size() == body_bytes;
  if (!is_whole && head.size() < body_head_bytes_max) {
    return BodyForm::unknown;
  }
  const std::size_t mark = head.starts_with(byte_order_mark) ? byte_order_mark.size() : 0;
  const std::size_t first = head.find_first_not_of(white_space, mark);
  if (first == head.npos) {
    return is_whole ? BodyForm::text : BodyForm::unknown;
  }
  if (head[first] == '<') {
    return BodyForm::xml;
  }
  if (mark == 0 && (head[first] == '{' || head[first] == '[')) {
    return BodyForm::json;
  }
  if (begins_with_boundary_line(head.substr(0, body_head_bytes_max))) {
    return BodyForm::multipart;
  }
  const std::size_t name = end_of_name(head);
  if (name == head.size() && !is_whole) {
    return BodyForm::unknown;
  }
  if (name != 0 && name != head.size() && head[name] == '=') {
    return BodyForm::form;
  }
  const std::string_view tested = head.substr(0, body_head_bytes_max);
  return std::ranges::any_of(tested, is_control) ? BodyForm::other : BodyForm::text;
}

}  // namespace postern::http
