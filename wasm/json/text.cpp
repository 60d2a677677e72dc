#include "json/text.h"

#include <algorithm>
#include <array>
#include <cstddef>

#include "encoding/decimal.h"
#include "encoding/hex.h"

namespace postern::json {
namespace {

using namespace std::string_view_literals;

/// A run of plain text or one escape's character. Borrows from the raw text or from the pieces.
struct Piece {
  std::string_view text;
  bool is_sound;
};

/// Reads a raw string piece by piece, so that the same reading serves a copy and a comparison.
class Pieces {
 public:
  explicit Pieces(std::string_view raw) : rest_(raw) {}

  [[nodiscard]] bool finished() const { return rest_.empty(); }

  [[nodiscard]] Piece next() {
    const std::size_t plain = std::min(rest_.find('\\'), rest_.size());
    if (plain > 0) {
      return {.text = take(plain), .is_sound = true};
    }
    if (rest_.size() < 2) {
      return unsound();
    }
    const char kind = take(2)[1];
    return kind == 'u' ? code_point() : single(kind);
  }

 private:
  static constexpr Piece unsound() { return {.text = {}, .is_sound = false}; }

  std::string_view take(std::size_t count) {
    const std::string_view taken = rest_.substr(0, count);
    rest_.remove_prefix(count);
    return taken;
  }

  Piece single(char kind) {
    constexpr std::string_view kinds = "\"\\/bfnrt";
    constexpr std::string_view meanings = "\"\\/\b\f\n\r\t";
    const std::size_t at = kinds.find(kind);
    if (at == kinds.npos) {
      return unsound();
    }
    return {.text = meanings.substr(at, 1), .is_sound = true};
  }

  std::optional<std::uint32_t> hex4() {
    if (rest_.size() < 4) {
      return std::nullopt;
    }
    std::uint32_t unit = 0;
    for (const char digit : take(4)) {
      const unsigned value = encoding::hex_value(digit);
      if (value == encoding::not_a_hex_digit) {
        return std::nullopt;
      }
      unit = unit * 16 + value;
    }
    return unit;
  }

  /// Reads behind `\u`: one code unit, or two that make a pair.
  Piece code_point() {
    const std::optional<std::uint32_t> unit = hex4();
    if (!unit.has_value()) {
      return unsound();
    }
    if (*unit < 0xD800 || *unit > 0xDFFF) {
      return encode(*unit);
    }
    if (*unit > 0xDBFF || !rest_.starts_with("\\u"sv)) {
      return unsound();
    }
    rest_.remove_prefix(2);
    const std::optional<std::uint32_t> second = hex4();
    if (!second.has_value() || *second < 0xDC00 || *second > 0xDFFF) {
      return unsound();
    }
    return encode(0x10000 + ((*unit - 0xD800) << 10) + (*second - 0xDC00));
  }

  Piece encode(std::uint32_t point) {
    const std::size_t size = point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
    constexpr std::array<std::uint8_t, 5> lead = {0, 0, 0xC0, 0xE0, 0xF0};
    for (std::size_t i = size - 1; i > 0; --i) {
      character_[i] = static_cast<char>(0x80 | (point & 0x3F));
      point >>= 6;
    }
    character_[0] = static_cast<char>(lead[size] | point);
    return {.text = {character_.data(), size}, .is_sound = true};
  }

  std::string_view rest_;
  std::array<char, 4> character_{};
};

}  // namespace

std::optional<std::string_view> unescape(std::string_view raw, std::span<char> room) {
  if (raw.find('\\') == raw.npos) {
    return raw;
  }
  std::size_t used = 0;
  for (Pieces pieces(raw); !pieces.finished();) {
    const Piece piece = pieces.next();
    if (!piece.is_sound || piece.text.size() > room.size() - used) {
      return std::nullopt;
    }
    std::ranges::copy(piece.text, room.begin() + static_cast<std::ptrdiff_t>(used));
    used += piece.text.size();
  }
  return std::string_view(room.data(), used);
}

bool has_one_meaning(std::string_view raw) {
  for (Pieces pieces(raw); !pieces.finished();) {
    if (!pieces.next().is_sound) {
      return false;
    }
  }
  return true;
}

bool unescapes_to(std::string_view raw, std::string_view text) {
  for (Pieces pieces(raw); !pieces.finished();) {
    const Piece piece = pieces.next();
    if (!piece.is_sound || !text.starts_with(piece.text)) {
      return false;
    }
    text.remove_prefix(piece.text.size());
  }
  return text.empty();
}

std::optional<std::uint64_t> canonical_integer(std::string_view raw) {
  return encoding::decode_integer(raw);
}

}  // namespace postern::json
