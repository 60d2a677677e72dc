#include "compiler/commands/dotenv_lines.h"

#include <algorithm>
#include <optional>

namespace postern::compiler {
namespace {

/// Characters, not bytes: white space and the ends of lines are more than ASCII has.
using Text = std::u32string;

constexpr char32_t replacement = U'\uFFFD';

/// What is no UTF-8 becomes U+FFFD, one for each byte.
Text decode_utf8(std::string_view bytes) {
  Text text;
  for (std::size_t i = 0; i < bytes.size();) {
    const auto first = static_cast<unsigned char>(bytes[i]);
    const std::size_t length = first < 0x80 ? 1 : first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
    char32_t value = length == 1   ? first
                     : length == 2 ? first & 0x1FU
                     : length == 3 ? first & 0x0FU
                                   : first & 0x07U;
    bool is_sound = first < 0x80 || (first >= 0xC2 && first <= 0xF4 && i + length <= bytes.size());
    for (std::size_t k = 1; is_sound && k < length; ++k) {
      const auto next = static_cast<unsigned char>(bytes[i + k]);
      is_sound = (next & 0xC0U) == 0x80U;
      value = (value << 6U) | (next & 0x3FU);
    }
    const bool is_long = (length == 3 && value < 0x800) || (length == 4 && value < 0x10000);
    is_sound = is_sound && !is_long && value <= 0x10FFFF && (value < 0xD800 || value > 0xDFFF);
    text.push_back(is_sound ? value : replacement);
    i += is_sound ? length : 1;
  }
  return text;
}

std::string encode_utf8(std::u32string_view text) {
  std::string bytes;
  for (const char32_t c : text) {
    const auto part = [c](unsigned shift, unsigned mark, unsigned mask) {
      return static_cast<char>(mark | ((static_cast<unsigned>(c) >> shift) & mask));
    };
    if (c < 0x80) {
      bytes.push_back(static_cast<char>(c));
    } else if (c < 0x800) {
      bytes += {part(6, 0xC0, 0x1F), part(0, 0x80, 0x3F)};
    } else if (c < 0x10000) {
      bytes += {part(12, 0xE0, 0x0F), part(6, 0x80, 0x3F), part(0, 0x80, 0x3F)};
    } else {
      bytes +=
          {part(18, 0xF0, 0x07), part(12, 0x80, 0x3F), part(6, 0x80, 0x3F), part(0, 0x80, 0x3F)};
    }
  }
  return bytes;
}

/// `\s` of ECMAScript: white space and the ends of lines, the byte order mark among them.
bool is_space(char32_t c) {
  constexpr std::u32string_view others = U" \u00A0\u1680\u2028\u2029\u202F\u205F\u3000\uFEFF";
  return (c >= 9 && c <= 13) || (c >= 0x2000 && c <= 0x200A) || others.contains(c);
}

/// What ends a line for `^`, `$` and `.`.
bool ends_line(char32_t c) { return c == U'\n' || c == U'\r' || c == 0x2028 || c == 0x2029; }

bool is_name(char32_t c) {
  return (c >= U'a' && c <= U'z') || (c >= U'A' && c <= U'Z') || (c >= U'0' && c <= U'9') ||
         c == U'_' || c == U'.' || c == U'-';
}

bool is_quote(char32_t c) { return c == U'"' || c == U'\'' || c == U'`'; }

Text without_carriage_returns(Text text) {
  Text lines;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool is_pair = text[i] == U'\r' && i + 1 < text.size() && text[i + 1] == U'\n';
    if (!is_pair) {
      lines.push_back(text[i] == U'\r' ? U'\n' : text[i]);
    }
  }
  return lines;
}

/// Reads what dotenv's pattern for a line finds, from each place on at which it can.
class LineReader {
 public:
  explicit LineReader(Text text) : text_(std::move(text)) {}

  struct Found {
    std::u32string_view name;
    std::u32string_view value;
    std::size_t begin = 0;
    std::size_t end = 0;
  };

  /// The next line at or behind `from`.
  [[nodiscard]] std::optional<Found> next(std::size_t from) const {
    for (std::size_t at = from; at <= text_.size(); ++at) {
      if (at > 0 && !ends_line(text_[at - 1])) {
        continue;
      }
      const std::size_t first = skip_spaces(at);
      if (auto found = line_at(first)) {
        return found;
      }
      at = first;  // Every start between the two finds the same.
    }
    return std::nullopt;
  }

  [[nodiscard]] const Text& text() const { return text_; }

 private:
  [[nodiscard]] std::size_t skip_spaces(std::size_t at) const {
    while (at < text_.size() && is_space(text_[at])) {
      ++at;
    }
    return at;
  }

  [[nodiscard]] bool is_at(std::size_t at, char32_t c) const {
    return at < text_.size() && text_[at] == c;
  }

  /// `\s*(?:export\s+)?([\w.-]+)`, then what `=` or `:` brings.
  [[nodiscard]] std::optional<Found> line_at(std::size_t first) const {
    constexpr std::u32string_view mark = U"export";
    if (std::u32string_view(text_).substr(first).starts_with(mark)) {
      const std::size_t behind = first + mark.size();
      const std::size_t name = skip_spaces(behind);
      if (auto found = name > behind ? pair_at(name) : std::nullopt) {
        found->begin = first;
        return found;
      }
    }
    auto found = pair_at(first);
    if (found.has_value()) {
      found->begin = first;
    }
    return found;
  }

  [[nodiscard]] std::optional<Found> pair_at(std::size_t begin) const {
    std::size_t end = begin;
    while (end < text_.size() && is_name(text_[end])) {
      ++end;
    }
    if (end == begin) {
      return std::nullopt;
    }
    Found found{.name = std::u32string_view(text_).substr(begin, end - begin),
                .value = {},
                .begin = begin,
                .end = end};
    if (const std::size_t equals = skip_spaces(end); is_at(equals, U'=')) {
      read_value(equals + 1, found);
      return found;
    }
    if (is_at(end, U':') && end + 1 < text_.size() && is_space(text_[end + 1])) {
      read_value(end + 2, found);
      return found;
    }
    return std::nullopt;
  }

  /// A value in quotes where its end is followed by nothing but a comment; else all up to `#` or
  /// the line's end.
  void read_value(std::size_t begin, Found& found) const {
    const std::size_t first = skip_spaces(begin);
    if (first < text_.size() && is_quote(text_[first]) && read_quoted(begin, first, found)) {
      return;
    }
    std::size_t end = begin;
    while (end < text_.size() && text_[end] != U'#' && text_[end] != U'\n') {
      ++end;
    }
    found.value = std::u32string_view(text_).substr(begin, end - begin);
    found.end = tail_at(end).value_or(end);
  }

  /// The first quote that no backslash stands before ends it, or else the last one that has one.
  [[nodiscard]] bool read_quoted(std::size_t begin, std::size_t first, Found& found) const {
    std::vector<std::size_t> ends;  // The best one last.
    for (std::size_t at = first + 1; at < text_.size(); ++at) {
      if (text_[at] == text_[first]) {
        ends.push_back(at);
        if (at == first + 1 || text_[at - 1] != U'\\') {
          break;
        }
      }
    }
    for (; !ends.empty(); ends.pop_back()) {
      if (const auto end = tail_at(ends.back() + 1)) {
        found.value = std::u32string_view(text_).substr(begin, ends.back() + 1 - begin);
        found.end = *end;
        return true;
      }
    }
    return false;
  }

  /// `\s*(?:#.*)?$`: where it ends; nothing where something else follows.
  [[nodiscard]] std::optional<std::size_t> tail_at(std::size_t begin) const {
    std::size_t at = skip_spaces(begin);
    if (is_at(at, U'#')) {
      while (at < text_.size() && !ends_line(text_[at])) {
        ++at;
      }
      return at;
    }
    while (at < text_.size() && (at == begin || !ends_line(text_[at]))) {
      if (ends_line(text_[at])) {
        return at;
      }
      if (at == begin) {
        return std::nullopt;
      }
      --at;
    }
    return at;
  }

  Text text_;
};

std::u32string_view trimmed(std::u32string_view text) {
  while (!text.empty() && is_space(text.front())) {
    text.remove_prefix(1);
  }
  while (!text.empty() && is_space(text.back())) {
    text.remove_suffix(1);
  }
  return text;
}

/// `/^(['"`])([\s\S]*)\1$/mg` replaced by what stands between the quotes.
Text without_quotes(std::u32string_view value) {
  Text text;
  for (std::size_t at = 0; at < value.size(); ++at) {
    const bool is_start = at == 0 || ends_line(value[at - 1]);
    std::size_t end = is_start && is_quote(value[at]) ? value.size() : 0;
    while (end > at + 1 &&
           !(value[end - 1] == value[at] && (end == value.size() || ends_line(value[end])))) {
      --end;
    }
    if (end > at + 1) {
      text += value.substr(at + 1, end - at - 2);
      at = end - 1;
    } else {
      text.push_back(value[at]);
    }
  }
  return text;
}

void replace_all(std::string& text, std::string_view from, char to) {
  for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + 1)) {
    text.replace(at, from.size(), 1, to);
  }
}

std::string value_of(std::u32string_view written) {
  const std::u32string_view value = trimmed(written);
  std::string text = encode_utf8(without_quotes(value));
  if (!value.empty() && value.front() == U'"') {
    replace_all(text, "\\n", '\n');
    replace_all(text, "\\r", '\r');
  }
  return text;
}

/// Lines of what lies between two that were read, blank ones and comments aside.
void note_ignored(const Text& text, std::size_t from, std::size_t to, DotenvLines& lines) {
  std::size_t line =
      1 + static_cast<std::size_t>(
              std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(from), U'\n'));
  std::u32string_view rest = std::u32string_view(text).substr(from, to - from);
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find(U'\n'), rest.size());
    const std::u32string_view one = trimmed(rest.substr(0, end));
    if (!one.empty() && one.front() != U'#') {
      lines.ignored_lines.push_back(line);
    }
    ++line;
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
}

}  // namespace

DotenvLines read_dotenv(std::string_view text) {
  DotenvLines lines;
  const LineReader reader(without_carriage_returns(decode_utf8(text)));
  std::size_t at = 0;
  while (const auto found = reader.next(at)) {
    note_ignored(reader.text(), at, found->begin, lines);
    const std::string name = encode_utf8(found->name);
    const auto known = std::ranges::find(
        lines.pairs, name, [](const auto& pair) -> const auto& { return pair.first; });
    if (known != lines.pairs.end()) {
      known->second = value_of(found->value);
      lines.repeated.push_back(name);
    } else {
      lines.pairs.emplace_back(name, value_of(found->value));
    }
    at = found->end;
  }
  note_ignored(reader.text(), at, reader.text().size(), lines);
  return lines;
}

}  // namespace postern::compiler
