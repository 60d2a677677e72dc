#include <fmt/format.h>

#include <algorithm>

#include "compiler/diagnostics.h"

// Diagnostics as JSON. Written by hand: a library for it would be a tenth of the compiler where
// that is WebAssembly, and bring imports with it.

namespace postern::compiler {
namespace {

/// What stands for bytes that are no UTF-8: U+FFFD.
constexpr std::string_view replacement = "\xEF\xBF\xBD";

/// How many bytes follow a first byte, and what the first of them may be.
/// Source: The Unicode Standard 16, table 3-7. Read 2026-11-21.
struct Sequence {
  std::size_t following = 0;
  unsigned char least = 0x80;
  unsigned char most = 0xBF;
};

/// Nothing follows a byte that begins no sequence.
Sequence sequence_of(unsigned char first) {
  if (first >= 0xC2 && first <= 0xDF) {
    return {.following = 1};
  }
  if (first >= 0xE0 && first <= 0xEF) {
    return {.following = 2,
            .least = static_cast<unsigned char>(first == 0xE0 ? 0xA0 : 0x80),
            .most = static_cast<unsigned char>(first == 0xED ? 0x9F : 0xBF)};
  }
  if (first >= 0xF0 && first <= 0xF4) {
    return {.following = 3,
            .least = static_cast<unsigned char>(first == 0xF0 ? 0x90 : 0x80),
            .most = static_cast<unsigned char>(first == 0xF4 ? 0x8F : 0xBF)};
  }
  return {};
}

/// Takes the first character off `text`: its bytes, or, of what is cut off or malformed, the
/// replacement for as many bytes as could have begun a character.
std::string_view take_character(std::string_view& text) {
  const Sequence sequence = sequence_of(static_cast<unsigned char>(text.front()));
  std::size_t size = 1;
  while (size <= sequence.following && size < text.size()) {
    const auto byte = static_cast<unsigned char>(text[size]);
    const bool is_first = size == 1;
    if (byte < (is_first ? sequence.least : 0x80) || byte > (is_first ? sequence.most : 0xBF)) {
      break;
    }
    ++size;
  }
  const bool is_ascii = static_cast<unsigned char>(text.front()) < 0x80;
  const bool is_whole = is_ascii || (sequence.following != 0 && size == sequence.following + 1);
  const std::string_view taken = text.substr(0, size);
  text.remove_prefix(size);
  return is_whole ? taken : replacement;
}

std::string json_of(const Diagnostic& diagnostic) {
  return fmt::format(
      "    {{\n"
      "      \"severity\": {},\n"
      "      \"code\": {},\n"
      "      \"file\": {},\n"
      "      \"line\": {},\n"
      "      \"column\": {},\n"
      "      \"width\": {},\n"
      "      \"message\": {},\n"
      "      \"hint\": {},\n"
      "      \"source_line\": {}\n"
      "    }}",
      json_quoted(name_of(diagnostic.severity)), json_quoted(diagnostic.code),
      json_quoted(diagnostic.file), diagnostic.line, diagnostic.column, diagnostic.width,
      json_quoted(diagnostic.message), json_quoted(diagnostic.hint),
      json_quoted(diagnostic.source_line));
}

}  // namespace

std::string json_quoted(std::string_view text) {
  constexpr std::string_view escaped = "\"\\\b\t\n\f\r";
  constexpr std::string_view letters = "\"\\btnfr";
  std::string json = "\"";
  while (!text.empty()) {
    const std::string_view character = take_character(text);
    if (const std::size_t at = escaped.find(character.front()); at != std::string_view::npos) {
      json += '\\';
      json += letters[at];
    } else if (static_cast<unsigned char>(character.front()) < 0x20) {
      json += fmt::format("\\u{:04x}", static_cast<unsigned>(character.front()));
    } else {
      json += character;
    }
  }
  return json + '"';
}

std::string as_json(const std::vector<Diagnostic>& diagnostics) {
  std::string list;
  for (const Diagnostic& diagnostic : diagnostics) {
    list += (list.empty() ? "\n" : ",\n") + json_of(diagnostic);
  }
  const auto errors = static_cast<std::size_t>(
      std::ranges::count(diagnostics, Severity::error, &Diagnostic::severity));
  return fmt::format("{{\n  \"errors\": {},\n  \"warnings\": {},\n  \"diagnostics\": [{}{}]\n}}\n",
                     errors, diagnostics.size() - errors, list, list.empty() ? "" : "\n  ");
}

}  // namespace postern::compiler
