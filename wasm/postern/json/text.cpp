#include "postern/json/text.h"

#include <algorithm>
#include <array>
#include <cstddef>

#include "postern/encoding/decimal.h"
#include "postern/encoding/hex.h"

namespace postern::json {
namespace {

using namespace std::string_view_literals;

/// What `Pieces` reads where there are not four hex digits: no code unit is as large.
constexpr std::uint32_t not_a_unit = 0x1'0000;

/// Reads a raw string piece by piece, so that the same reading serves a copy and a comparison.
class Pieces {
 public:
  explicit Pieces(std::string_view raw) : rest_(raw) {}

  [[nodiscard]] bool finished() const { return rest_.empty(); }

  /// `next` gives a run of plain text or one escape's character, which have at least a byte, and
  /// nothing for an escape that is not sound. Borrows from the raw text or from this.
  [[nodiscard]] std::string_view next() {
    const std::size_t plain = std::min(rest_.find('\\'), rest_.size());
    if (plain > 0) {
      return take(plain);
    }
    if (rest_.size() < 2) {
      return {};
    }
    const char kind = take(2)[1];
    return kind == 'u' ? code_point() : single(kind);
  }

 private:
  std::string_view take(std::size_t count) {
    const std::string_view taken = rest_.substr(0, count);
    rest_.remove_prefix(count);
    return taken;
  }

  static std::string_view single(char kind) {
    constexpr std::string_view kinds = "\"\\/bfnrt";
    constexpr std::string_view meanings = "\"\\/\b\f\n\r\t";
    const std::size_t at = kinds.find(kind);
    return at == kinds.npos ? std::string_view{} : meanings.substr(at, 1);
  }

  std::uint32_t hex4() {
    if (rest_.size() < 4) {
      return not_a_unit;
    }
    std::uint32_t unit = 0;
    for (const char digit : take(4)) {
      const unsigned value = encoding::hex_value(digit);
      if (value == encoding::not_a_hex_digit) {
        return not_a_unit;
      }
      unit = unit * 16 + value;
    }
    return unit;
  }

  /// Reads behind `\u`: one code unit, or two that make a pair.
  std::string_view code_point() {
    const std::uint32_t unit = hex4();
    if (unit < 0xD800 || (unit > 0xDFFF && unit < not_a_unit)) {
      return encode(unit);
    }
    if (unit > 0xDBFF || !rest_.starts_with("\\u"sv)) {
      return {};
    }
    rest_.remove_prefix(2);
    const std::uint32_t second = hex4();
    if (second < 0xDC00 || second > 0xDFFF) {
      return {};
    }
    return encode(0x10000 + ((unit - 0xD800) << 10) + (second - 0xDC00));
  }

  std::string_view encode(std::uint32_t point) {
    const std::size_t size = point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
    constexpr std::array<std::uint8_t, 5> lead = {0, 0, 0xC0, 0xE0, 0xF0};
    for (std::size_t i = size - 1; i > 0; --i) {
      character_[i] = static_cast<char>(0x80 | (point & 0x3F));
      point >>= 6;
    }
    character_[0] = static_cast<char>(lead[size] | point);
    return {character_.data(), size};
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
    const std::string_view piece = pieces.next();
    if (piece.empty() || piece.size() > room.size() - used) {
      return std::nullopt;
    }
    std::ranges::copy(piece, room.subspan(used).begin());
    used += piece.size();
  }
  return std::string_view(room.data(), used);
}

bool has_one_meaning(std::string_view raw) {
  for (Pieces pieces(raw); !pieces.finished();) {
    if (pieces.next().empty()) {
      return false;
    }
  }
  return true;
}

bool unescapes_to(std::string_view raw, std::string_view text) {
  for (Pieces pieces(raw); !pieces.finished();) {
    const std::string_view piece = pieces.next();
    if (piece.empty() || !text.starts_with(piece)) {
      return false;
    }
    text.remove_prefix(piece.size());
  }
  return text.empty();
}

std::optional<std::uint64_t> canonical_integer(std::string_view raw) {
  return encoding::decode_integer(raw);
}

}  // namespace postern::json
