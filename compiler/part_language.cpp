#include "compiler/part_language.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

namespace postern::compiler {
namespace {

using scheme::BodyFormat;
using scheme::Part;
using scheme::PartKind;
using scheme::Scheme;
using scheme::SignatureRule;
using scheme::TimeUnit;

constexpr std::size_t sha256_hex_digits = 64;

/// Digits of a Unix time from September 2001 to November 2286.
constexpr std::size_t seconds_digits = 10;
constexpr std::size_t milliseconds_digits = 13;

ByteSet set_of(std::string_view characters) {
  ByteSet bytes;
  for (const char c : characters) {
    bytes.set(static_cast<unsigned char>(c));
  }
  return bytes;
}

ByteSet set_of(const CharacterSet& characters) {
  ByteSet bytes;
  for (unsigned byte = 0; byte < 128; ++byte) {
    bytes[byte] = characters.has(static_cast<char>(byte));
  }
  return bytes;
}

ByteSet all_bytes() { return ByteSet().set().reset(secret_symbol); }
ByteSet letters() { return set_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"); }
ByteSet digits() { return set_of("0123456789"); }

Language any_of(const ByteSet& first, const ByteSet& rest) {
  return {.row = {}, .first = first, .rest = rest, .may_be_empty = false};
}

Language any_or_none_of(const ByteSet& first, const ByteSet& rest) {
  return {.row = {}, .first = first, .rest = rest, .may_be_empty = true};
}

Language row_of(std::size_t count, const ByteSet& each) {
  return {.row = std::vector<ByteSet>(count, each), .first = {}, .rest = {}, .may_be_empty = false};
}

Language literal(std::string_view text) {
  Language language;
  for (const char c : text) {
    language.row.push_back(set_of({&c, 1}));
  }
  return language;
}

/// Date and time to the second, then a fraction and a zone. There is one `T` in it, at the same
/// place from its beginning in each: so no such text ends as another one does.
Language rfc3339() {
  Language language = literal("0000-00-00T00:00:00");
  for (ByteSet& bytes : language.row) {
    bytes = bytes[static_cast<unsigned char>('0')] ? digits() : bytes;
  }
  language.rest = digits() | set_of("Z:.+-");
  return language;
}

/// `Sun, 06 Nov 1994 08:49:37 GMT`, always as long.
Language http_date() {
  Language language = literal("AAA, 00 AAA 0000 00:00:00 GMT");
  for (std::size_t i = 0; i + 3 < language.row.size(); ++i) {
    ByteSet& bytes = language.row[i];
    bytes = bytes[static_cast<unsigned char>('0')]   ? digits()
            : bytes[static_cast<unsigned char>('A')] ? letters()
                                                     : bytes;
  }
  return language;
}

/// No time with more or fewer digits is within the days that a window may have.
Language time(TimeUnit unit) {
  if (unit == TimeUnit::rfc3339 || unit == TimeUnit::iso_utc) {
    return rfc3339();
  }
  if (unit == TimeUnit::http_date) {
    return http_date();
  }
  if (unit == TimeUnit::either) {
    Language language = row_of(seconds_digits, digits());
    language.rest = digits();
    return language;
  }
  return row_of(unit == TimeUnit::milliseconds ? milliseconds_digits : seconds_digits, digits());
}

Language body(const Scheme& scheme, const SignatureRule& rule) {
  const ByteSet json = set_of(" \t\r\n{[");
  Language language = any_or_none_of({}, all_bytes());
  for (unsigned byte = 0; byte < 256; ++byte) {
    language.first[byte] = http::may_begin_with(scheme.sends, static_cast<std::uint8_t>(byte));
  }
  language.may_be_empty = http::has(scheme.sends, http::BodyForm::empty);
  if (rule.format == BodyFormat::json) {
    language.first &= json;
    language.may_be_empty = false;
  } else if (rule.format == BodyFormat::form) {
    language.first &= ~set_of("{[");
  }
  return language;
}

/// The alphabet that a template gives, or `otherwise`.
Language named(const Part& part, const ByteSet& otherwise) {
  const ByteSet bytes = part.alphabet.is_empty() ? otherwise : set_of(part.alphabet);
  return any_or_none_of(bytes, bytes);
}

Language language_of(const Scheme& scheme, const SignatureRule& rule, const Part& part) {
  const ByteSet visible = visible_bytes();
  switch (part.kind) {
    case PartKind::literal:
      return literal(part.text);
    case PartKind::body:
      return body(scheme, rule);
    case PartKind::timestamp:
      return time(scheme.timestamp.unit);
    case PartKind::id:
      return any_of(set_of(scheme.id_alphabet), set_of(scheme.id_alphabet));
    case PartKind::header:
      return named(part, visible | set_of(" \t"));
    case PartKind::method: {
      const ByteSet letters = set_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ");
      return any_of(letters, letters);
    }
    case PartKind::url:
      return any_of(set_of("h"), visible);
    case PartKind::path:
      return any_of(set_of("/"), visible & ~set_of("?#"));
    case PartKind::query:
      return any_or_none_of(visible, visible);
    case PartKind::field:
    case PartKind::parameter:
    case PartKind::form_field:
      return named(part, all_bytes());
    case PartKind::number:
      return any_of(digits() | set_of("-"), digits() | set_of("+-.eE"));
    case PartKind::truth:
      return any_of(set_of("tf"), set_of("rueals"));
    case PartKind::form_sorted:
      return any_or_none_of(part.alphabet.is_empty() ? all_bytes() : set_of(part.alphabet),
                            all_bytes());
    case PartKind::sha256_body:
      return row_of(sha256_hex_digits, digits() | set_of("abcdef"));
    case PartKind::crc32_body:
      return any_of(digits(), digits());
    case PartKind::secret:
      // Of a plain hash it is the key: the same in all texts that it signs, and in no other part.
      return scheme::is_plain_hash(rule.algorithm) ? row_of(1, ByteSet().set(secret_symbol))
                                                   : any_of(all_bytes(), all_bytes());
  }
  return any_or_none_of(all_bytes(), all_bytes());
}

}  // namespace

ByteSet visible_bytes() {
  ByteSet bytes;
  for (std::size_t byte = '!'; byte <= '~'; ++byte) {
    bytes.set(byte);
  }
  return bytes;
}

std::vector<ProvedPart> proved_parts(const Scheme& scheme, const SignatureRule& rule,
                                     unsigned left_out) {
  std::vector<ProvedPart> parts;
  std::optional<std::size_t> last_body;  // With nothing but rows behind it.
  for (std::size_t i = 0; i < rule.content.size(); ++i) {
    const Part& part = rule.content[i];
    if (part.optional != 0 && (left_out >> (part.optional - 1U)) % 2 != 0) {
      continue;
    }
    if (part.kind == PartKind::body && last_body.has_value()) {
      parts.resize(*last_body + 1);
      continue;
    }
    parts.push_back({.index = i, .language = language_of(scheme, rule, part)});
    if (part.kind == PartKind::body) {
      last_body = parts.size() - 1;
    } else if (!parts.back().language.has_one_length()) {
      last_body.reset();
    }
  }
  return parts;
}

std::string show_part(const Part& part) {
  std::string pointer;
  for (const std::string_view token : part.pointer.tokens) {
    pointer += fmt::format("/{}", token);
  }
  switch (part.kind) {
    case PartKind::literal:
      return fmt::format("\"{}\"", part.text);
    case PartKind::body:
      return "{body}";
    case PartKind::timestamp:
      return "{timestamp}";
    case PartKind::id:
      return "{id}";
    case PartKind::header:
      return fmt::format("{{header:{}}}", part.text);
    case PartKind::method:
      return "{method}";
    case PartKind::url:
      return "{url}";
    case PartKind::path:
      return "{path}";
    case PartKind::query:
      return "{query}";
    case PartKind::field:
      return fmt::format("{{field:{}}}", pointer);
    case PartKind::parameter:
      return fmt::format("{{query:{}}}", part.text);
    case PartKind::form_field:
      return fmt::format("{{form:{}}}", part.text);
    case PartKind::number:
      return fmt::format("{{number:{}}}", pointer);
    case PartKind::truth:
      return fmt::format("{{truth:{}}}", pointer);
    case PartKind::form_sorted:
      return "{form:sorted}";
    case PartKind::sha256_body:
      return "{sha256:body}";
    case PartKind::crc32_body:
      return "{crc32:body}";
    case PartKind::secret:
      return "{secret}";
  }
  return "";
}

}  // namespace postern::compiler
