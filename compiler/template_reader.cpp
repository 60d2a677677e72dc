#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "compiler/locator_reader.h"
#include "postern/policy/policy.h"

namespace postern::compiler {
namespace {

using scheme::Part;
using scheme::PartKind;

struct Word {
  std::string_view name;
  PartKind kind;
};

/// Parts of a signed content that take no argument.
constexpr std::array<Word, 11> part_words = {{{"body", PartKind::body},
                                              {"timestamp", PartKind::timestamp},
                                              {"id", PartKind::id},
                                              {"method", PartKind::method},
                                              {"url", PartKind::url},
                                              {"path", PartKind::path},
                                              {"query", PartKind::query},
                                              {"form:sorted", PartKind::form_sorted},
                                              {"sha256:body", PartKind::sha256_body},
                                              {"crc32:body", PartKind::crc32_body},
                                              {"secret", PartKind::secret}}};

constexpr std::string_view content_hint =
    "known parts: {body} {timestamp} {id} {method} {url} {path} {query} {header:NAME} {query:NAME} "
    "{form:NAME} {field:POINTER} {number:POINTER} {truth:POINTER} {form:sorted} {sha256:body} "
    "{crc32:body} {secret}; {[} and {]} stand around what may be left out; a brace is {{ or }}; "
    "characters stand behind a name: {header:NAME [A-Za-z0-9-]}";

/// Parts that are one value of the delivery, by what stands before its name or its pointer.
constexpr std::array<Word, 6> value_words = {{{"header:", PartKind::header},
                                              {"query:", PartKind::parameter},
                                              {"form:", PartKind::form_field},
                                              {"field:", PartKind::field},
                                              {"number:", PartKind::number},
                                              {"truth:", PartKind::truth}}};

bool is_value(PartKind kind) {
  return std::ranges::find(value_words, kind, &Word::kind) != value_words.end();
}

std::optional<Part> read_field(PartKind kind, std::string_view argument, Storage& storage) {
  const std::optional<json::Pointer> pointer = read_pointer(argument, storage);
  if (!pointer.has_value() || pointer->tokens.empty()) {
    return std::nullopt;
  }
  return Part{.kind = kind, .text = {}, .pointer = *pointer};
}

/// Reads `A-Za-z0-9.-`: characters and ranges of them; a hyphen at either end is one itself.
std::optional<CharacterSet> read_alphabet(std::string_view text) {
  CharacterSet alphabet;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool is_range = i + 2 < text.size() && text[i + 1] == '-';
    const char last = is_range ? text[i + 2] : text[i];
    if (text[i] <= ' ' || last > '~' || last < text[i]) {
      return std::nullopt;
    }
    for (char c = text[i]; c <= last; ++c) {
      alphabet.add(c);
    }
    i += is_range ? 2 : 0;
  }
  return alphabet.is_empty() ? std::nullopt : std::optional(alphabet);
}

/// Whether a part's text is whatever the delivery has, so that a template may say what it may be.
bool may_have_alphabet(PartKind kind) {
  return kind == PartKind::id || kind == PartKind::header || kind == PartKind::field ||
         kind == PartKind::parameter || kind == PartKind::form_field ||
         kind == PartKind::form_sorted;
}

std::optional<Part> read_plain_part(std::string_view word, Storage& storage);

/// Reads what stands between two braces.
std::optional<Part> read_part(std::string_view word, Storage& storage) {
  const std::size_t bracket = word.find(" [");
  if (bracket == std::string_view::npos || !word.ends_with(']')) {
    return read_plain_part(word, storage);
  }
  std::optional<Part> part = read_plain_part(word.substr(0, bracket), storage);
  const auto alphabet = read_alphabet(word.substr(bracket + 2, word.size() - bracket - 3));
  if (!part.has_value() || !may_have_alphabet(part->kind) || !alphabet.has_value()) {
    return std::nullopt;
  }
  part->alphabet = *alphabet;
  return part;
}

/// A named value of a delivery: a header in lower case, a parameter, a field.
std::optional<Part> read_named(PartKind kind, std::string_view argument, Storage& storage) {
  if (argument.empty()) {
    return std::nullopt;
  }
  std::string name(argument);
  if (kind == PartKind::header) {
    std::ranges::transform(name, name.begin(), [](char character) {
      return character >= 'A' && character <= 'Z' ? static_cast<char>(character + 32) : character;
    });
  }
  return Part{.kind = kind, .text = storage.text(std::move(name)), .pointer = {}};
}

std::optional<Part> read_plain_part(std::string_view word, Storage& storage) {
  const auto known = std::ranges::find(part_words, word, &Word::name);
  if (known != part_words.end()) {
    return Part{.kind = known->kind, .text = {}, .pointer = {}};
  }
  for (const auto& [lead, kind] : value_words) {
    if (word.starts_with(lead)) {
      const std::string_view argument = word.substr(lead.size());
      const bool has_pointer =
          kind == PartKind::field || kind == PartKind::number || kind == PartKind::truth;
      return has_pointer ? read_field(kind, argument, storage)
                         : read_named(kind, argument, storage);
    }
  }
  return std::nullopt;
}

/// Puts the parts of a content together, and says which may be left out; what is wrong is the text
/// of `fault`.
struct Assembler {
  std::vector<Part> parts = {};
  std::string fault = {};
  std::uint8_t optionals = 0;  // That have begun.
  std::uint8_t optional = 0;   // That the next part is in.

  void add(Part part) {
    part.optional = optional;
    parts.push_back(part);
    if (optional != 0 && part.kind != PartKind::literal && !is_value(part.kind)) {
      fault = "a part in an optional stretch that every delivery has";
    }
  }

  void begin_optional() {
    if (optional != 0 || optionals == scheme::optionals_max) {
      fault = fmt::format("`{{[}}` in another one, or more than {} of them", scheme::optionals_max);
      return;
    }
    optional = ++optionals;
  }

  void end_optional() {
    const auto is_in_it = [this](const Part& part) {
      return part.optional == optional && part.kind != PartKind::literal;
    };
    const auto values = std::ranges::count_if(parts, is_in_it);
    if (optional == 0 || values == 0) {
      fault = "`{]}` behind nothing that a delivery may lack";
    } else if (values > 1) {
      fault = "two values in one stretch: where one is not there, the other would not be signed";
    }
    optional = 0;
  }
};

/// Splits a template; what is wrong with it is the text of `fault`.
struct Splitter {
  std::vector<TemplatePiece> pieces = {};
  std::string literal = {};
  std::string fault = {};

  void end_literal() {
    if (!literal.empty()) {
      pieces.push_back({.is_word = false, .text = literal});
      literal.clear();
    }
  }

  /// Takes one piece off the front of `text`.
  std::string_view take(std::string_view text) {
    if (text.starts_with("{{") || text.starts_with("}}")) {
      literal += text.front();
      return text.substr(2);
    }
    if (text.front() == '}') {
      fault = "a `}` without its `{`";
      return {};
    }
    if (text.front() != '{') {
      const std::size_t end = std::min(text.find_first_of("{}"), text.size());
      literal += text.substr(0, end);
      return text.substr(end);
    }
    const std::size_t end = text.find('}');
    if (end == std::string_view::npos) {
      fault = "a `{` without its `}`";
      return {};
    }
    end_literal();
    pieces.push_back({.is_word = true, .text = std::string(text.substr(1, end - 1))});
    return text.substr(end + 1);
  }
};

}  // namespace

std::vector<TemplatePiece> split_template(TableReader& reader, std::string_view key,
                                          std::string_view hint) {
  const std::optional<std::string> text = reader.text(key);
  if (!text.has_value()) {
    return {};
  }
  if (text->size() > policy::text_bytes_max) {
    reader.error(key, "too-long",
                 fmt::format("`{}` has more than {} bytes", key, policy::text_bytes_max), "");
    return {};
  }
  Splitter splitter;
  for (std::string_view rest = *text; !rest.empty();) {
    rest = splitter.take(rest);
  }
  splitter.end_literal();
  if (!splitter.fault.empty()) {
    reader.error(key, "bad-template", fmt::format("`{}` has {}", key, splitter.fault),
                 std::string(hint));
    return {};
  }
  return std::move(splitter.pieces);
}

std::span<const Part> read_template(TableReader& reader, std::string_view key, Storage& storage) {
  Assembler assembler;
  for (const TemplatePiece& piece : split_template(reader, key, content_hint)) {
    if (!piece.is_word) {
      assembler.add({.kind = PartKind::literal, .text = storage.text(piece.text), .pointer = {}});
    } else if (piece.text == "[") {
      assembler.begin_optional();
    } else if (piece.text == "]") {
      assembler.end_optional();
    } else if (const auto part = read_part(piece.text, storage); part.has_value()) {
      assembler.add(*part);
    } else {
      assembler.fault = fmt::format("no part `{{{}}}`", piece.text);
    }
    if (!assembler.fault.empty()) {
      break;
    }
  }
  if (assembler.fault.empty() && assembler.optional != 0) {
    assembler.fault = "`{[}` without its `{]}`";
  }
  if (!assembler.fault.empty()) {
    reader.error(key, "bad-template", fmt::format("`{}` has {}", key, assembler.fault),
                 std::string(content_hint));
    return {};
  }
  if (assembler.parts.size() > scheme::content_parts_max) {
    reader.error(key, "too-many",
                 fmt::format("`{}` has more than {} parts", key, scheme::content_parts_max), "");
    return {};
  }
  return storage.list(std::move(assembler.parts));
}

}  // namespace postern::compiler
